"""A process that appends: `python -m tests.log.appender NAME STREAMS EVENTS`, the database in its environment."""

import asyncio
import os
import sys

from shared.log.postgres import PostgresEventStore
from tests.log.controls import an_append


async def append_many(name: str, streams: int, events: int) -> None:
    async def one_stream(number: int) -> None:
        for version in range(1, events + 1):
            positions = await store.append(an_append(f"jar:{name}-{number}", version))
            # Only what the store acknowledged is claimed; the line must be out before a kill can come.
            sys.stdout.write(f"{positions[0]} jar:{name}-{number} {version}\n")
            sys.stdout.flush()

    async with PostgresEventStore.open(os.environ["DSN"], password=os.environ.get("PASSWORD")) as store:
        await asyncio.gather(*(one_stream(number) for number in range(streams)))


if __name__ == "__main__":
    asyncio.run(append_many(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
