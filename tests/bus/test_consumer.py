"""A consumer sees every event once, in order, without a gap, whatever happens on the way."""

import asyncio

from nats.aio.client import Client

from shared.bus.relay import Relay
from shared.embedded.nats import EmbeddedNats
from shared.log.chain import Head
from shared.log.postgres import PostgresEventStore
from shared.parts import end_all
from shared.testing import Servers, wait_until
from tests.bus.conftest import ConnectAs, publish_all, record
from tests.bus.reading import DEADLINE_SECONDS, Feed, a_stream, consuming


async def test_every_event_arrives_once_with_its_bytes(
    log: PostgresEventStore, relay: Relay, reader_client: Client
) -> None:
    """What is hashed by the reader is what was recorded."""
    await record(log, 2_500)
    await publish_all(relay)

    async with consuming(reader_client, Feed(log)) as consumed:
        await consumed.reaches(2_500)

    entries = await log.read_log(after=0, limit=3_000)
    assert [(entry.id, entry.state) for entry in entries] == [
        (message.position, message.body) for message in consumed.messages
    ]


async def test_reading_goes_on_after_the_readers_own_position(
    log: PostgresEventStore, relay: Relay, reader_client: Client
) -> None:
    """The server keeps no state for the reader."""
    await record(log, 10)
    await publish_all(relay)

    async with consuming(reader_client, Feed(log), after=7) as consumed:
        await consumed.reaches(10)

    assert [8, 9, 10] == consumed.positions


async def test_what_is_published_later_arrives_too(
    log: PostgresEventStore, relay: Relay, reader_client: Client
) -> None:
    """A reader that has caught up waits for more."""
    async with consuming(reader_client, Feed(log)) as consumed:
        for last in (3, 6):
            await record(log, 3)
            await publish_all(relay)
            await consumed.reaches(last)

    assert [1, 2, 3, 4, 5, 6] == consumed.positions


async def test_a_reader_may_come_before_the_stream(
    log: PostgresEventStore, reader_client: Client, relay_client: Client
) -> None:
    """Services start in any order."""
    async with consuming(reader_client, Feed(log)) as consumed:
        relay = Relay(log, relay_client)
        await relay.resume()
        await record(log, 2)
        await publish_all(relay)
        await consumed.reaches(2)

    assert [1, 2] == consumed.positions


async def test_a_killed_server_costs_nothing(
    log: PostgresEventStore, relay: Relay, reader_client: Client, empty_nats: EmbeddedNats
) -> None:
    """Kill -9 in the middle: reading goes on where it was."""
    publishing = asyncio.create_task(relay.run())
    async with consuming(reader_client, Feed(log)) as consumed:
        await record(log, 20)
        await consumed.reaches(20)
        empty_nats.kill()
        empty_nats.start()
        await record(log, 20)
        await consumed.reaches(40)
    await end_all([publishing])

    assert list(range(1, 41)) == consumed.positions


async def test_a_store_deleted_and_refilled_repeats_nothing(
    log: PostgresEventStore, relay: Relay, reader_client: Client, servers: Servers
) -> None:
    """The same numbers come again; the reader has had them."""
    publishing = asyncio.create_task(relay.run())
    async with consuming(reader_client, Feed(log)) as consumed:
        await record(log, 30)
        await consumed.reaches(30)
        servers.empty_nats()
        await record(log, 5)
        await consumed.reaches(35)
    await end_all([publishing])

    assert list(range(1, 36)) == consumed.positions


async def test_what_the_stream_no_longer_holds_comes_from_the_log(
    log: PostgresEventStore, relay_client: Client, reader_client: Client
) -> None:
    """The stream begins at 6; 1 to 5 are asked for where they are kept for ever."""
    await record(log, 8)
    await a_stream(relay_client, first_seq=6)
    relay = Relay(log, relay_client)
    relay._end = Head(5, (await log.read_log(after=4, limit=1))[0].chain)
    await publish_all(relay)

    async with consuming(reader_client, Feed(log)) as consumed:
        await consumed.reaches(8)

    assert list(range(1, 9)) == consumed.positions


async def test_a_gap_is_waited_for_and_never_skipped(
    log: PostgresEventStore, relay_client: Client, reader_client: Client
) -> None:
    """Neither the stream nor the feed has 1 to 5 for now: nothing after them is passed on."""
    await record(log, 8)
    await a_stream(relay_client, first_seq=6)
    relay = Relay(log, relay_client)
    relay._end = Head(5, (await log.read_log(after=4, limit=1))[0].chain)
    await publish_all(relay)
    feed = Feed(log)
    feed.down = True

    async with consuming(reader_client, feed) as consumed:
        await wait_until(lambda: len(feed.asked) >= 3, DEADLINE_SECONDS, "three attempts to fill the gap")
        assert [] == consumed.positions
        feed.down = False
        await consumed.reaches(8)

    assert list(range(1, 9)) == consumed.positions


async def test_readers_do_not_share_what_they_read(
    log: PostgresEventStore, relay: Relay, reader_client: Client, connect_as: ConnectAs
) -> None:
    """Two services each see everything."""
    await record(log, 50)
    await publish_all(relay)

    async with (
        connect_as("notifications") as other_client,
        consuming(reader_client, Feed(log)) as one,
        consuming(other_client, Feed(log), consumer="notifications") as other,
    ):
        await one.reaches(50)
        await other.reaches(50)

    assert list(range(1, 51)) == one.positions == other.positions


async def test_the_next_process_of_a_service_reads_at_once(
    log: PostgresEventStore, relay: Relay, reader_client: Client, connect_as: ConnectAs
) -> None:
    """What the last one left behind under the name that they share is in nobody's way."""
    await record(log, 10)
    await publish_all(relay)
    async with consuming(reader_client, Feed(log)) as before:
        await before.reaches(10)

    async with connect_as("ledger") as next_client, consuming(next_client, Feed(log), after=4) as now:
        await now.reaches(10)

    assert list(range(5, 11)) == now.positions


async def test_two_processes_under_one_name_skip_nothing(
    log: PostgresEventStore, relay: Relay, reader_client: Client, connect_as: ConnectAs
) -> None:
    """While one still believes that it is its turn and another does already, each takes the name from the other."""
    async with (
        connect_as("ledger") as next_client,
        consuming(reader_client, Feed(log)) as one,
        consuming(next_client, Feed(log)) as other,
    ):
        for last in (20, 40, 60):
            await record(log, 20)
            await publish_all(relay)
            await one.reaches(last)
            await other.reaches(last)

    assert list(range(1, 61)) == one.positions == other.positions
