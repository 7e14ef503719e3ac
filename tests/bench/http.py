"""What a request costs: ours against a plain Litestar route, and a contribution against what only decodes it."""

from functools import partial
from statistics import median

import msgspec

from shared.testing import Servers
from tests.bench.load import requests
from tests.bench.measure import Meter, Rate, Result, compare, in_turn, per_cpu_second, per_second
from tests.bench.service import Service, running
from tests.bench.situation import CONTENT, seeded

CONNECTIONS = 32
REQUESTS = 6_400  # as many on each connection
_FIELDS = ("project", "invention", "element", "contributor", "kind", "points", "conceived_on", "description_hash")
_BODY = msgspec.json.encode({name: CONTENT[name] for name in _FIELDS})


async def http_vs_litestar(servers: Servers) -> list[Result]:
    """Requests for each second of processor time, through everything that every route of ours has around it."""
    database = servers.create("agreements")
    token = _token(servers)
    async with (
        running(servers, database, "tests.bench.trivial_service") as ours,
        running(servers, database, "tests.bench.plain_service") as plain,
    ):
        mine, theirs = await in_turn(partial(_load, ours, token), partial(_load, plain, token))
    servers.drop(database)
    return [_result("http_vs_litestar", mine, theirs, "a plain Litestar route that decodes the same body")]


async def http(servers: Servers) -> list[Result]:
    """The same for a contribution, each durable, against a route behind the same middleware that only decodes it."""
    token = _token(servers)
    async with (
        seeded(servers) as (_, database),
        running(servers, database, "services.agreements") as ours,
        running(servers, database, "tests.bench.trivial_service") as trivial,
    ):
        ours_and_its_database = partial(_load, ours, token, servers.home.postgres.pid)
        mine, theirs = await in_turn(ours_and_its_database, partial(_load, trivial, token))
    return [_result("http", mine, theirs, "a route that decodes the same body and answers")]


def _token(servers: Servers) -> str:
    return servers.home.issuer.mint("HUT-REP", party="HUT", roles=["representative"])


async def _load(service: Service, token: str, *others: int) -> Rate:
    meter = Meter(service.pid, *others)
    await requests(f"{service.url}/v1/contributions", token, _BODY, connections=CONNECTIONS, count=REQUESTS)
    return meter.rate(REQUESTS)


def _result(name: str, mine: list[Rate], theirs: list[Rate], peer_name: str) -> Result:
    wall = median(per_second(mine)), median(per_second(theirs))
    return compare(
        name,
        per_cpu_second(mine),
        per_cpu_second(theirs),
        peer_name=peer_name,
        goal=0.6,
        unit="requests per CPU-second",
        note=f"by the clock {wall[0]:,.0f} against {wall[1]:,.0f} requests/s",
    )
