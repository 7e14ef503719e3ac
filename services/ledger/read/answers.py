"""What the ledger answers: each question is one query, whose authorisation is part of it."""

import contextlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

import msgspec

from services.ledger.errors import (
    AssetNotFound,
    CheckpointNotFound,
    EntryNotFound,
    LedgerDamaged,
    ProofOfNothing,
    SizeNotReached,
)
from services.ledger.read.known import Known
from services.ledger.read.periods import Shares, Source, periods_of, read_entry
from services.ledger.read.views import (
    Alarm,
    AlarmFeed,
    AsOf,
    Asset,
    AssetAlarm,
    LedgerEntry,
    Ownership,
    RaisedAlarm,
    State,
    Timeline,
    TimelinePeriod,
)
from services.ledger.tree.merkle import (
    HASH_BYTES,
    TileKey,
    consistency_subtrees,
    hashes_of,
    inclusion_subtrees,
    leaf_hash,
    tiles_under,
)
from shared.database import Pool
from shared.events.concerned import AN_ENTRY

EVERYTHING: Final = None
"""In place of a party: the auditor's view."""

# The question AN_ASSET, as it can be asked of many assets at once: a share may pass to a party of another agreement or
# of none, and what it holds, or has held, is its own to read.
_MAY_READ: Final = """
    ($2::text IS NULL
        OR EXISTS (SELECT FROM member WHERE member.agreement = asset.agreement AND member.party = $2)
        OR EXISTS (SELECT FROM holding AS own
            WHERE own.asset = asset.asset AND own.holder = $2 AND own.known_to IS NULL))
"""

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

# The tiles of the lowest row hold the hashes of 256 entries of 32 bytes each.
_LEAF: Final = """
    LEFT JOIN tile ON tile."row" = 0 AND tile.number = (entry.position - 1) / 256
"""
_ITS_HASH: Final = "substr(tile.hashes, ((entry.position - 1) % 256 * 32 + 1)::int, 32) AS leaf"

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
    WHERE asset.asset = $1 AND {_MAY_READ}
    ORDER BY holding.effective_from, holding.holder
"""  # noqa: S608  # put together from constants

# What is entered stays, so this may be asked after the holdings that these entries decided.
_CAUSES: Final = f"""
    SELECT entry.position, entry.body, derivation.reasons, {_ITS_HASH}
    FROM entry LEFT JOIN derivation ON derivation.position = entry.position {_LEAF}
    WHERE entry.position = ANY ($1::bigint[])
"""  # noqa: S608  # put together from constants

_ASSET_ALARMS: Final = f"""
    SELECT asset_alarm.position, asset_alarm.alarm, asset_alarm.details
    FROM asset LEFT JOIN asset_alarm ON asset_alarm.asset = asset.asset
    WHERE asset.asset = $1 AND {_MAY_READ}
    ORDER BY asset_alarm.position, asset_alarm.number
"""  # noqa: S608  # put together from constants

_ASSETS: Final = f"""
    SELECT asset, agreement, position FROM asset WHERE asset > $1 AND {_MAY_READ} ORDER BY asset LIMIT $3
"""  # noqa: S608  # put together from constants

_ENTRIES: Final = f"""
    SELECT entry.position, body, {_ITS_HASH} FROM entry {_LEAF}
    WHERE entry.position > $1 ORDER BY entry.position LIMIT $2
"""  # noqa: S608  # put together from constants

_MEMBERS: Final = "SELECT party FROM member WHERE agreement = $1"

_TILES: Final = """
    SELECT "row", number, hashes FROM tile
    WHERE ("row", number) IN (SELECT * FROM unnest($1::smallint[], $2::bigint[]))
"""

_ALARMS: Final = """
    SELECT alarm.position, kind, expected, got, detected_at, alarm.position > progress.position AS halting
    FROM alarm CROSS JOIN progress
    ORDER BY alarm.position DESC, kind
"""

# One statement, so that the size is of the moment of the rows. With ties: a page never ends within a position.
_ALARM_FEED: Final = """
    WITH raised AS (
        SELECT 'alm-' || position || '-' || number AS id, position, alarm AS kind, asset, recorded_at
        FROM asset_alarm JOIN entry USING (position) WHERE position > $1
        UNION ALL
        SELECT 'alm-' || position || '-' || kind, position, kind, NULL, detected_at FROM alarm WHERE position > $1
    ), page AS (
        SELECT * FROM raised ORDER BY position FETCH FIRST ($2) ROWS WITH TIES
    )
    SELECT progress.position AS size, page.* FROM progress LEFT JOIN page ON true ORDER BY page.position, page.id
"""


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


class Answers:
    """The read side; `party` is whose eyes to read with, EVERYTHING for an auditor's.

    Whatever is damaged is not told: LedgerDamaged is raised, `notice` is told, and `damaged` says so from then on.
    """

    def __init__(self, readers: Pool, notice: Callable[[LedgerDamaged], None] = lambda _: None) -> None:
        self._readers = readers
        self._notice = notice
        self._damage: str | None = None

    async def ownership_of(self, asset: str, effective: date, known: Known, *, party: str | None) -> Ownership:
        """Return who held what of an asset on a legal day, as known; raises AssetNotFound, SizeNotReached."""
        reached = await self._reached(known)
        state, periods, disputes = await self._held(asset, reached.position, party)
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

    async def timeline_of(self, asset: str, known: Known, *, party: str | None) -> Timeline:
        """Return an asset's periods of ownership, as known; raises AssetNotFound, SizeNotReached."""
        reached = await self._reached(known)
        _, periods, disputes = await self._held(asset, reached.position, party)
        return Timeline(
            asset=asset,
            known=known.resolved,
            position=reached.position,
            final=reached.final,
            disputed_in=disputes,
            periods=periods,
            ledger=reached.ledger,
        )

    async def alarms_about(self, asset: str, *, party: str | None) -> list[AssetAlarm]:
        """Return what people must look at in an asset, in the order it was noticed; raises AssetNotFound."""
        rows = await self._readers.fetch(_ASSET_ALARMS, asset, party)
        if not rows:
            raise AssetNotFound(asset=asset)
        return [
            AssetAlarm(row["position"], row["alarm"], msgspec.json.decode(row["details"]))
            for row in rows
            if row["alarm"] is not None
        ]

    async def assets(self, *, after: str, limit: int, party: str | None) -> list[Asset]:
        """Return the assets that a party may read about, in order of their names."""
        return [Asset(*row) for row in await self._readers.fetch(_ASSETS, after, party, limit)]

    async def entry(self, position: int, *, party: str | None) -> LedgerEntry:
        """Return one entry; raises EntryNotFound."""
        if not 1 <= position <= await self.size():
            raise EntryNotFound(position=position)
        (found,) = await self._entries(position - 1, 1)
        with self._noticing():
            envelope = read_entry(found.position, found.body.encode(), leaf_hash(found.body.encode()))
        if party is not EVERYTHING:
            members = await self._readers.fetch(_MEMBERS, envelope.agreement)
            if not AN_ENTRY.admits(party, agreement=[row["party"] for row in members]):
                raise EntryNotFound(position=position)
        return found

    async def entries(self, *, after: int, limit: int) -> tuple[list[LedgerEntry], int]:
        """Return entries above a position, in order, and how many there are in all."""
        size = await self.size()
        return await self._entries(after, max(min(limit, size - after), 0)), size

    async def checkpoint(self) -> str:
        """Return the newest signed checkpoint; raises CheckpointNotFound."""
        rows = await self._readers.fetch("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
        if not rows:
            raise CheckpointNotFound
        note: str = rows[0]["note"]
        return note

    async def inclusion_proof(self, position: int, size: int | None) -> tuple[int, list[bytes]]:
        """Return the size and the proof that the entry is in the tree of that size; raises ProofOfNothing."""
        reached = await self._size(size)
        if not 1 <= position <= reached:
            raise ProofOfNothing(expected=f"1 to {reached}", got=position)
        return reached, await self._hashes(inclusion_subtrees(position - 1, reached))

    async def consistency_proof(self, old: int, new: int | None) -> tuple[int, list[bytes]]:
        """Return the new size and the proof that the old tree is its prefix; raises ProofOfNothing."""
        reached = await self._size(new)
        if not 1 <= old <= reached:
            raise ProofOfNothing(expected=f"1 to {reached}", got=old)
        return reached, await self._hashes(consistency_subtrees(old, reached))

    async def size(self) -> int:
        """Return how many entries there are."""
        rows = await self._readers.fetch("SELECT position FROM progress")
        size: int = rows[0]["position"]
        return size

    async def alarms(self) -> list[Alarm]:
        """Return everything that ever stopped the ledger, the newest first."""
        return [Alarm(**dict(row)) for row in await self._readers.fetch(_ALARMS)]

    async def alarm_feed(self, *, after: int, limit: int) -> AlarmFeed:
        """Return what was noticed above a position, in order, and up to where nothing can be added to it."""
        rows = await self._readers.fetch(_ALARM_FEED, after, limit)
        size: int = rows[0]["size"]
        alarms = [
            RaisedAlarm(row["id"], row["position"], row["kind"], row["asset"], row["recorded_at"])
            for row in rows
            if row["id"] is not None
        ]
        # What halts the ledger stands above its size, and what else is noticed there is noticed when it goes on.
        return AlarmFeed(alarms, final=min(alarms[-1].position, size) if len(alarms) >= limit else size)

    async def halted(self) -> str | None:
        """Return why the ledger does not go on, if so."""
        for alarm in await self.alarms():
            if alarm.halting:
                return f"{alarm.kind} at position {alarm.position}: expected {alarm.expected}, got {alarm.got}"
        return None

    async def damaged(self) -> str | None:
        """Return what was found damaged first, if anything was since the start: what else is, only fsck tells."""
        return self._damage

    async def _size(self, asked: int | None) -> int:
        reached = await self.size()
        if asked is not None and asked > reached:
            raise SizeNotReached(expected=f"at most {reached}", got=asked)
        return reached if asked is None else asked

    async def _reached(self, known: Known) -> _Reached:
        """Return the position at which to answer; raises SizeNotReached."""
        row = (await self._readers.fetch(_REACHED, known.instant))[0]
        ledger = AsOf(row["position"], row["recorded_at"])
        if known.position is not None:
            if known.position > ledger.position:
                raise SizeNotReached(expected=f"at most {ledger.position}", got=known.position)
            return _Reached(known.position, final=True, ledger=ledger)
        with self._noticing():
            if row["low"] != row["high"]:
                raise LedgerDamaged(expected="an entry at every position", got=f"none after {row['low']}")
        # Whatever is entered from now on was recorded when the newest entry was, or later.
        return _Reached(
            row["low"], final=known.instant is not None and known.instant < ledger.recorded_at, ledger=ledger
        )

    async def _held(self, asset: str, position: int, party: str | None) -> _Held:
        rows = await self._readers.fetch(_HOLDINGS, asset, party, position)
        if not rows:
            raise AssetNotFound(asset=asset)
        disputes: list[str] = rows[0]["disputes"]
        held = [row for row in rows if row["holder"] is not None]
        if rows[0]["disclosed"] > position and not held:
            return _Held("not-yet-known", [], disputes)
        sources = await self._sources({position for row in held for position in row["caused_by"]})
        with self._noticing():
            return _Held("held", [_period(*period) for period in periods_of(asset, held, sources)], disputes)

    async def _sources(self, positions: Iterable[int]) -> dict[int, Source]:
        rows = await self._readers.fetch(_CAUSES, sorted(positions))
        return {row["position"]: Source(row["body"], row["leaf"], row["reasons"]) for row in rows}

    async def _entries(self, after: int, count: int) -> list[LedgerEntry]:
        rows = await self._readers.fetch(_ENTRIES, after, count)
        with self._noticing():
            if [row["position"] for row in rows] != list(range(after + 1, after + 1 + count)):
                raise LedgerDamaged(expected="an entry at every position", got=f"a gap after {after}")
            return [_entry(*row) for row in rows]

    async def _hashes(self, subtrees: Iterable[range]) -> list[bytes]:
        tiles = await self._tiles(tiles_under(subtrees))
        with self._noticing():
            try:
                hashes = hashes_of(subtrees, tiles)
            except KeyError as error:
                raise LedgerDamaged(expected="the tiles of the tree", got="one is missing") from error
            if any(len(each) != HASH_BYTES for each in hashes):
                raise LedgerDamaged(expected="the tiles of the tree", got="one is too short")
            return hashes

    async def _tiles(self, keys: Iterable[TileKey]) -> Mapping[TileKey, bytes]:
        wanted = list(keys)
        rows = await self._readers.fetch(_TILES, [key.row for key in wanted], [key.number for key in wanted])
        return {TileKey(row["row"], row["number"]): row["hashes"] for row in rows}

    @contextlib.contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except LedgerDamaged as damaged:
            self._damage = self._damage or str(damaged)
            self._notice(damaged)
            raise


def _period(start: date, end: date | None, shares: Shares) -> TimelinePeriod:
    return TimelinePeriod(start, end, shares.holders, shares.percent, shares.because)


def _entry(position: int, body: bytes, leaf: bytes | None) -> LedgerEntry:
    read_entry(position, body, leaf)
    return LedgerEntry(position, b64encode(leaf or b"").decode(), body.decode())
