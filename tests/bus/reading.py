"""Reading the stream as a service does, and what a test sees of it."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import datetime
from typing import cast

from nats.aio.client import Client
from nats.js.api import ConsumerInfo, StreamConfig
from nats.js.errors import NotFoundError

from shared.bus.consumer import STEADY, Pace, Received, batches
from shared.bus.stream import READER_API, STREAM, stream_config
from shared.errors import Unavailable
from shared.log.postgres import PostgresEventStore
from shared.parts import end_all
from shared.testing import wait_until

DEADLINE_SECONDS = 60


class FeedDown(Unavailable):
    """The feed is down."""


class Feed:
    """The log itself, read without HTTP; it can be down."""

    def __init__(self, log: PostgresEventStore) -> None:
        self.log = log
        self.down = False
        self.asked: list[int] = []

    async def __call__(self, after: int, limit: int) -> Sequence[Received]:
        self.asked.append(after)
        if self.down:
            raise FeedDown
        entries = await self.log.read_log(after=after, limit=limit)
        return [Received(entry.id, entry.subject, entry.state, entry.traceparent) for entry in entries]


class Consumed:
    """What a consumer has seen."""

    def __init__(self) -> None:
        self.messages: list[Received] = []

    @property
    def positions(self) -> list[int]:
        return [message.position for message in self.messages]

    async def reaches(self, position: int) -> None:
        await wait_until(
            lambda: bool(self.messages) and self.messages[-1].position >= position,
            DEADLINE_SECONDS,
            lambda: f"position {position}, seen {self.positions[-3:]}",
        )


@contextlib.asynccontextmanager
async def asking(client: Client, feed: Feed, *, pace: Pace) -> AsyncIterator[AsyncIterator[list[Received]]]:
    """Take what comes only when the test asks for it."""
    coming = cast(
        "AsyncGenerator[list[Received], None]",
        batches(client, consumer="ledger", after=0, catch_up=feed, pace=pace),
    )
    async with contextlib.aclosing(coming):
        yield coming


@contextlib.asynccontextmanager
async def consuming(
    client: Client, feed: Feed, *, consumer: str = "ledger", after: int = 0, pace: Pace = STEADY
) -> AsyncIterator[Consumed]:
    consumed = Consumed()

    async def consume() -> None:
        async for batch in batches(client, consumer=consumer, after=after, catch_up=feed, pace=pace):
            consumed.messages.extend(batch)

    task = asyncio.create_task(consume())
    try:
        yield consumed
    finally:
        await end_all([task])


async def a_stream(client: Client, **settings: object) -> None:
    """Create the stream otherwise than the relay would."""
    config = {**dataclasses.asdict(stream_config()), **settings}
    await client.jetstream().add_stream(StreamConfig(**config))


async def subscriptions(admin: Client) -> list[ConsumerInfo]:
    """Return what the server knows of its readers; it forgets them only after a minute."""
    with contextlib.suppress(NotFoundError):
        return await admin.jetstream(prefix=READER_API).consumers_info(STREAM)
    return []


async def begun(admin: Client) -> datetime:
    """Return when the one subscription that there is began: the next one has the same name, and another time."""
    (known,) = await subscriptions(admin)
    return known.created


async def asked(admin: Client, requests: int) -> None:
    """Wait until one reader has so many requests before the server."""

    async def waiting() -> bool:
        return [requests] == [each.num_waiting for each in await subscriptions(admin)]

    await wait_until(waiting, DEADLINE_SECONDS, f"{requests} requests")


async def heard(client: Client, messages: int) -> None:
    """Wait until so many more have come from the server, heartbeats too."""
    before = client.stats["in_msgs"]
    await wait_until(
        lambda: client.stats["in_msgs"] >= before + messages, DEADLINE_SECONDS, f"{messages} messages of any kind"
    )


async def said(client: Client, messages: int) -> None:
    """Wait until so many more have gone to the server, requests of every kind."""
    before = client.stats["out_msgs"]
    await wait_until(lambda: client.stats["out_msgs"] >= before + messages, DEADLINE_SECONDS, f"{messages} requests")
