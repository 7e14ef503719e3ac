"""The evidence itself: entries exactly as they were published."""

from base64 import b64encode
from typing import Final

from services.ledger.errors import EntryNotFound, LedgerDamaged
from services.ledger.read.answers.reading import ITS_HASH, Reading
from services.ledger.read.answers.streams import readable
from services.ledger.read.periods import proven_entry
from services.ledger.read.views import LedgerEntry
from shared.log.chain import leaf_hash

_ENTRIES: Final = f"""
    SELECT entry.position, body, {ITS_HASH} AS leaf FROM entry
    WHERE entry.position > $1 ORDER BY entry.position LIMIT $2
"""  # noqa: S608  # put together from constants


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
