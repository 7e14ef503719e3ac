"""A database that is far away has several appends under way, and keeps every promise all the same."""

import asyncio
import sys
from collections.abc import AsyncIterator
from functools import partial
from urllib.parse import urlsplit

import pytest

from shared.embedded.child import free_ports, spawn, stop
from shared.log.postgres import FAR, NEAR, PostgresEventStore, most_under_way
from shared.log.store import VersionConflict
from shared.testing import MigratedDatabase, wait_until
from tests.log.controls import an_append

ROUND_TRIP_SECONDS = 0.02
START_SECONDS = 10


@pytest.fixture
async def far(log_database: MigratedDatabase) -> AsyncIterator[PostgresEventStore]:
    """Reach the database through a proxy that is a round trip away."""
    port = free_ports(1)[0]
    address = urlsplit(log_database.dsn)
    command = [sys.executable, "-m", "tests.bench.far_away", str(port), str(address.port), str(ROUND_TRIP_SECONDS)]
    proxy = spawn(command)
    try:
        await wait_until(partial(_accepts, port), START_SECONDS, "the proxy accepts")
        dsn = address._replace(netloc=f"{address.username}@127.0.0.1:{port}").geturl()
        async with PostgresEventStore.open(dsn, password=log_database.password) as store:
            yield store
    finally:
        stop(proxy)


async def test_appends_do_not_wait_for_the_answer_to_others(far: PostgresEventStore):
    """As many transactions are under way as a far database may have, and positions stay without a gap."""
    await far.append(an_append("jar:first", 1))
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, far._under_way)
            await asyncio.sleep(0)

    async def caller(number: int) -> list[int]:
        return [(await far.append(an_append(f"jar:{number}", version)))[0] for version in range(1, 6)]

    watching = asyncio.create_task(watch())
    positions = await asyncio.gather(*map(caller, range(20)))
    watching.cancel()

    assert FAR == most
    assert list(range(2, 102)) == sorted(position for each in positions for position in each)
    assert all(each == sorted(each) for each in positions)


async def test_a_stale_append_fails_alone_among_those_under_way(far: PostgresEventStore):
    """Of two that write the same, whichever comes second is told so, though both were sent before either answer."""
    await far.append(an_append("jar:first", 1))
    outcomes = await asyncio.gather(
        far.append(an_append("jar:1", 1, expected={"jar:1": 0})),
        far.append(an_append("jar:1", 1, expected={"jar:1": 0})),
        far.append(an_append("jar:2", 1, expected={"jar:2": 0})),
        return_exceptions=True,
    )

    assert 1 == sum(isinstance(outcome, VersionConflict) for outcome in outcomes)
    assert 3 == (await far.head()).position


@pytest.mark.parametrize(
    ("round_trips", "most"),
    [([0.0003], NEAR), ([0.05, 0.0003, 0.03], NEAR), ([0.002], NEAR), ([0.0021, 0.05], FAR), ([0.015, 0.016], FAR)],
)
def test_how_far_a_database_is_says_its_shortest_round_trip(round_trips: list[float], most: int):
    """One that is near has one append under way, also where a busy process found most round trips to be long."""
    assert most == most_under_way(round_trips)


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
