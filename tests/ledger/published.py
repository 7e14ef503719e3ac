"""A stream as a rebuild reads it, and everything that a ledger has stored, to be compared before and after."""

import asyncio
from collections.abc import AsyncGenerator

from shared.bus.consumer import StreamMessage
from shared.log.chain import Head

TABLES = (
    *("entry", "tile", "checkpoint", "asset", "member", "holding", "derivation", "dispute", "asset_alarm"),
    *("alarm", "progress"),
)


class Published:
    """A stream as the rebuild reads it, in batches of a size."""

    check_seconds = 1.0

    def __init__(self, messages, size=10):
        self._messages = messages
        self._size = size

    async def check(self, followed: Head) -> None:
        """A list is always the history that it is."""

    async def after(self, followed: Head) -> AsyncGenerator[list[StreamMessage], None]:
        position = followed.position
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
