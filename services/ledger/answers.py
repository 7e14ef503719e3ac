"""What the ledger answers: each question is one query, whose authorisation is part of it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import msgspec

from services.ledger.database import Readers
from services.ledger.errors import AssetNotFound, CheckpointNotFound, EntryNotFound, ProofOfNothing, SizeNotReached
from services.ledger.history import percent
from services.ledger.merkle import (
    TileKey,
    consistency_subtrees,
    hashes_of,
    inclusion_subtrees,
    leaf_hash,
    tiles_under,
)
from shared.log.envelope import decode
from shared.ratio import parse_ratio

EVERYTHING: Final = None
"""In place of a party: the auditor's view."""

_MAY_READ: Final = """
    ($2::text IS NULL OR EXISTS (SELECT FROM member WHERE member.agreement = asset.agreement AND member.party = $2))
"""

# A row is known when it was by both clocks: one of them is usually left open.
_KNOWN: Final = """
        AND holding.known_from <= coalesce($3::bigint, 9223372036854775807)
        AND holding.recorded_from <= coalesce($4::timestamptz, 'infinity')
        AND (holding.known_to IS NULL OR holding.known_to > $3 OR holding.recorded_to > $4)
"""

# Disputed is what was disputed then, whatever legal day is asked about.
_COLUMNS: Final = """
    SELECT holding.holder, holding.share, holding.effective_from, holding.effective_to, holding.caused_by,
        progress.position, progress.recorded_at,
        ARRAY(
            SELECT dispute.dispute FROM dispute WHERE dispute.asset = asset.asset
            AND dispute.known_from <= coalesce($3::bigint, 9223372036854775807)
            AND dispute.recorded_from <= coalesce($4::timestamptz, 'infinity')
            AND (dispute.known_to IS NULL OR dispute.known_to > $3 OR dispute.recorded_to > $4)
            ORDER BY dispute.dispute
        ) AS disputes
    FROM asset
    CROSS JOIN progress
    LEFT JOIN holding ON holding.asset = asset.asset
"""

_ORDERED: Final = f"""
    WHERE asset.asset = $1 AND {_MAY_READ}
    ORDER BY holding.effective_from, holding.holder
"""  # put together from constants

_OWNERSHIP: Final = f"""
    {_COLUMNS} {_KNOWN}
        AND holding.effective_from <= $5 AND (holding.effective_to IS NULL OR holding.effective_to > $5)
    {_ORDERED}
"""

_TIMELINE: Final = f"{_COLUMNS} {_KNOWN} {_ORDERED}"

# What is entered stays, so this may be asked after the holdings that these entries decided.
_CAUSES: Final = """
    SELECT entry.position, entry.body, derivation.reasons
    FROM entry LEFT JOIN derivation ON derivation.position = entry.position
    WHERE entry.position = ANY ($1::bigint[])
"""

_ASSET_ALARMS: Final = f"""
    SELECT asset_alarm.position, asset_alarm.alarm, asset_alarm.details
    FROM asset LEFT JOIN asset_alarm ON asset_alarm.asset = asset.asset
    WHERE asset.asset = $1 AND {_MAY_READ}
    ORDER BY asset_alarm.position, asset_alarm.number
"""  # noqa: S608  # put together from constants

_ENTRIES: Final = "SELECT position, body FROM entry WHERE position > $1 ORDER BY position LIMIT $2"

_ENTRY: Final = "SELECT body FROM entry WHERE position = $1"

_IS_MEMBER: Final = "SELECT FROM member WHERE agreement = $1 AND party = $2"

_TILES: Final = """
    SELECT "row", number, hashes FROM tile
    WHERE ("row", number) IN (SELECT * FROM unnest($1::smallint[], $2::bigint[]))
"""

_ALARMS: Final = """
    SELECT alarm.position, kind, expected, got, detected_at, alarm.position > progress.position AS halting
    FROM alarm CROSS JOIN progress
    ORDER BY alarm.position DESC, kind
"""


class Known(NamedTuple):
    """As of which knowledge to answer: a position, an instant, or neither for all there is."""

    position: int | None = None
    instant: datetime | None = None


class Cause(msgspec.Struct, frozen=True):
    """An event that decided who holds what, and the entry it is."""

    position: int
    event: str
    id: str
    stream: str
    recorded_at: datetime
    effective_on: date
    actor: str
    reasons: list[dict[str, Any]]


class AsOf(msgspec.Struct, frozen=True):
    """How far the ledger had come when it answered."""

    position: int
    recorded_at: datetime


class Ownership(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who held what on a legal day, as known; nobody before the asset was conceived or disclosed."""

    asset: str
    effective: date
    known: int | datetime | None
    disputed_in: list[str]
    holders: dict[str, str]
    percent: dict[str, str]
    because: list[Cause]
    ledger: AsOf


class TimelinePeriod(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Who holds what from a day up to but not including another; `to` is null while it lasts."""

    start: date
    end: date | None
    holders: dict[str, str]
    percent: dict[str, str]
    because: list[Cause]


class Timeline(msgspec.Struct, frozen=True):
    """Who held an asset since its conception, as known."""

    asset: str
    known: int | datetime | None
    disputed_in: list[str]
    periods: list[TimelinePeriod]
    ledger: AsOf


class LedgerEntry(msgspec.Struct, frozen=True):
    """An entry: its position and its exact bytes, which are JSON text; `leaf_hash` is over these bytes."""

    position: int
    leaf_hash: str
    body: str


class Alarm(msgspec.Struct, frozen=True):
    """What stopped the ledger before a position; `halting` until the ledger has passed it."""

    position: int
    kind: str
    expected: str
    got: str
    detected_at: datetime
    halting: bool


class AssetAlarm(msgspec.Struct, frozen=True):
    """Something about an asset that people must look at, noticed when the entry at this position was entered."""

    position: int
    alarm: str
    details: dict[str, str]


class Answers:
    """The read side; `party` is whose eyes to read with, EVERYTHING for an auditor's."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def ownership_of(self, asset: str, effective: date, known: Known, *, party: str | None) -> Ownership:
        """Return who held what of an asset on a legal day, as known; raises AssetNotFound."""
        rows = await self._readers.fetch(_OWNERSHIP, asset, party, *known, effective)
        if not rows:
            raise AssetNotFound(asset=asset)
        held = [row for row in rows if row["holder"] is not None]
        return Ownership(
            asset=asset,
            effective=effective,
            known=known.instant if known.position is None else known.position,
            disputed_in=rows[0]["disputes"],
            ledger=AsOf(rows[0]["position"], rows[0]["recorded_at"]),
            **_shares(held, await self._causes(held)),
        )

    async def timeline_of(self, asset: str, known: Known, *, party: str | None) -> Timeline:
        """Return an asset's periods of ownership, as known; raises AssetNotFound."""
        rows = await self._readers.fetch(_TIMELINE, asset, party, *known)
        if not rows:
            raise AssetNotFound(asset=asset)
        periods: dict[date, list[Any]] = {}
        held_ever = [row for row in rows if row["holder"] is not None]
        for row in held_ever:
            periods.setdefault(row["effective_from"], []).append(row)
        causes = await self._causes(held_ever)
        return Timeline(
            asset=asset,
            known=known.instant if known.position is None else known.position,
            disputed_in=rows[0]["disputes"],
            periods=[
                TimelinePeriod(start=start, end=held[0]["effective_to"], **_shares(held, causes))
                for start, held in periods.items()
            ],
            ledger=AsOf(rows[0]["position"], rows[0]["recorded_at"]),
        )

    async def alarms_about(self, asset: str, *, party: str | None) -> list["AssetAlarm"]:
        """Return what people must look at in an asset, in the order it was noticed; raises AssetNotFound."""
        rows = await self._readers.fetch(_ASSET_ALARMS, asset, party)
        if not rows:
            raise AssetNotFound(asset=asset)
        return [
            AssetAlarm(row["position"], row["alarm"], msgspec.json.decode(row["details"]))
            for row in rows
            if row["alarm"] is not None
        ]

    async def entry(self, position: int, *, party: str | None) -> LedgerEntry:
        """Return one entry; raises EntryNotFound."""
        rows = await self._readers.fetch(_ENTRY, position)
        if not rows or not await self._may_read(rows[0]["body"], party):
            raise EntryNotFound(position=position)
        return _entry(position, rows[0]["body"])

    async def entries(self, *, after: int, limit: int) -> list[LedgerEntry]:
        """Return entries above a position, in order."""
        rows = await self._readers.fetch(_ENTRIES, after, limit)
        return [_entry(row["position"], row["body"]) for row in rows]

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

    async def halted(self) -> str | None:
        """Return why the ledger does not go on, if so."""
        for alarm in await self.alarms():
            if alarm.halting:
                return f"{alarm.kind} at position {alarm.position}: expected {alarm.expected}, got {alarm.got}"
        return None

    async def _causes(self, held: Iterable[Any]) -> dict[int, Cause]:
        positions = sorted({position for row in held for position in row["caused_by"]})
        return {row["position"]: _cause(row) for row in await self._readers.fetch(_CAUSES, positions)}

    async def _size(self, asked: int | None) -> int:
        reached = await self.size()
        if asked is not None and asked > reached:
            raise SizeNotReached(expected=f"at most {reached}", got=asked)
        return reached if asked is None else asked

    async def _hashes(self, subtrees: Iterable[range]) -> list[bytes]:
        return hashes_of(subtrees, await self._tiles(tiles_under(subtrees)))

    async def _tiles(self, keys: Iterable[TileKey]) -> Mapping[TileKey, bytes]:
        wanted = list(keys)
        rows = await self._readers.fetch(_TILES, [key.row for key in wanted], [key.number for key in wanted])
        return {TileKey(row["row"], row["number"]): row["hashes"] for row in rows}

    async def _may_read(self, body: bytes, party: str | None) -> bool:
        if party is EVERYTHING:
            return True
        return bool(await self._readers.fetch(_IS_MEMBER, decode(body).agreement, party))


def _shares(held: list[Any], causes: Mapping[int, Cause]) -> dict[str, Any]:
    """Return holders, their percentages and what decided them, of rows of one period."""
    shares = {row["holder"]: row["share"] for row in held}
    positions = sorted({position for row in held for position in row["caused_by"]})
    return {
        "holders": shares,
        "percent": percent({holder: parse_ratio(share) for holder, share in shares.items()}) if shares else {},
        "because": [causes[position] for position in positions],
    }


def _cause(row: Any) -> Cause:  # noqa: ANN401  # a row of the driver's
    envelope = decode(row["body"])
    return Cause(
        position=row["position"],
        event=type(envelope.data).__name__,
        id=envelope.id,
        stream=envelope.stream,
        recorded_at=envelope.time,
        effective_on=envelope.effective_on,
        actor=envelope.actor,
        reasons=msgspec.json.decode(row["reasons"]) if row["reasons"] else [],
    )


def _entry(position: int, body: bytes) -> LedgerEntry:
    return LedgerEntry(position, leaf_hash(body).hex(), body.decode())
