"""The evidence itself: entries exactly as they were published."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Final

from services.ledger.errors import EntryNotFound, LedgerDamaged
from services.ledger.read.access import check_membership
from services.ledger.read.answers.access import check_accesses, stored_entry, unproven
from services.ledger.read.answers.reading import EVERYTHING, ITS_HASH, THE_ENTRY, Reading, gone
from services.ledger.read.periods import proven_entry
from services.ledger.read.views import LedgerEntry
from shared.events.concerned import AN_ENTRY, NOBODY, Circle, about, kind_of, lessons
from shared.log.chain import leaf_hash
from shared.log.envelope import Envelope

_ENTRIES: Final = f"""
    SELECT entry.position, body, {ITS_HASH} AS leaf FROM entry
    WHERE entry.position > $1 ORDER BY entry.position LIMIT $2
"""  # noqa: S608  # put together from constants

_MEMBER: Final = f"""
    SELECT position, {THE_ENTRY.format("member.position")} AS joined FROM member
    WHERE agreement = $1 AND party = $2 AND NOT {gone("$1", "$3::bigint")}
"""  # noqa: S608  # put together from constants

# Of some assets, those of which a party holds a share: as known now, or as known at a position.
_HELD: Final = """
    SELECT asked.asset FROM unnest($1::text[]) AS asked (asset)
    WHERE EXISTS (
        SELECT FROM holding WHERE holding.asset = asked.asset AND holder = $2
            AND (known_to IS NULL OR known_from <= $3 AND known_to > $3)
    )
"""

_STREAMS: Final = f"""
    SELECT entry.position, body, {ITS_HASH} AS leaf FROM entry WHERE stream = ANY ($1::text[]) ORDER BY entry.position
"""  # noqa: S608  # put together from constants
# The circles whose own streams say who is in them, small as they are.
_OF_STREAMS: Final = ("transfer", "licence", "dispute")


async def entry_at(reading: Reading, position: int, *, party: str | None) -> LedgerEntry:
    """Return one entry; raises EntryNotFound."""
    if not 1 <= position <= await reading.size():
        raise EntryNotFound(position=position)
    (found,) = await _entries(reading, position - 1, 1)
    with reading.noticing():
        envelope = proven_entry(found.position, found.body.encode(), leaf_hash(found.body.encode()))
    if party is not EVERYTHING and not await _is_for(reading, party, position, envelope):
        raise EntryNotFound(position=position)
    return found


async def _is_for(reading: Reading, party: str, position: int, envelope: Envelope) -> bool:
    """Tell whether a party may read an entry: whoever may read something may read the entries about it.

    Raises LedgerDamaged where what lets it in is not borne out.
    """
    members = await reading.fetch(_MEMBER, envelope.agreement, party, position)
    with unproven(reading):
        for row in members:
            check_membership(party, envelope.agreement, stored_entry(row["position"], row["joined"]))
    if members:
        return True
    names = about(envelope)
    assets = [name.partition(":")[2] for name in names if kind_of(name) == "invention"]
    held = [row["asset"] for row in await reading.fetch(_HELD, assets, party, position)] if assets else []
    await check_accesses(reading, held, position, party=party)
    circles = await _circles(reading, [name for name in names if kind_of(name) in _OF_STREAMS])
    taking_part = {
        kind: [each for name, circle in circles.items() if kind_of(name) == kind for each in circle]
        for kind in _OF_STREAMS
    }
    return AN_ENTRY.admits(party, agreement=(), invention=[party for _ in held], **taking_part)


async def _circles(reading: Reading, names: Sequence[str]) -> dict[str, Circle]:
    """Return who is in things by what their own streams say."""
    circles: dict[str, Circle] = {}
    for row in await reading.fetch(_STREAMS, names) if names else ():
        with unproven(reading):
            envelope = proven_entry(row["position"], row["body"], row["leaf"])
        for name, lesson in lessons(envelope, row["position"]).items():
            circles[name] = lesson(circles.get(name, NOBODY))
    return {name: circle for name, circle in circles.items() if name in names}


async def entries_after(reading: Reading, position: int, *, limit: int) -> tuple[list[LedgerEntry], int]:
    """Return entries above a position, in order, and how many there are in all."""
    size = await reading.size()
    return await _entries(reading, position, max(min(limit, size - position), 0)), size


async def _entries(reading: Reading, after: int, count: int) -> list[LedgerEntry]:
    rows = await reading.fetch(_ENTRIES, after, count)
    with reading.noticing():
        if [row["position"] for row in rows] != list(range(after + 1, after + 1 + count)):
            raise LedgerDamaged(expected="an entry at every position", got=f"a gap after {after}")
        return [_entry(*row) for row in rows]


def _entry(position: int, body: bytes, leaf: bytes | None) -> LedgerEntry:
    proven_entry(position, body, leaf)
    return LedgerEntry(position, b64encode(leaf or b"").decode(), body.decode())
