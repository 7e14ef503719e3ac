"""A stream as a rebuild reads it, and everything that a ledger has stored, to be compared before and after."""

import asyncio
from collections.abc import AsyncGenerator

from shared.bus.consumer import StreamMessage

TABLES = (
    *("entry", "tile", "checkpoint", "asset", "member", "holding", "derivation", "dispute", "asset_alarm"),
    *("alarm", "progress"),
)


class Published:
    """A stream as the rebuild reads it, in batches of a size."""

    def __init__(self, messages, size=10):
        self._messages = messages
        self._size = size

    async def after(self, position: int) -> AsyncGenerator[list[StreamMessage], None]:
        while True:
            await asyncio.sleep(0)
            yield self._messages[position : position + self._size]
            position += self._size


async def contents(connection):
    """Return every table, in a stable order."""
    return {
        table: sorted((tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}")), key=repr)
        for table in TABLES
        if table != "alarm"
    }
