"""A party's stream is its feed, number by number, whatever is lost, deleted or raced."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError
from prometheus_client import CollectorRegistry

from services.notifications.consumers.store import ConsumerStore
from services.notifications.streams.relay import Mirroring, MirrorMetrics, mirror_forever, round_seconds
from shared.bus.party import party_stream
from shared.bus.relay import BATCH_EVENTS
from shared.database import Database, Pool
from shared.embedded.nats import EmbeddedNats
from shared.log.parties import LOG_HEADER, POSITION_HEADER, stream_of, subject_for
from shared.parts import end_all
from shared.testing import wait_until
from tests.notifications.feeding import SUBJECT, Feeds, chain_on_stream, last_of, on_stream

DEADLINE_SECONDS = 20


@pytest.fixture
def metrics() -> MirrorMetrics:
    return MirrorMetrics(CollectorRegistry())


@pytest.fixture
def mirroring(pool: Pool, feeds_client: Client, metrics: MirrorMetrics) -> Mirroring:
    """What fills the streams, when told to."""
    return Mirroring(pool, feeds_client, metrics)


async def mirror_now(mirroring: Mirroring, times: int = 3) -> None:
    """Look and work: a stream that was lost is found at the first look, what it lacked is done by the last."""
    for _ in range(times):
        await mirroring.look()
        await mirroring.work()


@contextlib.asynccontextmanager
async def running(database: Database, pool: Pool, client: Client, metrics: MirrorMetrics) -> AsyncIterator[None]:
    task = asyncio.create_task(mirror_forever(database, pool, client, metrics))
    try:
        yield
    finally:
        await end_all([task])


async def reached(client: Client, party: str, number: int) -> None:
    """Wait until a party's stream ends at a number."""

    async def ends_there() -> bool:
        with contextlib.suppress(NotFoundError, NatsError, APIError):
            return await last_of(client, party) == number
        return False

    await wait_until(ends_there, DEADLINE_SECONDS, f"the stream of {party} ends at {number}")


async def streams_are_feeds(client: Client, feeds: Feeds, *parties: str) -> None:
    for party in parties:
        assert await feeds.of(party) == await on_stream(client, party)
        assert await feeds.chain(party) == await chain_on_stream(client, party)


async def test_each_stream_is_its_partys_feed(feeds: Feeds, mirroring: Mirroring, feeds_client: Client) -> None:
    """Sequence = number, without a gap; the bytes are the published ones; the position stands beside them."""
    await feeds.give("HUT", events=3)
    await feeds.give("ATRC", events=2)
    await feeds.give("HUT", "ATRC", events=2)
    await mirror_now(mirroring)

    await streams_are_feeds(feeds_client, feeds, "HUT", "ATRC")
    assert [1, 2, 3, 6, 7] == [position for _, position, _ in await on_stream(feeds_client, "HUT")]


async def test_a_message_says_which_log_and_what_it_is(
    feeds: Feeds, mirroring: Mirroring, feeds_client: Client
) -> None:
    """Its subject is the event's below the party's own; its headers are those of events, and name position and log."""
    await feeds.give("ATRC", events=4)
    await feeds.give("HUT")
    await mirror_now(mirroring)
    message = await feeds_client.jetstream().get_msg(stream_of("HUT"), 1, direct=True)
    headers = message.headers or {}

    assert "moiety.party.HUT.AGR-1.invention.DeterminationAdopted" == message.subject == subject_for("HUT", SUBJECT)
    assert ("application/cloudevents+json", "5", "0") == tuple(
        headers[name] for name in ("Content-Type", POSITION_HEADER, LOG_HEADER)
    )


async def test_a_party_that_nothing_concerns_yet_has_a_stream(
    feeds: Feeds, mirroring: Mirroring, feeds_client: Client
) -> None:
    """It can connect before there is anything, and waits."""
    await mirror_now(mirroring)

    assert 0 == await last_of(feeds_client, "HUT")
    assert {"main"} == {each.name for each in await feeds_client.jetstream().consumers_info(stream_of("HUT"))}


async def test_a_long_feed_comes_in_turns(
    feeds: Feeds, mirroring: Mirroring, feeds_client: Client, metrics: MirrorMetrics
) -> None:
    """One who has much to get does not keep another from its little: each gets some batches at a time."""
    await feeds.give("HUT", events=9 * BATCH_EVENTS + 1)
    await feeds.give("ATRC")
    await mirroring.look()
    await mirroring.work()

    assert 1 == await last_of(feeds_client, "ATRC")
    assert 8 * BATCH_EVENTS >= await last_of(feeds_client, "HUT")

    await mirror_now(mirroring)
    await mirroring.look()
    assert 9 * BATCH_EVENTS + 1 == await last_of(feeds_client, "HUT")
    assert 0 == metrics.pending.count


async def test_an_event_is_on_the_stream_without_being_asked_for(
    feeds: Feeds, database: Database, pool: Pool, feeds_client: Client, metrics: MirrorMetrics
) -> None:
    """Whoever fills the streams is woken by whoever fills the feeds."""
    async with running(database, pool, feeds_client, metrics):
        for number in range(1, 4):
            await feeds.give("HUT")
            await reached(feeds_client, "HUT", number)

    await streams_are_feeds(feeds_client, feeds, "HUT")


async def test_a_deleted_stream_comes_back_the_same(feeds: Feeds, mirroring: Mirroring, feeds_client: Client) -> None:
    """Numbers, bytes and positions; the others' streams are left alone."""
    await feeds.give("HUT", "ATRC", events=5)
    await mirror_now(mirroring)
    before = await on_stream(feeds_client, "HUT")
    other = (await feeds_client.jetstream().stream_info(stream_of("ATRC"))).created
    await feeds_client.jetstream().delete_stream(stream_of("HUT"))
    await feeds.give("HUT")
    await mirror_now(mirroring)

    assert before == (await on_stream(feeds_client, "HUT"))[:5]
    assert other == (await feeds_client.jetstream().stream_info(stream_of("ATRC"))).created
    await streams_are_feeds(feeds_client, feeds, "HUT", "ATRC")


async def test_all_streams_lost_at_once_come_back_the_same(
    feeds: Feeds, database: Database, pool: Pool, feeds_client: Client, metrics: MirrorMetrics, empty_nats: EmbeddedNats
) -> None:
    """A server that lost its disk while everything ran."""
    await feeds.give("HUT", "ATRC", events=20)
    async with running(database, pool, feeds_client, metrics):
        await reached(feeds_client, "HUT", 20)
        empty_nats.kill()
        empty_nats.lose_store()
        await feeds.give("HUT")
        empty_nats.start()
        await reached(feeds_client, "HUT", 21)
        await reached(feeds_client, "ATRC", 20)

    await streams_are_feeds(feeds_client, feeds, "HUT", "ATRC")


async def test_of_two_processes_one_fills_and_the_other_takes_over(
    feeds: Feeds, database: Database, pool: Pool, feeds_client: Client, metrics: MirrorMetrics
) -> None:
    """The one that waits has nothing to say of what is behind."""
    waiting = MirrorMetrics(CollectorRegistry())
    async with running(database, pool, feeds_client, metrics):
        await feeds.give("HUT")
        await reached(feeds_client, "HUT", 1)
        async with running(database, pool, feeds_client, waiting):
            await feeds.give("HUT")
            await reached(feeds_client, "HUT", 2)
            assert (True, False) == (metrics.is_active, waiting.is_active)
    async with running(database, pool, feeds_client, waiting):
        await feeds.give("HUT")
        await reached(feeds_client, "HUT", 3)

    await streams_are_feeds(feeds_client, feeds, "HUT")


async def test_two_that_fill_at_once_neither_repeat_nor_reorder(
    feeds: Feeds, mirroring: Mirroring, pool: Pool, feeds_client: Client
) -> None:
    """Should both believe that it is their turn, the one that comes second is refused and looks again."""
    other = Mirroring(pool, feeds_client, MirrorMetrics(CollectorRegistry()))
    for _ in range(10):
        await feeds.give("HUT", "ATRC", events=30)
        await asyncio.gather(mirror_now(mirroring), mirror_now(other))
    await mirror_now(mirroring)

    await streams_are_feeds(feeds_client, feeds, "HUT", "ATRC")


@pytest.mark.parametrize("grown", [0, 1, 2, 5])
async def test_a_stream_of_what_was_taken_back_is_filled_anew(
    feeds: Feeds, mirroring: Mirroring, feeds_client: Client, metrics: MirrorMetrics, grown: int
) -> None:
    """Whatever the feed has by then at those numbers: less, as much, or more."""
    await feeds.give("HUT", "ATRC", events=5)
    await mirror_now(mirroring)
    await feeds.cut("HUT", 3)
    if grown:
        await feeds.give("HUT", events=grown)
    await mirror_now(mirroring)

    assert 3 + grown == await last_of(feeds_client, "HUT")
    await streams_are_feeds(feeds_client, feeds, "HUT", "ATRC")
    assert 1 == metrics.refilled._value.get()  # what an operator reads


async def test_a_stream_ahead_of_a_feed_that_is_written_anew_is_left_alone(
    feeds: Feeds, mirroring: Mirroring, pool: Pool, feeds_client: Client, metrics: MirrorMetrics
) -> None:
    """Nobody took anything back: it is the same once the feed is there again, for whoever looked and for a newcomer."""
    body = b'{"same":true}'
    await feeds.give("HUT", events=5, body=body)
    await mirror_now(mirroring)
    before = (await feeds_client.jetstream().stream_info(stream_of("HUT"))).created
    newcomer = Mirroring(pool, feeds_client, metrics)
    await feeds.cut("HUT", 2, is_told=False)
    for events in (0, 2, 1, 1):
        await feeds.give("HUT", events=events, body=body)
        for each in (mirroring, newcomer):
            each._woken.feed("HUT")  # as the notification does, which nobody listens to here
            await mirror_now(each)

    info = await feeds_client.jetstream().stream_info(stream_of("HUT"))
    assert (before, 6, 0) == (info.created, info.state.last_seq, metrics.refilled._value.get())
    assert await feeds.chain("HUT") == await chain_on_stream(feeds_client, "HUT")


async def test_a_stream_of_what_was_taken_back_meanwhile_is_filled_anew(
    feeds: Feeds, mirroring: Mirroring, pool: Pool, feeds_client: Client
) -> None:
    """Nobody looked while it happened: whoever looks next compares the stream's end with the feed."""
    await feeds.give("HUT", events=5)
    await mirror_now(mirroring)
    await feeds.cut("HUT", 3, is_told=False)
    await feeds.give("HUT", events=4)
    await mirror_now(Mirroring(pool, feeds_client, MirrorMetrics(CollectorRegistry())))

    await streams_are_feeds(feeds_client, feeds, "HUT")


async def test_a_stream_of_another_log_is_filled_anew(feeds: Feeds, mirroring: Mirroring, feeds_client: Client) -> None:
    """Its numbers count other events."""
    stream = party_stream("HUT")
    await feeds_client.jetstream().add_stream(
        name=stream.name, subjects=[stream.subjects], metadata={"moiety-log": "7"}
    )
    await feeds_client.jetstream().publish("moiety.party.HUT._.party.PartyRegistered", b"{}")
    await feeds.give("HUT", events=2)
    await mirror_now(mirroring)

    await streams_are_feeds(feeds_client, feeds, "HUT")


async def test_a_deleted_stream_keeps_its_consumers_places(
    feeds: Feeds, mirroring: Mirroring, pool: Pool, feeds_client: Client
) -> None:
    """What was acknowledged, as last seen, is not told again."""
    store, jetstream = ConsumerStore(pool), feeds_client.jetstream()
    await feeds.give("HUT", events=5)
    await mirror_now(mirroring)
    [main] = await store.of("HUT")
    await store.reached("HUT", main, 3)
    await jetstream.delete_stream(stream_of("HUT"))
    await mirror_now(mirroring)
    [info] = await jetstream.consumers_info(stream_of("HUT"))

    assert (4, 2) == (info.config.opt_start_seq, info.num_pending)


async def test_what_a_stream_lacks_is_counted_by_what_it_holds(
    feeds: Feeds, mirroring: Mirroring, feeds_client: Client, metrics: MirrorMetrics
) -> None:
    """One that was deleted lacks everything, one that is ahead of its feed nothing; who stands by tells of no lag."""
    await feeds.give("HUT", events=3)
    await feeds.give("ATRC", events=2)
    await mirror_now(mirroring)
    await feeds_client.jetstream().delete_stream(stream_of("HUT"))
    await feeds.cut("ATRC", 1, is_told=False)
    await mirroring.look()

    assert 3 == metrics.pending.count
    assert 0 == lag_told(metrics)
    metrics.is_active = True
    assert 3 == lag_told(metrics)


def lag_told(metrics: MirrorMetrics) -> float:
    (told,) = [sample.value for family in metrics.lag.collect() for sample in family.samples]
    return told


@pytest.mark.parametrize(("filled", "seconds"), [(0, 0.02), (2, 0.02), (8, 0.04), (1000, 0.1)])
def test_where_many_come_more_of_them_go_together(filled: int, seconds: float):
    """Whoever waits for a single event does not wait for that."""
    assert seconds == round_seconds(filled)
