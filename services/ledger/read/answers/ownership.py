"""Who held what of which asset, on both clocks, and the assets that there are."""

from datetime import date
from functools import partial
from typing import Final, NamedTuple

from services.ledger.errors import AssetNotFound, LedgerDamaged
from services.ledger.read.answers.access import check_accesses
from services.ledger.read.answers.reading import (
    A_HOLDING,
    Reading,
    causes_of,
    may_read,
    the_causes,
    the_holdings,
    the_progress,
)
from services.ledger.read.periods import period_of, periods_of
from services.ledger.read.views import AsOf, Asset, Ownership, State, Timeline, TimelinePeriod
from shared.known import AsKnown

_THEN: Final = "(SELECT position FROM reached)"


# Everything an answer needs, of one moment and in one round trip. Recorded times never go back from entry to entry: the
# last entry of an instant is the last one known at it. Disputed is what was disputed then, whatever legal day is asked.
def _held(which: str) -> str:
    return f"""
    WITH reached AS MATERIALIZED (
        SELECT progress.position AS size, progress.recorded_at,
            coalesce($3, latest.position, CASE WHEN $4::timestamptz IS NULL THEN progress.position ELSE 0 END)
                AS position
        FROM progress LEFT JOIN LATERAL (
            SELECT entry.position FROM entry WHERE entry.recorded_at <= $4
            ORDER BY entry.recorded_at DESC, entry.position DESC LIMIT 1
        ) AS latest ON true
    ), known AS NOT MATERIALIZED (
        SELECT holder, share, effective_from, effective_to, caused_by FROM holding
        WHERE asset = $1 AND known_from <= {_THEN} AND (known_to IS NULL OR known_to > {_THEN})
    ), held AS MATERIALIZED (
        SELECT * FROM known {which}
    )
    SELECT reached.size, reached.recorded_at, reached.position,
        reached.position = reached.size
            OR EXISTS (SELECT FROM entry WHERE entry.position = {_THEN} + 1) AS goes_on,
        asset.position AS disclosed,
        ARRAY(
            SELECT dispute FROM dispute
            WHERE asset = $1 AND known_from <= {_THEN} AND (known_to IS NULL OR known_to > {_THEN}) ORDER BY dispute
        ) AS disputes,
        ARRAY(SELECT {A_HOLDING} FROM held ORDER BY effective_from, holder) AS held,
        {causes_of("SELECT DISTINCT unnest(caused_by) AS position FROM held")} AS causes,
        (
            SELECT coalesce(bool_and(EXISTS (SELECT FROM known WHERE known.effective_from = held.effective_to)), true)
            FROM held WHERE effective_to IS NOT NULL
        ) AS followed
    FROM reached LEFT JOIN asset ON asset.asset = $1 AND {may_read(_THEN)}
    """  # noqa: S608  # put together from constants


# Of all that is known of an asset, the period that governs a day: of those begun by then, the one that began last.
_ON_A_DAY: Final = _held("""
    WHERE effective_from = (
        SELECT effective_from FROM known WHERE effective_from <= $5 ORDER BY effective_from DESC LIMIT 1
    )
""")
_ON_ANY_DAY: Final = _held("")

_ASSETS: Final = f"""
    SELECT asset, agreement, position, (SELECT position FROM progress) AS size
    FROM asset WHERE asset > $1 AND {may_read()} ORDER BY asset LIMIT $3
"""  # noqa: S608  # put together from constants
# Of one agreement; and of one holder, in an agreement, $5, or in any: on a day, $6, or a later one.
_ASSETS_OF: Final = f"""
    SELECT asset, agreement, position, (SELECT position FROM progress) AS size
    FROM asset WHERE agreement = $4 AND asset > $1 AND {may_read()} ORDER BY asset LIMIT $3
"""  # noqa: S608  # put together from constants
_ASSETS_HELD: Final = f"""
    SELECT asset.asset, asset.agreement, asset.position, (SELECT position FROM progress) AS size
    FROM (
        SELECT DISTINCT held.asset FROM holding AS held
        WHERE held.holder = $4 AND held.known_to IS NULL AND held.asset > $1
            AND (held.effective_to IS NULL OR held.effective_to > $6)
    ) AS found JOIN asset ON asset.asset = found.asset
    WHERE ($5::text IS NULL OR asset.agreement = $5) AND {may_read()} ORDER BY asset.asset LIMIT $3
"""  # noqa: S608  # put together from constants


class Asked(NamedTuple):
    """Which assets are asked for: those of an agreement, those that somebody holds on a day or later, or all."""

    agreement: str | None
    holder: str | None
    day: date


class _Known(NamedTuple):
    """What the ledger knew of an asset at a position, of one day or of all, and how far it has come meanwhile."""

    position: int
    final: bool
    ledger: AsOf
    state: State
    periods: list[TimelinePeriod]
    disputes: list[str]


async def ownership_of(
    reading: Reading, asset: str, effective: date, known: AsKnown, *, party: str | None
) -> Ownership:
    """Return who held what of an asset on a legal day, as known; raises AssetNotFound, KnownTimeNotOver."""
    told = await _known(reading, asset, known, party, effective)
    state, shares = told.state, next(iter(told.periods), None)
    if state == "held" and shares is None:
        # Nothing begins by then: either nothing was conceived yet, or something is missing, which the whole tells.
        await _known(reading, asset, AsKnown(position=told.position), party)
        state = "not-yet-conceived"
    return Ownership(
        asset=asset,
        effective=effective,
        known=known.resolved,
        position=told.position,
        final=told.final,
        state=state,
        disputed_in=told.disputes,
        holders=shares.holders if shares else {},
        percent=shares.percent if shares else {},
        because=shares.because if shares else [],
        ledger=told.ledger,
    )


async def timeline_of(reading: Reading, asset: str, known: AsKnown, *, party: str | None) -> Timeline:
    """Return an asset's periods of ownership, as known; raises AssetNotFound, KnownTimeNotOver."""
    told = await _known(reading, asset, known, party)
    return Timeline(
        asset=asset,
        known=known.resolved,
        position=told.position,
        final=told.final,
        disputed_in=told.disputes,
        periods=told.periods,
        ledger=told.ledger,
    )


async def assets_after(reading: Reading, name: str, asked: Asked, *, limit: int, party: str | None) -> list[Asset]:
    """Return the assets that are asked for and that a party may read about, in order of their names."""
    if asked.holder is not None:
        rows = await reading.fetch(_ASSETS_HELD, name, party, limit, asked.holder, asked.agreement, asked.day)
    elif asked.agreement is not None:
        rows = await reading.fetch(_ASSETS_OF, name, party, limit, asked.agreement)
    else:
        rows = await reading.fetch(_ASSETS, name, party, limit)
    if rows:
        await check_accesses(reading, [row["asset"] for row in rows], rows[0]["size"], party=party)
    return [Asset(row["asset"], row["agreement"], row["position"]) for row in rows]


async def _known(
    reading: Reading, asset: str, known: AsKnown, party: str | None, effective: date | None = None
) -> _Known:
    """Return what was known of an asset on a day, or of every day; raises AssetNotFound, KnownTimeNotOver."""
    asked = (asset, party, known.position, known.instant)
    rows = await (
        reading.fetch(_ON_ANY_DAY, *asked) if effective is None else reading.fetch(_ON_A_DAY, *asked, effective)
    )
    with reading.noticing():
        row = the_progress(rows)
    ledger = AsOf(row["size"], row["recorded_at"])
    known.check_reached(ledger.position)
    with reading.noticing():
        if not row["goes_on"]:
            raise LedgerDamaged(expected="an entry at every position", got=f"none after {row['position']}")
    if row["disclosed"] is None:
        raise AssetNotFound(asset=asset)
    await check_accesses(reading, [asset], row["position"], party=party)
    # Whatever is entered from now on was recorded when the newest entry was, or later.
    final = known.position is not None or (known.instant is not None and known.instant < ledger.recorded_at)
    told = partial(_Known, row["position"], final, ledger, disputes=row["disputes"])
    held = the_holdings(row["held"])
    if row["disclosed"] > row["position"] and not held:
        return told(state="not-yet-known", periods=[])
    causes = the_causes(row["causes"])
    with reading.noticing():
        if not row["followed"]:
            raise LedgerDamaged(expected="periods without a gap", got="an end that nothing follows", asset=asset)
        if effective is None:
            periods = periods_of(asset, held, causes)
        else:
            periods = [period_of(asset, held, causes)] if held else []
    return told(state="held", periods=[TimelinePeriod(*period) for period in periods])
