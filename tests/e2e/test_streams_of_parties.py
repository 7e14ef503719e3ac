"""The parties' streams in a whole system: the same as their feeds, whatever is killed and whatever NATS loses."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

import httpx
import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from services.cli import scenario
from shared.bus.connection import connect
from shared.log.parties import PARTNER_API, POSITION_HEADER, stream_of
from shared.testing import Stack, wait_until
from tests.e2e.load import under_load
from tests.e2e.truth import settled

PARTIES = sorted({person.party for person in scenario.read().people.values() if person.party})
DEADLINE_SECONDS = 30


class Got(NamedTuple):
    """An event as a party got it."""

    number: int
    position: int
    body: bytes


def asked(stack: Stack, party: str) -> httpx.Client:
    """Ask notifications as a party's system."""
    token = stack.token("partner", party=party)
    return httpx.Client(
        base_url=stack.url("notifications"), headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=20
    )


def by_http(stack: Stack, party: str) -> list[Got]:
    """Return a party's feed as it is answered."""
    got: list[Got] = []
    with asked(stack, party) as client:
        while True:
            page = client.get("/v1/feed", params={"after": len(got)}).raise_for_status().json()
            if not page["events"]:
                return got
            got += [Got(each["number"], each["position"], each["body"].encode()) for each in page["events"]]


@contextlib.asynccontextmanager
async def connected(stack: Stack, party: str) -> AsyncIterator[Client]:
    """Connect to NATS as a party's system."""
    client = await nats.connect(
        stack.home.nats.url,
        token=stack.token("partner", party=party),
        inbox_prefix=f"_INBOX_{party}",
        allow_reconnect=False,
        connect_timeout=8,
    )
    try:
        yield client
    finally:
        await client.close()


async def comes_in(stack: Stack, party: str) -> bool:
    try:
        async with connected(stack, party) as client:
            await client.jetstream(prefix=PARTNER_API).stream_info(stream_of(party))
    except (NatsError, OSError):
        return False
    return True


async def by_nats(stack: Stack, party: str, *, consumer: str, last: int, acknowledges: bool = True) -> list[Got]:
    """Return what a consumer gets up to a number."""
    got: list[Got] = []
    async with connected(stack, party) as client:
        subscription = await client.jetstream(prefix=PARTNER_API).pull_subscribe_bind(consumer, stream=stream_of(party))
        while not got or got[-1].number < last:
            for message in await subscription.fetch(100, timeout=10):
                position = int((message.headers or {})[POSITION_HEADER])
                got.append(Got(message.metadata.sequence.stream, position, message.data))
                if acknowledges:
                    await message.ack_sync()
    return got


def put(stack: Stack, party: str, name: str, **body: Any) -> dict[str, Any]:
    with asked(stack, party) as client:
        shown: dict[str, Any] = client.put(f"/v1/feed/consumers/{name}", json=body).raise_for_status().json()
    return shown


async def made(stack: Stack, party: str, name: str) -> None:
    """Wait until a consumer is on NATS as it was asked for."""

    def is_ready() -> bool:
        with asked(stack, party) as client:
            return bool(client.get(f"/v1/feed/consumers/{name}").raise_for_status().json()["ready"])

    await wait_until(is_ready, DEADLINE_SECONDS, f"the consumer {name} of {party} was not made")


async def lose_streams(stack: Stack, parties: Sequence[str]) -> None:
    password = stack.home.secret("nats-feeds")
    async with connect(stack.home.nats.url, user="feeds", password=password) as feeds:
        for party in parties:
            await feeds.jetstream().delete_stream(stream_of(party))


async def filled(stack: Stack, party: str, last: int) -> None:
    """Wait until a party's stream ends at a number again, and has its consumers."""

    async def ends_there() -> bool:
        with contextlib.suppress(NatsError, APIError, OSError):
            async with connected(stack, party) as client:
                jetstream = client.jetstream(prefix=PARTNER_API)
                await jetstream.consumer_info(stream_of(party), "main")
                return (await jetstream.stream_info(stream_of(party))).state.last_seq == last
        return False

    await wait_until(ends_there, DEADLINE_SECONDS, f"the stream of {party} ends at {last}")


@pytest.mark.parametrize("party", PARTIES)
async def test_a_partys_stream_is_its_feed(stack: Stack, party: str) -> None:
    """Numbers, positions and bytes, whichever way it is read, after the whole sample scenario."""
    feed = by_http(stack, party)
    put(stack, party, "once", after=0)
    await made(stack, party, "once")
    got = await by_nats(stack, party, consumer="once", last=feed[-1].number)

    assert feed == got
    assert list(range(1, len(feed) + 1)) == [each.number for each in got]


async def test_streams_that_are_lost_come_back_the_same(stack: Stack) -> None:
    """All of them, while who fills them was killed; a consumer goes on where it was, and nobody asks for it anew."""
    feeds = {party: by_http(stack, party) for party in PARTIES}
    last = feeds["HUT"][-1].number
    put(stack, "HUT", "steady", after=last - 3)
    await made(stack, "HUT", "steady")
    stack.kill("feeds")
    await lose_streams(stack, PARTIES)
    stack.start_process("feeds")
    for party, feed in feeds.items():
        await filled(stack, party, feed[-1].number)
    got = await by_nats(stack, "HUT", consumer="steady", last=last)
    put(stack, "HUT", "again", after=0)
    await made(stack, "HUT", "again")

    assert feeds["HUT"][-3:] == got
    assert feeds["HUT"] == await by_nats(stack, "HUT", consumer="again", last=last)


async def test_a_server_that_loses_everything_is_filled_again(stack: Stack) -> None:
    """Kill -9 of NATS and its store gone: every process comes back by itself, and so do partners."""
    feed = by_http(stack, "ATRC")
    stack.kill("nats")
    stack.home.nats.lose_store()
    stack.start_process("nats")
    stack.wait_ready(60)
    await filled(stack, "ATRC", feed[-1].number)
    put(stack, "ATRC", "after-all", after=0)
    await made(stack, "ATRC", "after-all")

    assert feed == await by_nats(stack, "ATRC", consumer="after-all", last=feed[-1].number)


async def test_a_gate_that_was_killed_is_missed_by_newcomers_alone(stack: Stack) -> None:
    """Who is in stays in; whoever comes while there is none comes again."""
    async with connected(stack, "HUT") as before:
        stack.kill("gate")
        assert not await comes_in(stack, "ATRC")
        await before.jetstream(prefix=PARTNER_API).stream_info(stream_of("HUT"))
        stack.start_process("gate")
        stack.wait_ready()
        assert await comes_in(stack, "ATRC")


@pytest.mark.parametrize("victim", ["feeds", "notifications", "nats"])
async def test_killed_under_load_no_stream_lacks_or_repeats_anything(stack: Stack, victim: str) -> None:
    """Whoever fills feeds, whoever fills streams, and the server: what a party gets is its feed, number by number."""
    with under_load(stack, f"streams-{victim}") as load:
        load.await_more(50)
        stack.kill(victim)
        load.await_more(50)
        stack.start_process(victim)
        stack.wait_ready()
        load.await_more(50)
    await asyncio.to_thread(settled, stack, load)
    for party in ("ATRC", "HUT"):
        feed = by_http(stack, party)
        await filled(stack, party, feed[-1].number)
        put(stack, party, f"after-{victim}", after=0)
        await made(stack, party, f"after-{victim}")
        assert feed == await by_nats(stack, party, consumer=f"after-{victim}", last=feed[-1].number)
