"""How soon a partner's system has what was recorded, against what it takes at least."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Final

import httpx
import msgspec
import nats
from nats.aio.client import Client
from nats.errors import TimeoutError as NothingNew

from services.cli import scenario
from shared.log.parties import MAIN, PARTNER_API, stream_of
from shared.parts import end_all
from shared.testing import Servers, Stack, temporary_home
from tests.bench.latency import CONTRIBUTION, RECORDED_BY, TOLD, Arrivals, compared, least
from tests.bench.measure import Result

RECORDINGS: Final = 400
PAUSE_SECONDS: Final = 0.01


class _Event(msgspec.Struct):
    subject: str


async def partner_latency(_servers: Servers) -> list[Result]:
    """From the HTTP answer of one party to the handler of the other's system, over NATS, one by one."""
    with temporary_home() as home, Stack(home, log_level="ERROR") as stack:
        await asyncio.to_thread(scenario.load, home)
        mine: list[float] = []
        theirs: list[float] = []
        async with _follower(stack) as arrivals, least(stack, times=2) as peer, _recorder(stack) as http:
            for number in range(RECORDINGS):
                theirs.append(await peer())
                contribution = f"CTB-LATENCY-{number}"
                answer = await http.post("/v1/contributions", json={"contribution": contribution, **CONTRIBUTION})
                answered = perf_counter()
                answer.raise_for_status()
                mine.append(max(0.0, await arrivals.of(f"contribution:{contribution}") - answered))
                await asyncio.sleep(PAUSE_SECONDS)
    peer_name = "two round trips to NATS and two commits"
    return compared("partner_latency", mine, theirs, peer_name=peer_name, goal=5, goal_p99=20)


@asynccontextmanager
async def _follower(stack: Stack) -> AsyncIterator[Arrivals]:
    """Follow a party's stream as its system does."""
    token = stack.home.issuer.mint(f"{TOLD}-SYSTEM", party=TOLD, roles=["partner"])
    client = await nats.connect(stack.home.nats.url, token=token, inbox_prefix=f"_INBOX_{TOLD}")
    arrivals = Arrivals()
    following = asyncio.create_task(_follow(client, arrivals))
    try:
        yield arrivals
    finally:
        await end_all([following])
        await client.close()


async def _follow(client: Client, arrivals: Arrivals) -> None:
    main = await client.jetstream(prefix=PARTNER_API).pull_subscribe_bind(MAIN, stream=stream_of(TOLD))
    while True:
        try:
            messages = await main.fetch(1, timeout=5)
        except NothingNew:
            continue
        for message in messages:
            arrivals.came(msgspec.json.decode(message.data, type=_Event).subject)
            await message.ack()


@asynccontextmanager
async def _recorder(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    token = stack.home.issuer.mint(f"{RECORDED_BY}-REP", party=RECORDED_BY, roles=["representative"])
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=stack.url("agreements"), headers=headers, trust_env=False) as http:
        yield http
