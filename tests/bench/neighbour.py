"""What a party's requests cost its neighbour: its p50 while another asks for all it can, and while nobody else asks.

Each kind of request is made by so many connections at once, each asking again as soon as it is answered, however it is.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from statistics import median
from time import perf_counter
from typing import NamedTuple

import httpx

from shared.parts import end_all
from shared.testing import Servers
from tests.agreements.test_simulation_workers import COSTLY
from tests.bench.measure import Result, compare, in_turn
from tests.bench.service import Service, running
from tests.bench.situation import record_contribution, seeded

CONNECTIONS = 16
CONTRIBUTIONS = 500
READS = 300
# A portal asks now and then; asked without a pause, the measure would be of the machine's spare processors.
BETWEEN_SECONDS = 0.005
# What was saved is used up, and what comes back by the clock is what counts.
SETTLING_SECONDS = 8.0
# As every caller has unless an operator says otherwise.
LIMITS = {"MOIETY_REQUESTS_PER_SECOND": "200", "MOIETY_REQUESTS_SAVED": "1000"}


class Kind(NamedTuple):
    """One kind of request, and who may make it."""

    service: str
    method: str
    path: str
    party: str | None = "ATRC"
    role: str = "representative"
    body: object = None


KINDS = {
    "simulations": Kind("agreements", "POST", "/v1/simulations", body=COSTLY),
    "lists": Kind("agreements", "GET", "/v1/contributions?limit=200"),
    "refusals": Kind("agreements", "GET", "/v1/contributions/none"),
    "exports": Kind("agreements", "GET", "/v1/events?limit=1000", party=None, role="auditor"),
    "streams": Kind("notifications", "GET", "/v1/inbox/stream"),
}
# What the neighbour reads meanwhile, of the same service.
READ = {
    "agreements": Kind("agreements", "GET", "/v1/agreements/MOU", party="HUT"),
    "notifications": Kind("notifications", "GET", "/v1/inbox", party="HUT"),
}


async def neighbour(servers: Servers) -> list[Result]:
    """The neighbour's p50 beside each kind of request against its p50 alone."""
    async with _services(servers) as services:
        return [await _beside(servers, services, name, kind) for name, kind in KINDS.items()]


@asynccontextmanager
async def _services(servers: Servers) -> AsyncIterator[dict[str, Service]]:
    servers.empty_nats()
    async with AsyncExitStack() as stack:
        handler, log = await stack.enter_async_context(seeded(servers))
        for _ in range(CONTRIBUTIONS):
            await record_contribution(handler)
        inboxes = servers.create("notifications")
        stack.callback(servers.drop, inboxes)
        port = servers.home.ports.agreements
        start = partial(running, servers, limits=LIMITS)
        agreements = await stack.enter_async_context(start(log, "services.agreements", port=port))
        await stack.enter_async_context(
            start(servers.as_role(log, "relay"), "services.agreements.relay", settings_of="relay")
        )
        notifications = await stack.enter_async_context(
            start(inboxes, "services.notifications", settings_of="notifications")
        )
        yield {"agreements": agreements, "notifications": notifications}


async def _beside(servers: Servers, services: dict[str, Service], name: str, kind: Kind) -> Result:
    read = partial(_p50, servers, services, READ[kind.service])

    async def beside() -> float:
        async with _asking(servers, services, kind):
            await asyncio.sleep(SETTLING_SECONDS)
            return await read()

    mine, theirs = await in_turn(beside, read, rounds=3)
    peer_name = "the same while nobody else asks"
    return compare(f"neighbour_{name}", mine, theirs, peer_name=peer_name, goal=2, unit="ms", better="lower")


async def _p50(servers: Servers, services: dict[str, Service], kind: Kind) -> float:
    seconds = []
    async with _client(servers, services, kind) as client:
        for _ in range(READS):
            await asyncio.sleep(BETWEEN_SECONDS)
            started = perf_counter()
            (await client.request(kind.method, kind.path)).raise_for_status()
            seconds.append(perf_counter() - started)
    return median(seconds) * 1_000


@asynccontextmanager
async def _asking(servers: Servers, services: dict[str, Service], kind: Kind) -> AsyncIterator[None]:
    """Ask on every connection as long as this is in use; streams are read to their end, and opened again."""
    content = None if kind.body is None else json.dumps(kind.body).encode()

    async def ask(client: httpx.AsyncClient) -> None:
        while True:
            with suppress(httpx.HTTPError):
                async with client.stream(
                    kind.method, kind.path, content=content, headers={"Content-Type": "application/json"}
                ) as answer:
                    async for _ in answer.aiter_raw():
                        pass

    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(_client(servers, services, kind)) for _ in range(CONNECTIONS)]
        asking = [asyncio.create_task(ask(client)) for client in clients]
        try:
            yield
        finally:
            await end_all(asking)


def _client(servers: Servers, services: dict[str, Service], kind: Kind) -> httpx.AsyncClient:
    token = servers.home.issuer.mint(f"{kind.party or kind.role}-REP", party=kind.party, roles=[kind.role])
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=services[kind.service].url, headers=headers, timeout=120, trust_env=False)
