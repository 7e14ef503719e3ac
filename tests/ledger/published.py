"""A stream as a rebuild reads it, and everything that a ledger has stored, to be compared before and after."""

import asyncio
from collections.abc import AsyncGenerator

from shared.bus.consumer import StreamMessage
from shared.log.chain import Head

TABLES = (
    *("entry", "tile", "checkpoint", "asset", "member", "departure", "holding", "derivation", "dispute", "asset_alarm"),
    *("alarm", "progress"),
)

_LOOK_SECONDS = 0.01


class Published:
    """A stream as the rebuild reads it, in batches of a size; at its end it waits for what is added."""

    check_seconds = 0.5

    def __init__(self, messages, size=10):
        self._messages = messages
        self._size = size

    async def check(self, followed: Head) -> None:
        """A list is always the history that it is."""

    async def after(self, followed: Head) -> AsyncGenerator[list[StreamMessage], None]:
        position = followed.position
        while True:
            await asyncio.sleep(0)
            if batch := self._messages[position : position + self._size]:
                yield batch
                position += len(batch)
            else:
                await asyncio.sleep(_LOOK_SECONDS)


async def contents(connection):
    """Return every table, in a stable order."""
    return {
        table: sorted((tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}")), key=repr)
        for table in TABLES
        if table != "alarm"
    }
