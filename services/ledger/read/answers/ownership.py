"""Who held what of which asset, on both clocks, and the assets that there are."""

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from services.ledger.errors import AssetNotFound, LedgerDamaged, SizeNotReached
from services.ledger.read.answers.reading import ITS_HASH, LEAF, MAY_READ, Reading
from services.ledger.read.known import AsKnown
from services.ledger.read.periods import StoredCause, periods_of
from services.ledger.read.views import AsOf, Asset, Ownership, State, Timeline, TimelinePeriod

# Recorded times never go back from entry to entry, so halving finds the last one known at an instant.
_REACHED: Final = """
    WITH RECURSIVE search AS (
        SELECT CASE WHEN $1::timestamptz IS NULL THEN position ELSE 0 END AS low, position AS high FROM progress
        UNION ALL
        SELECT CASE WHEN entry.recorded_at <= $1 THEN middle ELSE low END,
            CASE WHEN entry.recorded_at <= $1 THEN high ELSE middle - 1 END
        FROM search
        CROSS JOIN LATERAL (SELECT (low + high + 1) / 2 AS middle) AS half
        JOIN entry ON entry.position = middle
        WHERE low < high
    )
    SELECT progress.position, progress.recorded_at, search.low, search.high
    FROM progress CROSS JOIN search
    ORDER BY search.high - search.low LIMIT 1
"""

# Disputed is what was disputed then, whatever legal day is asked about.
_HOLDINGS: Final = f"""
    SELECT asset.position AS disclosed, holding.holder, holding.share, holding.effective_from, holding.effective_to,
        holding.caused_by,
        ARRAY(
            SELECT dispute.dispute FROM dispute WHERE dispute.asset = asset.asset
            AND dispute.known_from <= $3 AND (dispute.known_to IS NULL OR dispute.known_to > $3)
            ORDER BY dispute.dispute
        ) AS disputes
    FROM asset
    LEFT JOIN holding ON holding.asset = asset.asset
        AND holding.known_from <= $3 AND (holding.known_to IS NULL OR holding.known_to > $3)
    WHERE asset.asset = $1 AND {MAY_READ}
    ORDER BY holding.effective_from, holding.holder
"""  # noqa: S608  # put together from constants

# What is entered stays, so this may be asked after the holdings that these entries decided.
_CAUSES: Final = f"""
    SELECT entry.position, entry.body, derivation.reasons, {ITS_HASH}
    FROM entry LEFT JOIN derivation ON derivation.position = entry.position {LEAF}
    WHERE entry.position = ANY ($1::bigint[])
"""  # noqa: S608  # put together from constants

_ASSETS: Final = f"""
    SELECT asset, agreement, position FROM asset WHERE asset > $1 AND {MAY_READ} ORDER BY asset LIMIT $3
"""  # noqa: S608  # put together from constants


class _Held(NamedTuple):
    """Whether the ledger knew that anybody held an asset, who did, and the disputes that were open."""

    state: State
    periods: list[TimelinePeriod]
    disputes: list[str]


class _Reached(NamedTuple):
    """Up to which position to answer, whether that will always be so, and how far the ledger has come."""

    position: int
    final: bool
    ledger: AsOf


async def ownership_of(
    reading: Reading, asset: str, effective: date, known: AsKnown, *, party: str | None
) -> Ownership:
    """Return who held what of an asset on a legal day, as known; raises AssetNotFound, SizeNotReached."""
    reached = await _reached(reading, known)
    state, periods, disputes = await _held(reading, asset, reached.position, party)
    shares = next((period for period in reversed(periods) if period.start <= effective), None)
    if state == "held" and shares is None:
        state = "not-yet-conceived"
    return Ownership(
        asset=asset,
        effective=effective,
        known=known.resolved,
        position=reached.position,
        final=reached.final,
        state=state,
        disputed_in=disputes,
        holders=shares.holders if shares else {},
        percent=shares.percent if shares else {},
        because=shares.because if shares else [],
        ledger=reached.ledger,
    )


async def timeline_of(reading: Reading, asset: str, known: AsKnown, *, party: str | None) -> Timeline:
    """Return an asset's periods of ownership, as known; raises AssetNotFound, SizeNotReached."""
    reached = await _reached(reading, known)
    _, periods, disputes = await _held(reading, asset, reached.position, party)
    return Timeline(
        asset=asset,
        known=known.resolved,
        position=reached.position,
        final=reached.final,
        disputed_in=disputes,
        periods=periods,
        ledger=reached.ledger,
    )


async def assets_after(reading: Reading, name: str, *, limit: int, party: str | None) -> list[Asset]:
    """Return the assets that a party may read about, in order of their names."""
    return [Asset(*row) for row in await reading.fetch(_ASSETS, name, party, limit)]


async def _reached(reading: Reading, known: AsKnown) -> _Reached:
    """Return the position at which to answer; raises SizeNotReached."""
    row = (await reading.fetch(_REACHED, known.instant))[0]
    ledger = AsOf(row["position"], row["recorded_at"])
    if known.position is not None:
        if known.position > ledger.position:
            raise SizeNotReached(expected=f"at most {ledger.position}", got=known.position)
        return _Reached(known.position, final=True, ledger=ledger)
    with reading.noticing():
        if row["low"] != row["high"]:
            raise LedgerDamaged(expected="an entry at every position", got=f"none after {row['low']}")
    # Whatever is entered from now on was recorded when the newest entry was, or later.
    return _Reached(row["low"], final=known.instant is not None and known.instant < ledger.recorded_at, ledger=ledger)


async def _held(reading: Reading, asset: str, position: int, party: str | None) -> _Held:
    rows = await reading.fetch(_HOLDINGS, asset, party, position)
    if not rows:
        raise AssetNotFound(asset=asset)
    disputes: list[str] = rows[0]["disputes"]
    held = [row for row in rows if row["holder"] is not None]
    if rows[0]["disclosed"] > position and not held:
        return _Held("not-yet-known", [], disputes)
    causes = await _causes(reading, {position for row in held for position in row["caused_by"]})
    with reading.noticing():
        return _Held("held", [TimelinePeriod(*period) for period in periods_of(asset, held, causes)], disputes)


async def _causes(reading: Reading, positions: Iterable[int]) -> dict[int, StoredCause]:
    rows = await reading.fetch(_CAUSES, sorted(positions))
    return {row["position"]: StoredCause(row["body"], row["leaf"], row["reasons"]) for row in rows}
