"""How soon a partner's system has what was recorded, against what it takes at least."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median, quantiles
from time import perf_counter
from typing import Any, Final

import asyncpg
import httpx
import msgspec
import nats
from nats.aio.client import Client
from nats.errors import TimeoutError as NothingNew

from services.cli import scenario
from shared.log.parties import MAIN, PARTNER_API, stream_of
from shared.testing import Servers, Stack, temporary_home
from tests.bench.measure import Result, compare

RECORDINGS: Final = 400
PAUSE_SECONDS: Final = 0.01
PATIENCE_SECONDS: Final = 30
_PARTY: Final = "ATRC"
_CONTRIBUTION: Final = {
    "project": "PRJ-5G",
    "contributor": "HUT-PI-5G",
    "kind": "NON_INVENTIVE",
    "conceived_on": "2024-07-08",
    "description_hash": "sha256:" + "5" * 64,
}


class _Event(msgspec.Struct):
    subject: str


async def partner_latency(_servers: Servers) -> list[Result]:
    """From the HTTP answer of one party to the handler of the other's system, over NATS, one by one."""
    with temporary_home() as home, Stack(home, log_level="ERROR") as stack:
        await asyncio.to_thread(scenario.load, home)
        mine: list[float] = []
        theirs: list[float] = []
        async with _follower(stack) as arrivals, _least(stack) as least, _recorder(stack) as http:
            for number in range(RECORDINGS):
                theirs.append(await least())
                contribution = f"CTB-LATENCY-{number}"
                answer = await http.post("/v1/contributions", json={"contribution": contribution, **_CONTRIBUTION})
                answered = perf_counter()
                answer.raise_for_status()
                mine.append(max(0.0, await arrivals.of(f"contribution:{contribution}") - answered))
                await asyncio.sleep(PAUSE_SECONDS)
    peer_name = "two round trips to NATS and two commits"
    times: list[tuple[str, list[float], list[float], float]] = [
        ("partner_latency", mine, theirs, 5),
        ("partner_latency_p99", [_p99(mine)], [_p99(theirs)], 20),
    ]
    return [
        compare(name, ours, peer, peer_name=peer_name, goal=goal, unit="s", better="lower")
        for name, ours, peer, goal in times
    ]


class _Arrivals:
    """When what was recorded came to the partner's handler."""

    def __init__(self) -> None:
        self._came: dict[str, float] = {}
        self._new = asyncio.Event()

    def came(self, body: bytes) -> None:
        self._came[msgspec.json.decode(body, type=_Event).subject] = perf_counter()
        self._new.set()

    async def of(self, stream: str) -> float:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while stream not in self._came:
                self._new.clear()
                await self._new.wait()
        return self._came[stream]


@asynccontextmanager
async def _follower(stack: Stack) -> AsyncIterator[_Arrivals]:
    """Follow a party's stream as its system does."""
    token = stack.home.issuer.mint(f"{_PARTY}-SYSTEM", party=_PARTY, roles=["partner"])
    client = await nats.connect(stack.home.nats.url, token=token, inbox_prefix=f"_INBOX_{_PARTY}")
    arrivals = _Arrivals()
    following = asyncio.create_task(_follow(client, arrivals))
    try:
        yield arrivals
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await client.close()


async def _follow(client: Client, arrivals: _Arrivals) -> None:
    main = await client.jetstream(prefix=PARTNER_API).pull_subscribe_bind(MAIN, stream=stream_of(_PARTY))
    while True:
        try:
            messages = await main.fetch(1, timeout=5)
        except NothingNew:
            continue
        for message in messages:
            arrivals.came(message.data)
            await message.ack()


@asynccontextmanager
async def _least(stack: Stack) -> AsyncIterator[Any]:
    """Give what takes as long as two round trips to NATS and two commits, on the same servers."""
    postgres, server = stack.home.postgres, stack.home.nats
    connection = await asyncpg.connect(postgres.dsn("notifications"), password=postgres.password)
    client = await nats.connect(server.url, user="ledger", password=server.passwords["ledger"])
    await connection.execute("CREATE TABLE least (number integer)")

    async def least() -> float:
        started = perf_counter()
        for _ in range(2):
            await client.flush()
            await connection.execute("INSERT INTO least VALUES (1)")
        return perf_counter() - started

    try:
        yield least
    finally:
        await client.close()
        await connection.close()


@asynccontextmanager
async def _recorder(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    token = stack.home.issuer.mint("HUT-REP", party="HUT", roles=["representative"])
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=stack.url("agreements"), headers=headers, trust_env=False) as http:
        yield http


def _p99(seconds: list[float]) -> float:
    return quantiles(seconds, n=100)[98] if len(seconds) > 1 else median(seconds)
