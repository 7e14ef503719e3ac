"""What a reader asks of the server, how much of it it keeps waiting, and when it gives a subscription up."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator

import pytest
from nats.aio.client import Client
from nats.js.api import AckPolicy

from shared.bus.consumer import Pace
from shared.bus.relay import Relay
from shared.bus.stream import READER_API, STREAM
from shared.embedded.nats import EmbeddedNats
from shared.log.postgres import PostgresEventStore
from shared.parts import end_all
from tests.bus.conftest import publish_all, record
from tests.bus.reading import Feed, asked, asking, begun, consuming, heard, said, subscriptions

# Longer than any test waits: what should have to do with neither must not be saved by either.
FOR_EVER = 300.0
FEW_AT_A_TIME = Pace(messages=10, request_seconds=FOR_EVER, heartbeat_seconds=0.1, silence_seconds=FOR_EVER)


@contextlib.contextmanager
def standing_still(nats: EmbeddedNats) -> Iterator[None]:
    """Have the server neither answer nor hang up."""
    os.kill(nats.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(nats.pid, signal.SIGCONT)


async def test_the_server_keeps_nothing_of_a_reader_for_long(
    log: PostgresEventStore, relay: Relay, reader_client: Client, admin: Client
) -> None:
    """What it remembers is in memory, needs no acknowledgement, and goes a minute after its reader."""
    async with consuming(reader_client, Feed(log), after=4):
        await asked(admin, 1)
        (known,) = await subscriptions(admin)

    config = known.config
    assert (None, 5) == (config.durable_name, config.opt_start_seq)
    assert (AckPolicy.NONE, True, 1) == (config.ack_policy, config.mem_storage, config.num_replicas)
    assert 60 == config.inactive_threshold


async def test_a_reader_that_ends_leaves_no_request_behind(
    log: PostgresEventStore, relay: Relay, reader_client: Client, admin: Client
) -> None:
    """Nobody listens for its answers any more, and so the server forgets it."""
    async with consuming(reader_client, Feed(log), pace=FEW_AT_A_TIME):
        await asked(admin, 1)

    await asked(admin, 0)


@pytest.mark.parametrize(("delivered", "requests"), [(4, 1), (5, 2)])
async def test_more_is_asked_for_once_half_has_come(
    delivered: int, requests: int, log: PostgresEventStore, relay: Relay, reader_client: Client, admin: Client
) -> None:
    """Early enough that the server never waits to be asked, and no earlier."""
    async with consuming(reader_client, Feed(log), pace=FEW_AT_A_TIME) as consumed:
        await asked(admin, 1)
        await record(log, delivered)
        await publish_all(relay)
        await consumed.reaches(delivered)
        await heard(reader_client, 3)

        await asked(admin, requests)


async def test_a_reader_that_has_all_asks_once(
    log: PostgresEventStore, relay: Relay, reader_client: Client, admin: Client
) -> None:
    """However often it looks, one request is before the server, and it says that it lives."""
    async with consuming(reader_client, Feed(log), pace=FEW_AT_A_TIME):
        await asked(admin, 1)
        await heard(reader_client, 5)

        assert [1] == [each.num_waiting for each in await subscriptions(admin)]


async def test_a_slow_reader_is_not_sent_more_than_it_can_hold(
    log: PostgresEventStore, relay: Relay, reader_client: Client, admin: Client
) -> None:
    """What has come and is not taken counts as if it were still to come: nothing is asked for on top of it."""
    await record(log, 100)
    await publish_all(relay)

    async with asking(reader_client, Feed(log), pace=FEW_AT_A_TIME._replace(batch=1)) as coming:
        for taken in range(1, 61):
            (message,) = await anext(coming)
            assert taken == message.position
            (known,) = await subscriptions(admin)  # and with the answer comes whatever was sent before it
            assert known.delivered is not None
            assert known.delivered.consumer_seq - taken < 2 * FEW_AT_A_TIME.messages


async def test_a_batch_is_no_larger_than_was_asked_for(
    log: PostgresEventStore, relay: Relay, reader_client: Client
) -> None:
    """Whoever takes a batch in one transaction says how much that may be."""
    await record(log, 30)
    await publish_all(relay)
    sizes: list[int] = []

    async with asking(reader_client, Feed(log), pace=Pace(batch=7)) as coming:
        while sum(sizes) < 30:
            sizes.append(len(await anext(coming)))

    assert max(sizes) <= 7


async def test_a_request_that_ran_out_is_made_again(
    log: PostgresEventStore, relay: Relay, reader_client: Client, admin: Client
) -> None:
    """The server answers nothing for ever: the same subscription asks again, without waiting to miss a heartbeat."""
    async with consuming(reader_client, Feed(log), pace=FEW_AT_A_TIME._replace(request_seconds=0.5)) as consumed:
        await asked(admin, 1)
        first = await begun(admin)
        await said(reader_client, 3)
        await record(log, 2)
        await publish_all(relay)
        await consumed.reaches(2)

        assert first == await begun(admin)


async def test_heartbeats_keep_a_subscription(
    log: PostgresEventStore, relay: Relay, reader_client: Client, admin: Client
) -> None:
    """A stream on which nothing happens is no reason to subscribe again."""
    async with consuming(reader_client, Feed(log), pace=FEW_AT_A_TIME._replace(silence_seconds=0.6)):
        await asked(admin, 1)
        first = await begun(admin)
        await heard(reader_client, 15)

        assert first == await begun(admin)


async def test_a_server_that_falls_silent_is_asked_again(
    log: PostgresEventStore, relay: Relay, reader_client: Client, empty_nats: EmbeddedNats, admin: Client
) -> None:
    """It may have forgotten the reader: a connection that stands says nothing."""
    feed = Feed(log)
    async with consuming(reader_client, feed, pace=FEW_AT_A_TIME._replace(silence_seconds=0.5)) as consumed:
        await asked(admin, 1)
        first = await begun(admin)
        with standing_still(empty_nats):
            await said(reader_client, 1)
        await record(log, 3)
        await publish_all(relay)
        await consumed.reaches(3)

        assert first < await begun(admin)
    assert [1, 2, 3] == consumed.positions


async def test_a_restarted_server_is_asked_again_at_once(
    log: PostgresEventStore, relay: Relay, reader_client: Client, empty_nats: EmbeddedNats, admin: Client
) -> None:
    """It knows no readers any more, and would say nothing for ever: the new connection tells."""
    publishing = asyncio.create_task(relay.run())
    async with consuming(reader_client, Feed(log), pace=FEW_AT_A_TIME) as consumed:
        await asked(admin, 1)
        empty_nats.kill()
        empty_nats.start()
        await record(log, 3)
        await consumed.reaches(3)
    await end_all([publishing])

    assert [1, 2, 3] == consumed.positions


async def test_a_reader_that_the_server_threw_out_comes_back(
    log: PostgresEventStore, relay: Relay, reader_client: Client, admin: Client
) -> None:
    """Told that its subscription is over, it does not wait for silence to find out."""
    async with consuming(reader_client, Feed(log), pace=FEW_AT_A_TIME) as consumed:
        await asked(admin, 1)
        (known,) = await subscriptions(admin)
        await admin.jetstream(prefix=READER_API).delete_consumer(STREAM, known.name)
        await record(log, 3)
        await publish_all(relay)
        await consumed.reaches(3)

        assert known.created < await begun(admin)
