"""Reads what the ledger stores, in order and in pieces, as the checkers and the audit bundle need it."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any, BinaryIO, Final, NamedTuple

from services.ledger.errors import CheckpointNotFound, LedgerUnavailable
from services.ledger.tree.bundle import written_entries, written_note
from services.ledger.tree.merkle import HASH_BYTES, TILE_WIDTH, TileKey
from shared.database import Connection, reaching
from shared.log.recount import BELOW_ALL

CHUNK_ENTRIES: Final = TILE_WIDTH * 16


class StoredEntry(NamedTuple):
    """An entry with what is stored beside its bytes."""

    position: int
    stream: str
    version: int
    invention: str | None
    body: bytes
    recorded_at: datetime


class Evidence:
    """Everything stored, as of one moment: read it inside `snapshot`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        """Let nothing change in what is read, whatever is entered meanwhile; raises LedgerUnavailable."""
        # Around the driver's part alone: what goes wrong inside may be a full disk of our own.
        with reaching(LedgerUnavailable):
            transaction = self._connection.transaction(isolation="repeatable_read", readonly=True)
            await transaction.start()
        try:
            yield
        finally:
            with reaching(LedgerUnavailable):
                await transaction.rollback()

    async def newest_checkpoint(self) -> tuple[int, str]:
        """Return size and note; raises CheckpointNotFound."""
        rows = await self.fetch("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1")
        if not rows:
            raise CheckpointNotFound
        return rows[0]["size"], rows[0]["note"]

    async def entries(self, *, after: int = BELOW_ALL, upto: int | None = None) -> AsyncIterator[list[StoredEntry]]:
        """Yield all entries in order of position, whatever positions they have, those below 1 too."""
        while True:
            rows = await self.fetch(
                "SELECT position, stream, version, invention, body, recorded_at FROM entry"
                " WHERE position > $1 AND ($2::bigint IS NULL OR position <= $2) ORDER BY position LIMIT $3",
                after,
                upto,
                CHUNK_ENTRIES,
            )
            if not rows:
                return
            yield [StoredEntry(*row) for row in rows]
            after = rows[-1]["position"]

    async def bodies(self, *, upto: int) -> AsyncIterator[list[bytes]]:
        async for entries in self.entries(after=0, upto=upto):
            yield [entry.body for entry in entries]

    async def leaf_hashes(self, size: int) -> AsyncIterator[bytes]:
        """Yield the stored leaf hashes, as the tree holds them."""
        for number in range(-(-size // TILE_WIDTH)):
            tile = (await self.tiles([TileKey(0, number)])).get(TileKey(0, number), b"")
            yield tile[: (size - number * TILE_WIDTH) * HASH_BYTES]

    async def tiles(self, keys: Iterable[TileKey]) -> dict[TileKey, bytes]:
        wanted = list(keys)
        rows = await self.fetch(
            'SELECT "row", number, hashes FROM tile'
            ' WHERE ("row", number) IN (SELECT * FROM unnest($1::smallint[], $2::bigint[]))',
            [key.row for key in wanted],
            [key.number for key in wanted],
        )
        return {TileKey(row["row"], row["number"]): row["hashes"] for row in rows}

    async def export(self, out: BinaryIO) -> int:
        """Write everything, of one moment, as an audit bundle, and return its size; raises CheckpointNotFound."""
        async with self.snapshot():
            size, note = await self.newest_checkpoint()
            out.write(written_note(note))
            async for hashes in self.leaf_hashes(size):
                out.write(hashes)
            async for bodies in self.bodies(upto=size):
                out.write(written_entries(bodies))
            return size

    async def fetch(self, query: str, *arguments: object) -> "list[Any]":
        with reaching(LedgerUnavailable):
            return await self._connection.fetch(query, *arguments)
