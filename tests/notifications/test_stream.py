import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from nats.aio.client import Client

from services.notifications.consumer import Alerting
from services.notifications.inbox.store import Inbox
from services.notifications.inbox.views import InboxAlert
from services.notifications.live import LiveInbox, Wakeups
from services.notifications.sse import end_of_stream
from shared.bus.consumer import StreamMessage
from shared.database import Database, Pool
from shared.parts import end_all
from shared.testing import MigratedDatabase, Servers, wait_until
from shared.web.issuer import LocalIssuer
from tests.notifications.controls import contribution_recorded, published, said
from tests.notifications.service import Service, publish, publishing, running


def asking(party: str, count: int, *, after: int = 0) -> list[StreamMessage]:
    """Events that each ask one party to attest."""
    asked = contribution_recorded(attesting_parties=(party,))
    return published((said(asked, by="EGU") for _ in range(count)), after=after)


@pytest.fixture
async def bus(servers: Servers, empty_nats) -> AsyncIterator[Client]:
    async with publishing(servers) as client:
        yield client


@pytest.fixture
async def service(servers: Servers, notifications_database: MigratedDatabase, bus: Client) -> AsyncIterator[Service]:
    service = Service(servers, notifications_database)
    with running(service):
        await service.ready()
        yield service


async def test_what_was_alerted_before_and_what_is_alerted_now_arrive_in_order(service: Service, bus: Client):
    """A stream begins with what the inbox holds and goes on live, without a seam."""
    await publish(bus, asking("ATRC", 3))
    async with service.following("ATRC") as follower:
        before = await follower.take(3)
        await publish(bus, asking("ATRC", 2, after=3))
        now = await follower.take(2)

    assert ([1, 2, 3], [4, 5]) == (before, now)
    assert follower.headers["content-type"].startswith("text/event-stream")


async def test_a_party_has_few_streams_open(servers: Servers, notifications_database: MigratedDatabase, bus: Client):
    """One more is refused whoever asks for the party, another party's is not; one that is closed makes room."""
    service = Service(servers, notifications_database, MOIETY_STREAMS_PER_CALLER="2")

    async def refused() -> bool:
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"{service.url}/v1/inbox/stream?after=1", headers=service.headers("ATRC"))
        return (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY_STREAMS")

    async def has_room() -> bool:
        with contextlib.suppress(AssertionError):
            async with service.following("ATRC"):
                return True
        return False

    with running(service):
        await service.ready()
        await publish(bus, asking("ATRC", 1))
        async with service.following("ATRC") as first, service.following("ATRC") as second:
            assert ([1], [1]) == (await first.take(1), await second.take(1))
            assert await refused()
            async with service.following("EGU"):
                pass
        await wait_until(has_room, 30, "there is room again")


async def test_a_stream_resumes_without_loss_or_repeat(service: Service, bus: Client):
    """However often a reader is cut off while alerts keep coming, it sees each once, in order."""
    chance = random.Random(7)
    publishing_all = asyncio.create_task(publish(bus, asking("ATRC", 200)))
    seen: list[int] = []
    while len(seen) < 200:
        async with service.following("ATRC", last_event_id=seen[-1] if seen else None) as follower:
            seen += await follower.take(min(chance.randint(1, 40), 200 - len(seen)))
    await publishing_all

    assert list(range(1, 201)) == seen


async def test_the_header_is_newer_than_the_address(service: Service, bus: Client):
    """A browser reconnects to the address it was opened with, and says in the header how far it has come."""
    await publish(bus, asking("ATRC", 4))
    async with service.following("ATRC") as follower:
        await follower.take(4)

    async with service.following("ATRC", query="?after=1") as follower:
        assert [2, 3, 4] == await follower.take(3)
    async with service.following("ATRC", query="?after=1", last_event_id=3) as follower:
        assert [4] == await follower.take(1)


async def test_a_stream_holds_nothing_of_other_parties(service: Service, bus: Client):
    """What the others are alerted of shows neither in events nor in the numbers."""
    await publish(bus, [*asking("HUT", 2), *asking("ATRC", 1, after=2), *asking("HUT", 1, after=3)])

    async with service.following("ATRC") as follower:
        await publish(bus, asking("ATRC", 1, after=4))
        assert [1, 2] == await follower.take(2)
    async with service.following("HUT") as follower:
        assert [1, 2, 3] == await follower.take(3)


async def test_a_slow_reader_does_not_hold_the_others(service: Service, bus: Client):
    """One that reads nothing while megabytes of alerts come in delays nobody, and gets all of them in the end."""
    async with service.following("ATRC") as slow, service.following("ATRC") as quick:
        await publish(bus, asking("ATRC", 4_000))
        assert list(range(1, 4_001)) == await quick.take(4_000)
        assert list(range(1, 4_001)) == await slow.take(4_000)


async def test_a_stream_ends_with_its_token(service: Service, bus: Client):
    """Whoever's right to read has run out reads no more, however long ago the stream was opened."""
    await publish(bus, asking("ATRC", 1))
    began = time.monotonic()

    async with service.following("ATRC", lifetime_seconds=2) as follower:
        ids = [number async for number, _ in follower.events()]

    assert [1] == ids
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(("lifetime_seconds", "lasts_seconds"), [(60, 60), (299, 299), (3_600, 300)])
def test_a_stream_lasts_five_minutes_at_most(issuer: LocalIssuer, lifetime_seconds: float, lasts_seconds: float):
    """Then its token is looked at again: the key that proved it may have been withdrawn."""
    now = time.time()
    token = issuer.mint("p-1", exp=now + lifetime_seconds)

    assert end_of_stream(token, now) - now == pytest.approx(lasts_seconds)


async def test_a_stream_outlives_its_database(service: Service, servers: Servers, bus: Client):
    """A reader notices nothing of PostgreSQL's crash but that the alerts of that moment come a little later."""
    async with service.following("ATRC") as follower:
        for round_ in range(3):
            await publish(bus, asking("ATRC", 5, after=10 * round_))
            servers.home.postgres.kill()
            await publish(bus, asking("ATRC", 5, after=10 * round_ + 5))
            servers.home.postgres.start()
            assert list(range(10 * round_ + 1, 10 * round_ + 11)) == await follower.take(10)


async def test_a_replica_that_stands_by_serves_live_streams_too(
    servers: Servers, notifications_database: MigratedDatabase, bus: Client
):
    """Two processes, one of which alerts: readers of both see every alert once, and one killed is replaced."""
    services = [Service(servers, notifications_database) for _ in range(2)]
    with running(*services):
        for service in services:
            await service.ready()
        await publish(bus, asking("ATRC", 10))
        for service in services:
            async with service.following("ATRC") as follower:
                assert list(range(1, 11)) == await follower.take(10)

        services[0].kill()
        await publish(bus, asking("ATRC", 10, after=10))
        async with services[1].following("ATRC") as follower:
            assert list(range(1, 21)) == await follower.take(20)


async def test_killed_at_any_moment_it_alerts_each_recipient_once(
    servers: Servers, notifications_database: MigratedDatabase, bus: Client, inbox: Inbox
):
    """After kill -9 in the midst of work, again and again, no alert is missing and none is there twice."""
    chance = random.Random(11)
    messages = asking("ATRC", 500)
    service = Service(servers, notifications_database)
    for first in range(0, 500, 100):
        service.start()
        await service.ready()
        publishing_some = asyncio.create_task(publish(bus, messages[first : first + 100]))
        await asyncio.sleep(chance.random() / 10)
        service.kill()
        await publishing_some
    with running(service):
        await wait_until(lambda: _holds(inbox, 500), 30, "not everybody was alerted")

    alerts = await inbox.after("ATRC", 0, limit=1_000)
    assert [(message.position, message.position) for message in messages] == [
        (alert.sequence, alert.position) for alert in alerts
    ]


async def _holds(inbox: Inbox, sequence: int) -> bool:
    return bool(await inbox.after("ATRC", sequence - 1, limit=1))


async def test_it_stops_at_once_when_asked(servers: Servers, notifications_database: MigratedDatabase, bus: Client):
    """Open streams keep nobody from stopping the service, and stopping is no failure."""
    service = Service(servers, notifications_database)
    service.start()
    await service.ready()
    began = time.monotonic()

    async with service.following("ATRC"):
        code = await asyncio.to_thread(service.stop)

    assert 0 == code
    assert time.monotonic() - began < 8


async def test_silence_is_broken_by_a_heartbeat(inbox: Inbox, database: Database):
    """A reader knows that a quiet stream is alive, and so does every proxy between."""
    feed = LiveInbox(inbox, Wakeups(database), heartbeat_seconds=0.05)

    heard = [alert async for alert in feed.follow("ATRC", after=0, until=time.time() + 0.3)]

    assert {None} == set(heard)
    assert 3 <= len(heard) <= 6


async def next_alert(following: AsyncIterator[InboxAlert | None]) -> int:
    return await anext(alert.sequence async for alert in following if alert is not None)


async def test_an_alert_arrives_though_its_notification_was_lost(alerting: Alerting, inbox: Inbox, database: Database):
    """Nobody listens here at all, and the alert is found all the same by looking again."""
    feed = LiveInbox(inbox, Wakeups(database), heartbeat_seconds=0.1)
    following = feed.follow("ATRC", after=0, until=time.time() + 30)
    assert await anext(following) is None

    await alerting.take(asking("ATRC", 1))

    assert 1 == await asyncio.wait_for(next_alert(following), 5)


async def test_listening_is_taken_up_again_when_its_connection_is_lost(
    alerting: Alerting, inbox: Inbox, database: Database, pool: Pool
):
    """After the database dropped us, alerts wake their readers as before, long before anybody would look again."""
    wakeups = Wakeups(database, poll_seconds=60)
    feed = LiveInbox(inbox, wakeups, heartbeat_seconds=60)
    listening = asyncio.create_task(wakeups.run())
    following = feed.follow("ATRC", after=0, until=time.time() + 60)
    reading = asyncio.create_task(next_alert(following))

    await wait_until(lambda: _drop_listeners(pool), 5, "nobody listened")
    await wait_until(lambda: _listens(pool), 5, "nobody listens again")
    await alerting.take(asking("ATRC", 1))

    assert 1 == await asyncio.wait_for(reading, 5)
    await end_all([listening])


_LISTENERS = "FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"


async def _listens(pool: Pool) -> bool:
    return bool(await pool.fetch(f"SELECT pid {_LISTENERS}"))


async def _drop_listeners(pool: Pool) -> bool:
    return bool(await pool.fetch(f"SELECT pg_terminate_backend(pid) {_LISTENERS}"))
