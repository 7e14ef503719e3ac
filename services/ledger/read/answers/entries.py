"""The evidence itself: entries exactly as they were published."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Final

from services.ledger.errors import EntryNotFound, LedgerDamaged
from services.ledger.read.access import check_membership
from services.ledger.read.answers.access import check_accesses, stored_entry, unproven
from services.ledger.read.answers.reading import EVERYTHING, ITS_HASH, THE_ENTRY, Reading, gone
from services.ledger.read.periods import proven_entry
from services.ledger.read.views import LedgerEntry
from shared.events.concerned import NOBODY, Circle, about, kind_of, lessons
from shared.events.questions import AN_ENTRY
from shared.log.chain import leaf_hash
from shared.log.envelope import Envelope
from shared.positions import LAST_POSITION

_ENTRIES: Final = f"""
    SELECT entry.position, body, {ITS_HASH} AS leaf FROM entry
    WHERE entry.position > $1 ORDER BY entry.position LIMIT $2
"""  # noqa: S608  # put together from constants

_MEMBER: Final = f"""
    SELECT position, {THE_ENTRY.format("member.position")} AS joined FROM member WHERE agreement = $1 AND party = $2
"""  # noqa: S608  # put together from constants

# Of some entries of one agreement, those that a party reads as one that is in it, or was when they were entered.
_WITHIN: Final = f"""
    SELECT asked.position FROM unnest($3::bigint[]) AS asked (position) WHERE NOT {gone("$1", "asked.position")}
"""  # noqa: S608  # put together from constants

# Of some assets, those of which a party holds a share or held one: until when, and where it can be seen.
_HELD: Final = """
    SELECT asked.asset, held.known_from, held.known_to
    FROM unnest($1::text[]) AS asked (asset) CROSS JOIN LATERAL (
        SELECT known_from, known_to FROM holding
        WHERE holding.asset = asked.asset AND holder = $2 ORDER BY known_to DESC, known_from LIMIT 1
    ) AS held
"""

_STREAMS: Final = f"""
    SELECT entry.position, body, {ITS_HASH} AS leaf FROM entry WHERE stream = ANY ($1::text[]) ORDER BY entry.position
"""  # noqa: S608  # put together from constants
# What the own streams of these say, small as they are, tells who is in them, and of which assets they are.
_OF_STREAMS: Final = ("transfer", "licence", "dispute")


async def entry_at(reading: Reading, position: int, *, party: str | None) -> LedgerEntry:
    """Return one entry; raises EntryNotFound."""
    if not 1 <= position <= await reading.size():
        raise EntryNotFound(position=position)
    (found,) = await _entries(reading, position - 1, 1)
    with reading.noticing():
        envelope = proven_entry(found.position, found.body.encode(), leaf_hash(found.body.encode()))
    if not await readable(reading, [(position, envelope)], party=party):
        raise EntryNotFound(position=position)
    return found


async def readable(
    reading: Reading, entries: Sequence[tuple[int, Envelope]], *, party: str | None
) -> list[tuple[int, Envelope]]:
    """Return those of some entries that a party may read: whoever may read something may read the entries about it.

    Whatever the ledger tells of entries is asked here, so that no answer tells of one that is not to be read by itself.
    Raises LedgerDamaged where what lets it in is not borne out.
    """
    if party is EVERYTHING:
        return list(entries)
    within = await _within(reading, entries, party)
    others = [(position, envelope) for position, envelope in entries if position not in within]
    things = {name for _, envelope in others for name in about(envelope) if kind_of(name) in _OF_STREAMS}
    circles, assets_of = await _told_by(reading, sorted(things))
    # What becomes of an asset is to be read by whoever holds a share, though not each of its entries names the asset.
    names = {
        position: {*(mine := about(envelope)), *(asset for name in mine for asset in assets_of.get(name, ()))}
        for position, envelope in others
    }
    held = await _held_until(reading, {each for named in names.values() for each in named}, party)

    def admits(position: int) -> bool:
        holding = (name for name in names[position] if name in held and position < held[name])
        taking_part = {
            kind: [each for name in names[position] if kind_of(name) == kind for each in circles.get(name, NOBODY)]
            for kind in _OF_STREAMS
        }
        return AN_ENTRY.admits(party, agreement=(), invention=[party for _ in holding], **taking_part)

    return [each for each in entries if each[0] in within or admits(each[0])]


async def _within(reading: Reading, entries: Sequence[tuple[int, Envelope]], party: str) -> set[int]:
    """Return where entries stand that a party may read as one that is in their agreement, or was by then."""
    within: set[int] = set()
    for agreement in {envelope.agreement for _, envelope in entries}:
        members = await reading.fetch(_MEMBER, agreement, party)
        if not members:
            continue
        positions = [position for position, envelope in entries if envelope.agreement == agreement]
        found = {row["position"] for row in await reading.fetch(_WITHIN, agreement, party, positions)}
        if found:
            with unproven(reading):
                for row in members:
                    check_membership(party, agreement, stored_entry(row["position"], row["joined"]))
        within |= found
    return within


async def _held_until(reading: Reading, names: Iterable[str], party: str) -> dict[str, int]:
    """Return the circles of assets that a party is in, each with the position from which it reads no more of it."""
    assets = sorted(name.partition(":")[2] for name in names if kind_of(name) == "invention")
    rows = await reading.fetch(_HELD, assets, party) if assets else []
    for row in rows:
        await check_accesses(reading, [row["asset"]], row["known_from"], party=party)
    return {f"invention:{row['asset']}": row["known_to"] or LAST_POSITION + 1 for row in rows}


async def _told_by(reading: Reading, names: Sequence[str]) -> tuple[dict[str, Circle], dict[str, set[str]]]:
    """Return who is in things, and which assets they are about, by what their own streams say."""
    circles: dict[str, Circle] = {}
    assets: dict[str, set[str]] = {}
    for row in await reading.fetch(_STREAMS, names) if names else ():
        with unproven(reading):
            envelope = proven_entry(row["position"], row["body"], row["leaf"])
        assets.setdefault(envelope.stream, set()).update(
            name for name in about(envelope) if kind_of(name) == "invention"
        )
        for name, lesson in lessons(envelope, row["position"]).items():
            circles[name] = lesson(circles.get(name, NOBODY))
    return {name: circle for name, circle in circles.items() if name in names}, assets


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
