"""The stream is the log, number by number, whatever is lost, repeated or raced."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import NotFoundError

from shared.bus.relay import BATCH_BYTES, BATCH_EVENTS, ONE_BY_ONE, Entry, PublishRefused, Relay, StreamDiverged
from shared.bus.stream import STREAM, stream_config
from shared.embedded.nats import EmbeddedNats
from shared.log.postgres import PostgresEventStore
from shared.parts import end_all
from shared.testing import Servers, wait_until
from tests.bus.conftest import ConnectAs, publish_all, record

DEADLINE_SECONDS = 60


async def the_stream_is_the_log(client: Client, log: PostgresEventStore) -> None:
    """Fail unless every sequence holds the bytes and the subject of that position, and nothing else is there."""
    entries = await log.read_log(after=0, limit=100_000)
    state = (await client.jetstream().stream_info(STREAM)).state
    assert (len(entries), len(entries)) == (state.messages, state.last_seq)
    for entry in entries:
        message = await client.jetstream().get_msg(STREAM, entry.id, direct=True)
        assert (entry.id, entry.state, entry.subject) == (message.seq, message.data, message.subject)


async def in_a_batch(client: Client, *, after: int) -> int:
    """Return how many of the stream's messages after a number were sent in a batch."""
    jetstream = client.jetstream()
    last = (await jetstream.stream_info(STREAM)).state.last_seq
    found = [await jetstream.get_msg(STREAM, number, direct=True) for number in range(after + 1, last + 1)]
    return sum("Nats-Batch-Id" in (message.headers or {}) for message in found)


@contextlib.asynccontextmanager
async def running(*relays: Relay) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    try:
        yield
    finally:
        await end_all(tasks)


async def gives_up(relay: Relay) -> None:
    """Wait until the relay ends, with what it raises; one that goes on is ended here."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        await relay.run()


async def caught_up(client: Client, position: int) -> None:
    """Wait until the stream ends at the position."""

    async def ends_there() -> bool:
        with contextlib.suppress(NotFoundError, NatsTimeoutError):
            return (await client.jetstream().stream_info(STREAM)).state.last_seq == position
        return False

    await wait_until(ends_there, DEADLINE_SECONDS, f"the stream ends at {position}")


async def test_sequence_is_position_and_bytes_are_the_logs(
    log: PostgresEventStore, relay: Relay, relay_client: Client
) -> None:
    """One by one and in batches: the same numbers, the same bytes."""
    await record(log, 1)
    await publish_all(relay)
    await record(log, 25)
    await publish_all(relay)

    await the_stream_is_the_log(relay_client, log)


async def test_a_batch_holds_at_most_a_thousand_events(log: PostgresEventStore, relay: Relay) -> None:
    """The server takes no more in one atomic batch."""
    await record(log, BATCH_EVENTS + 1)

    assert [BATCH_EVENTS, 1, 0] == [await relay.publish_next() for _ in range(3)]


@pytest.mark.parametrize(
    ("events", "in_batches"), [(1, 0), (ONE_BY_ONE, 0), (ONE_BY_ONE + 1, ONE_BY_ONE + 1)], ids=["one", "few", "more"]
)
async def test_few_events_are_messages_of_their_own(
    log: PostgresEventStore, relay: Relay, relay_client: Client, events: int, in_batches: int
) -> None:
    """The server makes a store for each batch, which costs more than to send a few without."""
    await record(log, events)
    await publish_all(relay)

    await the_stream_is_the_log(relay_client, log)
    assert in_batches == await in_a_batch(relay_client, after=0)


async def test_few_events_are_not_put_behind_those_of_another_log(
    log: PostgresEventStore, relay: Relay, relay_client: Client
) -> None:
    """The numbers of those after them would fit: none is sent before the one before it is stored."""
    await record(log, ONE_BY_ONE)
    for number in (1, 2):
        await relay_client.publish("moiety.v1._.jar.CoinDropped", b"of another log")
        await caught_up(relay_client, number)

    with pytest.raises(PublishRefused):
        await relay.publish_next()
    with pytest.raises(StreamDiverged, match=r"at position 2\b"):
        await relay.resume()
    assert 2 == (await relay_client.jetstream().stream_info(STREAM)).state.last_seq


class Overtaken(Relay):
    """A relay that is slow once its first event is stored: that of another log puts its second there meanwhile."""

    async def _ask(self, entry: Entry, headers: dict[str, str]) -> Msg:
        if entry.id == 2:
            expected = {"Nats-Expected-Last-Sequence": "1"}
            await self._client.request("moiety.v1._.jar.CoinDropped", b"of another log", headers=expected)
        return await super()._ask(entry, headers)


async def test_what_another_log_puts_between_few_events_is_continued_by_none_of_them(
    log: PostgresEventStore, relay_client: Client
) -> None:
    """Both logs had the first in common; what came after the second would have fitted by its number."""
    await record(log, ONE_BY_ONE)
    relay = Overtaken(log, relay_client)
    await relay.resume()

    with pytest.raises(PublishRefused):
        await relay.publish_next()
    with pytest.raises(StreamDiverged, match=r"at position 2\b"):
        await relay.resume()
    assert 2 == (await relay_client.jetstream().stream_info(STREAM)).state.last_seq


async def test_of_few_events_that_were_sent_in_part_the_rest_follows(
    log: PostgresEventStore, relay: Relay, relay_client: Client
) -> None:
    """As where a relay is killed between two of them."""
    await record(log, ONE_BY_ONE + 2)
    for entry in await log.read_log(after=0, limit=2):
        await relay_client.publish(entry.subject, entry.state)
        await caught_up(relay_client, entry.id)
    await relay.resume()
    await relay.publish_next()

    await the_stream_is_the_log(relay_client, log)


async def test_large_events_are_spread_over_batches(
    log: PostgresEventStore, relay: Relay, relay_client: Client
) -> None:
    """A batch of large events is cut by its bytes."""
    await record(log, 150, state=b"x" * 65_535)

    first = await relay.publish_next()
    await publish_all(relay)

    assert BATCH_BYTES // 65_535 == first
    assert 150 == (await relay_client.jetstream().stream_info(STREAM)).state.last_seq


async def test_an_append_is_published_without_being_asked_for(
    log: PostgresEventStore, relay: Relay, relay_client: Client
) -> None:
    """The relay is woken by the log."""
    async with running(relay):
        await record(log, 3)
        await caught_up(relay_client, 3)


async def test_two_relays_at_once_neither_repeat_nor_reorder(
    log: PostgresEventStore, relay: Relay, connect_as: ConnectAs, relay_client: Client
) -> None:
    """The one that comes second is refused, looks again and goes on from there."""
    async with connect_as("relay") as other_client, running(relay, Relay(log, other_client)):
        for _ in range(40):
            await record(log, 7)
        await caught_up(relay_client, 280)

    await the_stream_is_the_log(relay_client, log)


async def test_of_full_batches_under_way_at_two_relays_each_is_stored_once(
    log: PostgresEventStore, relay: Relay, connect_as: ConnectAs, relay_client: Client
) -> None:
    """Each has sent a second batch before it hears what became of its first."""
    await record(log, 4 * BATCH_EVENTS + 1)

    async with connect_as("relay") as other_client, running(relay, Relay(log, other_client)):
        await caught_up(relay_client, 4 * BATCH_EVENTS + 1)

    await the_stream_is_the_log(relay_client, log)


async def test_a_full_batch_that_is_refused_takes_the_next_one_with_it(
    log: PostgresEventStore, relay: Relay, relay_client: Client
) -> None:
    """What was sent behind it is not stored in its place, and all is sent again from where the stream ends."""
    await record(log, 2 * BATCH_EVENTS + 1)
    other = Relay(log, relay_client)
    await publish_all(other)

    with pytest.raises(PublishRefused):
        await publish_all(relay)
    assert 0 == relay.published
    await relay.resume()

    assert 2 * BATCH_EVENTS + 1 == relay.published
    assert 0 == await relay.publish_next()
    await the_stream_is_the_log(relay_client, log)


async def test_a_batch_sent_twice_is_stored_once(log: PostgresEventStore, relay: Relay, relay_client: Client) -> None:
    """A relay that never heard of its success repeats the batch and is refused."""
    await record(log, 5)
    await relay.publish_next()
    forgetful = Relay(log, relay_client)

    with pytest.raises(PublishRefused):
        await forgetful.publish_next()

    await the_stream_is_the_log(relay_client, log)


async def test_a_stream_deleted_while_running_comes_back_the_same(
    log: PostgresEventStore, relay: Relay, relay_client: Client, servers: Servers
) -> None:
    """Everything JetStream stored is deleted; every number comes back."""
    await record(log, 50)
    async with running(relay):
        await caught_up(relay_client, 50)
        servers.empty_nats()
        await record(log, 10)
        await caught_up(relay_client, 60)

    await the_stream_is_the_log(relay_client, log)


async def test_a_lost_tail_is_published_again_under_the_same_numbers(
    log: PostgresEventStore, relay: Relay, relay_client: Client, empty_nats: EmbeddedNats, tmp_path: Path
) -> None:
    """The server's disk goes back to an earlier state."""
    await record(log, 20)
    async with running(relay):
        await caught_up(relay_client, 20)
        empty_nats.stop()
        shutil.copytree(empty_nats.store, tmp_path / "earlier")
        empty_nats.start()
        await record(log, 15)
        await caught_up(relay_client, 35)
        empty_nats.kill()
        empty_nats.lose_store()
        shutil.copytree(tmp_path / "earlier", empty_nats.store)
        empty_nats.start()
        await caught_up(relay_client, 35)

    await the_stream_is_the_log(relay_client, log)


async def test_a_stream_ahead_of_the_log_is_never_continued(
    log: PostgresEventStore, relay: Relay, relay_client: Client
) -> None:
    """The log was restored from an old backup: publishing on would give one number two meanings."""
    await record(log, 3)
    await publish_all(relay)
    await relay_client.publish("moiety.v1._.jar.CoinDropped", b"of a later past")
    await caught_up(relay_client, 4)

    with pytest.raises(StreamDiverged, match=r"at position 4.* its end at position 3"):
        await gives_up(relay)


async def test_a_stream_of_another_log_is_never_continued(
    log: PostgresEventStore, relay: Relay, relay_client: Client
) -> None:
    """The number fits, the subject and the length too; one byte does not."""
    await record(log, 2)
    first, _ = await log.read_log(after=0, limit=2)
    await relay_client.publish(first.subject, bytes([first.state[0] ^ 1]) + first.state[1:])
    await caught_up(relay_client, 1)

    with pytest.raises(StreamDiverged, match=r"at position 1\b"):
        await gives_up(relay)
    assert 1 == (await relay_client.jetstream().stream_info(STREAM)).state.last_seq


@pytest.mark.parametrize("user", ["ledger", "notifications", "observer"])
async def test_only_the_relay_may_publish(
    user: str, log: PostgresEventStore, relay: Relay, relay_client: Client, connect_as: ConnectAs
) -> None:
    """Whoever else tries is refused by the server, and the stream does not move."""
    await record(log, 1)
    await publish_all(relay)
    async with connect_as(user) as client:
        for subject in ("moiety.v1.AGR-1.jar.CoinDropped", f"$JS.API.STREAM.DELETE.{STREAM}"):
            with pytest.raises(NatsTimeoutError):
                await client.request(subject, b"forged", timeout=0.3)

    assert 1 == (await relay_client.jetstream().stream_info(STREAM)).state.last_seq


async def test_not_even_the_relay_may_remove_an_event(
    log: PostgresEventStore, relay: Relay, relay_client: Client
) -> None:
    """Nobody has the right to delete, and the stream itself denies it."""
    await record(log, 1)
    await publish_all(relay)

    for subject in (f"$JS.API.STREAM.DELETE.{STREAM}", f"$JS.API.STREAM.PURGE.{STREAM}"):
        with pytest.raises(NatsTimeoutError):
            await relay_client.request(subject, b"", timeout=0.3)

    assert (True, True) == (stream_config().deny_delete, stream_config().deny_purge)
    assert 1 == (await relay_client.jetstream().stream_info(STREAM)).state.last_seq
