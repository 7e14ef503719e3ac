"""A party's feed as server-sent events, over real sockets."""

import random
import time
from collections.abc import AsyncIterator

import pytest

from shared.database import Pool
from shared.testing import MigratedDatabase, Servers
from tests.notifications.feeding import feed
from tests.notifications.service import Service, publishing, running


@pytest.fixture
async def service(servers: Servers, notifications_database: MigratedDatabase, empty_nats) -> AsyncIterator[Service]:
    service = Service(servers, notifications_database)
    async with publishing(servers):
        with running(service):
            await service.ready()
            yield service


async def test_a_stream_goes_on_where_the_feed_was(service: Service, pool: Pool):
    """First what is there, then what comes, without a seam, and at once."""
    await feed(pool, "HUT", 3)
    async with service.following("HUT", what="feed") as follower:
        before = await follower.take(3)
        began = time.monotonic()
        await feed(pool, "HUT", 2)
        now = await follower.take(2)

    assert ([1, 2, 3], [4, 5]) == (before, now)
    assert time.monotonic() - began < 3


async def test_a_stream_of_a_feed_resumes_without_loss_or_repeat(service: Service, pool: Pool):
    """However often a reader is cut off, it sees each event once, in order; the header is newer than the address."""
    chance = random.Random(7)
    await feed(pool, "HUT", 300)
    seen: list[int] = []
    while len(seen) < 300:
        last = seen[-1] if seen else None
        async with service.following("HUT", what="feed", query="?after=0", last_event_id=last) as follower:
            seen += await follower.take(min(chance.randint(1, 80), 300 - len(seen)))

    assert list(range(1, 301)) == seen


async def test_a_stream_of_a_feed_holds_nothing_of_other_parties(service: Service, pool: Pool):
    """What concerns others shows neither in events nor in the numbers."""
    await feed(pool, "ATRC", 2)
    await feed(pool, "HUT", 1)
    async with service.following("HUT", what="feed") as follower:
        await feed(pool, "ATRC", 1)
        await feed(pool, "HUT", 1)
        positions = [data["position"] async for number, data in _two(follower)]

    assert [3, 5] == positions


async def _two(follower) -> AsyncIterator[tuple[int, dict[str, int]]]:
    seen = 0
    async for event in follower.events():
        yield event
        seen += 1
        if seen == 2:
            return
