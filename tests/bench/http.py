"""A contribution over HTTP against a route that only decodes it: what all the rest costs."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from shared.embedded.child import free_ports, spawn, stop
from shared.log.handle import Handler
from shared.log.postgres import PostgresEventStore
from shared.testing import MigratedDatabase, Servers, is_ready, wait_until
from tests.bench.load import requests_per_second
from tests.bench.measure import Peer, Result, alternately
from tests.bench.situation import CONTENT, seed

CONNECTIONS = 32
REQUESTS = 8_000
START_SECONDS = 30
_FIELDS = ("project", "invention", "element", "contributor", "kind", "points", "conceived_on", "description_hash")


async def http(servers: Servers) -> list[Result]:
    """Requests a second through one Granian worker on 32 keep-alive connections, each contribution durable."""
    database = servers.create("agreements")
    async with PostgresEventStore.open(database.dsn, password=database.password) as store:
        await seed(Handler(store))
    token = servers.home.issuer.mint("HUT-REP", party="HUT", roles=["representative"])
    body = msgspec.json.encode({name: CONTENT[name] for name in _FIELDS})

    async def load(url: str) -> float:
        address = f"{url}/v1/contributions"
        return await requests_per_second(address, token, body, connections=CONNECTIONS, requests=REQUESTS)

    async with (
        _service(servers, database, "services.agreements") as ours,
        _service(servers, database, "tests.bench.trivial_service") as trivial,
    ):
        await load(trivial)
        await load(ours)
        peer = Peer("a route that decodes the same body and answers", lambda: load(trivial), goal=0.5)
        result = await alternately("http", lambda: load(ours), peer, unit="requests/s")
    servers.drop(database)
    return [result]


@asynccontextmanager
async def _service(servers: Servers, database: MigratedDatabase, module: str) -> AsyncIterator[str]:
    port = free_ports(1)[0]
    environment = {
        **os.environ,
        **servers.home.environment("agreements"),
        "MOIETY_DATABASE_URL": database.dsn,
        "MOIETY_HTTP_PORT": str(port),
    }
    del environment["MOIETY_SCENARIO_CLOCK_FILE"]  # a toy of development's: production goes by the machine's clock
    url = f"http://127.0.0.1:{port}"
    with (servers.home.directory / "log" / f"{module}.log").open("ab") as output:
        child = spawn([sys.executable, "-m", module], environment=environment, output=output)
    try:
        await wait_until(lambda: is_ready(url), START_SECONDS, f"{module} is ready")
        yield url
    finally:
        stop(child)
