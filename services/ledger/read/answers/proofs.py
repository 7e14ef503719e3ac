"""What the ledger commits to, and proofs that entries and earlier trees are part of it."""

from collections.abc import Iterable, Mapping
from typing import Final

from services.ledger.errors import CheckpointNotFound, LedgerDamaged, ProofOfNothing, SizeNotReached
from services.ledger.read.answers.reading import Reading
from services.ledger.tree.merkle import (
    HASH_BYTES,
    TileKey,
    consistency_subtrees,
    hashes_of,
    inclusion_subtrees,
    tiles_under,
)

_TILES: Final = """
    SELECT "row", number, hashes FROM tile
    WHERE ("row", number) IN (SELECT * FROM unnest($1::smallint[], $2::bigint[]))
"""


async def newest_checkpoint(reading: Reading) -> str:
    """Return the newest signed checkpoint; raises CheckpointNotFound."""
    rows = await reading.fetch("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
    if not rows:
        raise CheckpointNotFound
    note: str = rows[0]["note"]
    return note


async def inclusion_proof(reading: Reading, position: int, size: int | None) -> tuple[int, list[bytes]]:
    """Return the size and the proof that the entry is in the tree of that size; raises ProofOfNothing."""
    reached = await reading.asked_size(size)
    if not 1 <= position <= reached:
        raise ProofOfNothing(expected=f"1 to {reached}", got=position)
    return reached, await _hashes(reading, inclusion_subtrees(position - 1, reached))


async def consistency_proof(reading: Reading, old: int, new: int | None) -> tuple[int, list[bytes]]:
    """Return the new size and the proof that the old tree is its prefix; raises ProofOfNothing, SizeNotReached."""
    reached = await reading.asked_size(new)
    if new is None and old > reached:  # as an auditor finds it where there is less than was seen before
        raise SizeNotReached(expected=f"at most {reached}", got=old)
    if not 1 <= old <= reached:
        raise ProofOfNothing(expected=f"1 to {reached}", got=old)
    return reached, await _hashes(reading, consistency_subtrees(old, reached))


async def _hashes(reading: Reading, subtrees: Iterable[range]) -> list[bytes]:
    tiles = await _tiles(reading, tiles_under(subtrees))
    with reading.noticing():
        try:
            hashes = hashes_of(subtrees, tiles)
        except KeyError as error:
            raise LedgerDamaged(expected="the tiles of the tree", got="one is missing") from error
        if any(len(each) != HASH_BYTES for each in hashes):
            raise LedgerDamaged(expected="the tiles of the tree", got="one is too short")
        return hashes


async def _tiles(reading: Reading, keys: Iterable[TileKey]) -> Mapping[TileKey, bytes]:
    wanted = list(keys)
    rows = await reading.fetch(_TILES, [key.row for key in wanted], [key.number for key in wanted])
    return {TileKey(row["row"], row["number"]): row["hashes"] for row in rows}
