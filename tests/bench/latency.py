"""How soon something arrives after its recording was answered, and what that takes at least on the same servers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from statistics import median, quantiles
from time import perf_counter
from typing import Final

import asyncpg
import nats

from shared.testing import Stack
from tests.bench.measure import Result, compare

PATIENCE_SECONDS: Final = 30
PROJECT: Final = "PRJ-5G"
# Of HUT, for the other party of whose project it is news.
RECORDED_BY: Final = "HUT"
TOLD: Final = "ATRC"
CONTRIBUTION: Final = {
    "project": PROJECT,
    "contributor": "HUT-PI-5G",
    "kind": "NON_INVENTIVE",
    "conceived_on": "2024-07-08",
    "description_hash": "sha256:" + "5" * 64,
}


class Arrivals:
    """When what was recorded came to whoever waits for it, by its stream."""

    def __init__(self) -> None:
        self._came: dict[str, float] = {}
        self._new = asyncio.Event()

    def came(self, stream: str) -> None:
        self._came[stream] = perf_counter()
        self._new.set()

    async def of(self, stream: str) -> float:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while stream not in self._came:
                self._new.clear()
                await self._new.wait()
        return self._came[stream]


@asynccontextmanager
async def least(stack: Stack, *, times: int) -> AsyncIterator[Callable[[], Awaitable[float]]]:
    """Give what takes as long as so many round trips to NATS and commits, on the same servers."""
    postgres, server = stack.home.postgres, stack.home.nats
    connection = await asyncpg.connect(postgres.dsn("notifications"), password=postgres.password)
    client = await nats.connect(server.url, user="ledger", password=server.passwords["ledger"])
    await connection.execute("CREATE TABLE least (number integer)")

    async def once() -> float:
        started = perf_counter()
        for _ in range(times):
            await client.flush()
            await connection.execute("INSERT INTO least VALUES (1)")
        return perf_counter() - started

    try:
        yield once
    finally:
        await client.close()
        await connection.close()


def compared(  # keyword-only: what is compared with what
    name: str, mine: list[float], theirs: list[float], *, peer_name: str, goal: float, goal_p99: float, note: str = ""
) -> list[Result]:
    """Compare what is usual, and what one in a hundred exceeds."""
    times = [
        (name, mine, theirs, goal),
        (f"{name}_p99", [_p99(mine)], [_p99(theirs)], goal_p99),
    ]
    return [
        compare(each, ours, peer, peer_name=peer_name, goal=most, unit="s", better="lower", note=note or None)
        for each, ours, peer, most in times
    ]


def _p99(seconds: list[float]) -> float:
    return quantiles(seconds, n=100)[98] if len(seconds) > 1 else median(seconds)
