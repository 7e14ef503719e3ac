"""How soon somebody who follows an inbox has the alert of what was recorded, while much is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Final

import httpx
import msgspec

from services.cli import scenario
from shared.parts import end_all
from shared.testing import Servers, Stack, temporary_home
from tests.bench.latency import CONTRIBUTION, PATIENCE_SECONDS, RECORDED_BY, TOLD, Arrivals, compared, least
from tests.bench.load import paced
from tests.bench.measure import Result

PER_SECOND: Final = 200
SECONDS: Final = 10
# How often it is measured meanwhile what it takes at least.
_LEAST_EVERY_SECONDS: Final = 0.02
_LIMITS: Final = {"MOIETY_REQUESTS_PER_SECOND": "1000000", "MOIETY_REQUESTS_SAVED": "1000000"}


class _Alert(msgspec.Struct):
    subject: str


async def alert_latency(_servers: Servers) -> list[Result]:
    """From the HTTP answer of one party to the event in the inbox of the other, at so many recordings a second."""
    with temporary_home() as home, Stack(home, log_level="ERROR", settings=_LIMITS) as stack:
        await asyncio.to_thread(scenario.load, home)
        async with _follower(stack) as arrivals, least(stack, times=1) as peer:
            await _recorded(stack, arrivals, "WARM", count=PER_SECOND)
            theirs: list[float] = []

            async def measure_least() -> None:
                while True:
                    theirs.append(await peer())
                    await asyncio.sleep(_LEAST_EVERY_SECONDS)

            measuring = asyncio.create_task(measure_least())
            mine, rate = await _recorded(stack, arrivals, "LATENCY", count=PER_SECOND * SECONDS)
            await end_all([measuring])
    peer_name = "a round trip to NATS and a commit, under the same load"
    note = f"{rate:,.0f} recordings/s"
    return compared("alert_latency", mine, theirs, peer_name=peer_name, goal=5, goal_p99=20, note=note)


async def _recorded(stack: Stack, arrivals: Arrivals, name: str, *, count: int) -> tuple[list[float], float]:
    """Return how long after its answer each arrived, and how many were answered a second."""
    ids = [f"CTB-{name}-{number}" for number in range(count)]
    bodies = [msgspec.json.encode({"contribution": each, **CONTRIBUTION}) for each in ids]
    token = stack.home.issuer.mint(f"{RECORDED_BY}-REP", party=RECORDED_BY, roles=["representative"])
    started = perf_counter()
    answered = await paced(f"{stack.url('agreements')}/v1/contributions", token, bodies, per_second=PER_SECOND)
    arrived = [await arrivals.of(f"contribution:{each}") for each in ids]
    waited = [max(0.0, came - at) for came, at in zip(arrived, answered, strict=True)]
    return waited, count / (max(answered) - started)


@asynccontextmanager
async def _follower(stack: Stack) -> AsyncIterator[Arrivals]:
    """Follow an inbox from its end on, as a portal does."""
    token = stack.home.issuer.mint(f"{TOLD}-PORTAL", party=TOLD, roles=["representative"])
    headers = {"Authorization": f"Bearer {token}"}
    arrivals = Arrivals()
    async with httpx.AsyncClient(base_url=stack.url("notifications"), headers=headers, trust_env=False) as http:
        newest = (await http.get("/v1/inbox?limit=1")).raise_for_status().json()["items"][0]["sequence"]
        following = asyncio.create_task(_follow(http, newest, arrivals))
        try:
            yield arrivals
        finally:
            await end_all([following])


async def _follow(http: httpx.AsyncClient, newest: int, arrivals: Arrivals) -> None:
    async with http.stream("GET", f"/v1/inbox/stream?after={newest}", timeout=PATIENCE_SECONDS) as answer:
        async for line in answer.raise_for_status().aiter_lines():
            if line.startswith("data: "):
                arrivals.came(msgspec.json.decode(line.removeprefix("data: "), type=_Alert).subject)
