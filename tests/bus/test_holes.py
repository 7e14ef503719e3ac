"""What is missing: on the way, in the stream, in the log's own answers. Nothing is passed on after a gap."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import DiscardPolicy

from shared.bus.consumer import Pace, Received, _received
from shared.bus.relay import Relay
from shared.embedded.nats import EmbeddedNats
from shared.log.postgres import PostgresEventStore
from shared.testing import wait_until
from tests.bus.conftest import publish_all, record
from tests.bus.reading import DEADLINE_SECONDS, Feed, a_stream, asked, consuming


class Unreliable:
    """A connection on which something happens to messages on their way from the server."""

    def __init__(self, client: Client, accident: Callable[[Msg], Sequence[Msg]]) -> None:
        self._client = client
        self._accident = accident

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def subscribe(self, subject: str, cb: Callable[[Msg], Any]) -> Any:
        async def deliver(message: Msg) -> None:
            for each in self._accident(message):
                await cb(each)

        return await self._client.subscribe(subject, cb=deliver)


def once(*positions: int, becomes: Callable[[Msg], Sequence[Msg]]) -> Callable[[Msg], Sequence[Msg]]:
    """Let it happen to some events, the first time that each comes."""
    left = set(positions)

    def accident(message: Msg) -> Sequence[Msg]:
        if (message.headers or {}).get("Status") or _received(message).position not in left:
            return [message]
        left.remove(_received(message).position)
        return becomes(message)

    return accident


class Disordered(Feed):
    """A log that answers with other events than it was asked for, until it is mended."""

    def __init__(self, log: PostgresEventStore, order: Sequence[int]) -> None:
        super().__init__(log)
        self.order = order
        self.mended = False

    async def __call__(self, after: int, limit: int) -> Sequence[Received]:
        page = await super().__call__(after, limit)
        return page if self.mended else [page[position - 1] for position in self.order]


async def publish(client: Client, log: PostgresEventStore, *, after: int, hole: int) -> None:
    """Publish what follows a position, one by one, so that the stream has a hole."""
    for entry in await log.read_log(after=after, limit=100):
        # The stream keeps one message per subject, so the next one takes the hole's place and leaves it empty.
        subject = f"moiety.v1.AGR-1.jar.E{hole if entry.id == hole + 1 else entry.id}"
        await client.request(subject, entry.state)


async def test_a_hole_inside_the_stream_is_filled_from_the_log(
    log: PostgresEventStore, relay_client: Client, reader_client: Client
) -> None:
    """A stream that somebody damaged: its hole is noticed by its number."""
    await record(log, 9)
    await a_stream(relay_client, max_msgs_per_subject=1, discard=DiscardPolicy.OLD)
    await publish(relay_client, log, after=0, hole=5)

    async with consuming(reader_client, Feed(log)) as consumed:
        await consumed.reaches(9)

    entries = await log.read_log(after=0, limit=9)
    assert [(entry.id, entry.state) for entry in entries] == [(each.position, each.body) for each in consumed.messages]


async def test_behind_a_hole_reading_goes_on_from_the_stream(
    log: PostgresEventStore, relay_client: Client, reader_client: Client
) -> None:
    """A hole is one place; for another one the log is asked again."""
    await record(log, 4)
    await a_stream(relay_client, max_msgs_per_subject=1, discard=DiscardPolicy.OLD)
    await publish(relay_client, log, after=0, hole=2)
    feed = Feed(log)

    async with consuming(reader_client, feed) as consumed:
        await consumed.reaches(4)
        feed.down = True
        await record(log, 2)
        await publish(relay_client, log, after=4, hole=100)
        await consumed.reaches(6)
        feed.down = False
        await record(log, 4)
        await publish(relay_client, log, after=6, hole=8)
        await consumed.reaches(10)

    assert list(range(1, 11)) == consumed.positions


async def test_what_was_lost_on_the_way_is_had_from_the_stream(
    log: PostgresEventStore, relay: Relay, reader_client: Client
) -> None:
    """One gap may be the subscription's alone, and so may the next, at another place: neither is asked of the log."""
    feed = Feed(log)
    losing = cast("Client", Unreliable(reader_client, once(2, 5, becomes=lambda _: [])))

    async with consuming(losing, feed) as consumed:
        for last in (3, 6):
            await record(log, 3)
            await publish_all(relay)
            await consumed.reaches(last)

    assert [1, 2, 3, 4, 5, 6] == consumed.positions
    assert [] == feed.asked


async def test_what_comes_twice_is_passed_on_once(log: PostgresEventStore, relay: Relay, reader_client: Client) -> None:
    """A repeat is recognised by its number."""
    await record(log, 6)
    await publish_all(relay)
    repeating = cast("Client", Unreliable(reader_client, once(3, becomes=lambda message: [message, message])))

    async with consuming(repeating, Feed(log)) as consumed:
        await consumed.reaches(6)

    assert [1, 2, 3, 4, 5, 6] == consumed.positions


async def test_the_log_is_asked_only_for_what_the_stream_does_not_hold(
    log: PostgresEventStore, relay_client: Client, reader_client: Client
) -> None:
    """The stream begins at 6: the log gives 1 to 5, and not one more."""
    await record(log, 8)
    await a_stream(relay_client, first_seq=6)
    await publish(relay_client, log, after=5, hole=100)
    feed = Feed(log)

    async with consuming(reader_client, feed, pace=Pace(batch=1)) as consumed:
        await consumed.reaches(8)

    assert list(range(1, 9)) == consumed.positions
    assert [0, 1, 2, 3, 4] == feed.asked


async def test_an_empty_stream_holds_nothing(
    log: PostgresEventStore, relay: Relay, reader_client: Client, admin: Client, empty_nats: EmbeddedNats
) -> None:
    """What was not published yet, or was lost with the store, is in the log all the same."""
    await record(log, 3)
    feed = Feed(log)

    async with consuming(reader_client, feed) as consumed:
        await asked(admin, 1)
        empty_nats.stop()
        empty_nats.start()
        await consumed.reaches(3)

    assert [1, 2, 3] == consumed.positions


@pytest.mark.parametrize(
    "order",
    [(2, 1, 3), (1, 3, 2), (1, 3), (2, 3), (1, 1, 2), (1, 2, 2), (1, 1, 3)],
    ids=["first two swapped", "last two swapped", "a gap", "late", "first twice", "last twice", "one for another"],
)
async def test_a_log_that_answers_out_of_order_is_not_believed(
    order: Sequence[int], log: PostgresEventStore, relay_client: Client, reader_client: Client
) -> None:
    """Not one event of such an answer is passed on."""
    await record(log, 5)
    await a_stream(relay_client, first_seq=4)
    await publish(relay_client, log, after=3, hole=100)
    feed = Disordered(log, order)

    async with consuming(reader_client, feed) as consumed:
        await wait_until(lambda: len(feed.asked) >= 2, DEADLINE_SECONDS, "two attempts to fill the gap")
        assert [] == consumed.positions
        feed.mended = True
        await consumed.reaches(5)

    assert [1, 2, 3, 4, 5] == consumed.positions


@pytest.mark.parametrize(
    "reply",
    [
        "$JS.ACK.MOIETY.reader.1.42.7.1700000000000000000.0",
        "$JS.ACK.hub.hash.MOIETY.reader.1.42.7.1700000000000000000.0",
        "$JS.ACK._.hash.MOIETY.reader.1.42.7.1700000000000000000.0.token",
    ],
    ids=["short", "with a domain", "with a token to come"],
)
def test_the_position_is_the_streams_number(reply: str, reader_client: Client) -> None:
    """The server writes it in one of several forms, beside how often and as the how-manieth it was delivered."""
    assert 42 == _received(Msg(reader_client, "moiety.v1._.jar.CoinDropped", reply, b"{}")).position
