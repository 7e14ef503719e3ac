"""Following what is published: one process at a time, from where the last one had come to, whatever is lost."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, cast

import httpx
from nats.aio.client import Client
from prometheus_client import Gauge

from shared.bus.catch_up import catch_up_from
from shared.bus.connection import connect
from shared.bus.consumer import CatchUp, StreamMessage, batches
from shared.bus.stream import READER_API, STREAM
from shared.errors import Unavailable
from shared.settings import Settings
from shared.telemetry import logger

RETRY_SECONDS: Final = 0.25

_log = logger()


class Published(Protocol):
    """Where events come from: the bus, or a list in a test."""

    def after(self, position: int) -> AsyncGenerator[list[StreamMessage], None]:
        """Yield what follows a position, without a gap, waiting for more."""


@dataclass(frozen=True)
class Source:
    """The stream, and the log itself for what the stream does not hold."""

    client: Client
    catch_up: CatchUp
    consumer: str

    def after(self, position: int) -> AsyncGenerator[list[StreamMessage], None]:
        feed = batches(self.client, consumer=self.consumer, after=position, catch_up=self.catch_up)
        return cast("AsyncGenerator[list[StreamMessage], None]", feed)

    async def last_published(self) -> int:
        """Return the stream's last sequence, which is the position of what was last published."""
        return (await self.client.jetstream(prefix=READER_API).stream_info(STREAM)).state.last_seq


@contextlib.asynccontextmanager
async def published(settings: Settings, http: httpx.AsyncClient, *, beside: str = "") -> AsyncIterator[Source]:
    """Connect to where events come from; raises StartupError.

    Whoever reads beside the service says as what: the service itself reads under its user's name alone.
    """
    async with connect(
        settings.nats_url,
        user=settings.nats_user,
        password=settings.nats_password,
        timeout_seconds=settings.start_timeout_seconds,
    ) as client:
        catch_up = catch_up_from(http, settings.agreements_url, settings.service_token)
        yield Source(client, catch_up, f"{settings.nats_user}-{beside}" if beside else settings.nats_user)


def between_services() -> httpx.AsyncClient:
    """Return a client for what is inside the deployment, where no proxy of the environment's has any business."""
    return httpx.AsyncClient(trust_env=False)


class Turn(NamedTuple):
    """One process's turn: how far it has come, and how it takes what follows, in order and without a gap."""

    resume: Callable[[], Awaitable[int]]
    take: Callable[[Sequence[StreamMessage]], Awaitable[None]]


class FollowMetrics(NamedTuple):
    """What an operator watches of a follower: whether it is this process's turn, and how far it has come."""

    active: Gauge
    position: Gauge


async def follow_forever(
    source: Published,
    take_turn: Callable[[], AbstractAsyncContextManager[Turn]],
    metrics: FollowMetrics,
    *,
    action: str,
) -> None:
    """Follow whenever it is this process's turn, for ever; raises what a turn raises but for Unavailable, which passes.

    `take_turn` waits until no other process follows, and keeps others from it; `action` names this in log lines.
    """
    while True:
        try:
            async with take_turn() as turn:
                after = await turn.resume()
                metrics.position.set(after)
                metrics.active.set(1)
                _log.info("Following what is published", action=action, after=after)
                async with contextlib.aclosing(source.after(after)) as feed:
                    async for messages in feed:
                        await turn.take(messages)
                        metrics.position.set(messages[-1].position)
        except Unavailable as error:
            _log.warning("Following pauses", action=f"{action}-pauses", reason=str(error))
        finally:
            metrics.active.set(0)
        await asyncio.sleep(RETRY_SECONDS)
