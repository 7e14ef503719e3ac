"""Following what is published: one process at a time, from where the last one had come to, whatever is lost."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol, cast

import httpx
from nats.aio.client import Client
from prometheus_client import Gauge

from shared.bus.catch_up import FeedUnavailable, LogFeed
from shared.bus.connection import connect
from shared.bus.consumer import Received, StreamMessage, batches
from shared.bus.history import linked
from shared.bus.stream import READER_API, STREAM
from shared.errors import Unavailable
from shared.log.chain import START, Head, HistoryDiverged
from shared.parts import end_all
from shared.settings import Settings
from shared.telemetry import logger

RETRY_SECONDS: Final = 0.25
CHECK_SECONDS: Final = 5.0

_log = logger()


class Published(Protocol):
    """Where events come from: the bus, or a list in a test."""

    @property
    def check_seconds(self) -> float:
        """How often the log is asked whether it still is the history that is followed."""

    def after(self, followed: Head) -> AsyncGenerator[list[StreamMessage], None]:
        """Yield what continues a history, without a gap, waiting for more; raises HistoryDiverged."""

    async def check(self, followed: Head) -> None:
        """Raise HistoryDiverged unless the log has what was followed; FeedUnavailable if it does not say."""


class Feed(Protocol):
    """What is asked of the log itself: `shared/bus/catch_up.py` asks over HTTP."""

    async def catch_up(self, after: int, limit: int) -> Sequence[Received]: ...

    async def check(self, followed: Head) -> None: ...

    async def chain_at(self, position: int) -> bytes: ...

    async def last_position(self, after: int) -> int: ...


@dataclass(frozen=True)
class Source:
    """The stream, and the log itself for what the stream does not hold."""

    client: Client
    feed: Feed
    consumer: str
    check_seconds: float = CHECK_SECONDS

    async def after(self, followed: Head) -> AsyncGenerator[list[StreamMessage], None]:
        incoming = batches(self.client, consumer=self.consumer, after=followed.position, catch_up=self.feed.catch_up)
        async with contextlib.aclosing(cast("AsyncGenerator[list[Received], None]", incoming)) as received:
            async for each in received:
                messages = linked(followed, each)
                followed = Head(messages[-1].position, messages[-1].chain)
                yield messages

    async def check(self, followed: Head) -> None:
        await self.feed.check(followed)

    async def last_recorded(self, known: int) -> int:
        """Return where the log ends, or how far it is known to go: the stream may tell more than who does not answer.

        Raises FeedUnavailable, and what NATS raises, when neither does.
        """
        ends = await asyncio.gather(self.feed.last_position(known), self._last_published(), return_exceptions=True)
        told = [end for end in ends if isinstance(end, int)]
        for error in ends:
            if not told and isinstance(error, BaseException):
                raise error
        return max(told)

    async def _last_published(self) -> int:
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
        feed = LogFeed(http, settings.agreements_url, settings.service_token)
        yield Source(client, feed, f"{settings.nats_user}-{beside}" if beside else settings.nats_user)


def between_services() -> httpx.AsyncClient:
    """Return a client for what is inside the deployment, where no proxy of the environment's has any business."""
    return httpx.AsyncClient(trust_env=False)


class Turn(NamedTuple):
    """One process's turn: how far it has come, and how it takes what follows, in order and without a gap."""

    resume: Callable[[], Awaitable[Head]]
    take: Callable[[Sequence[StreamMessage]], Awaitable[None]]


class Following(NamedTuple):
    """What an operator sees of a follower, and what it does where histories differ; `action` names it in log lines.

    `diverged` is told so before anything else happens, `agreed` that the log is again the one that was followed.
    """

    action: str
    active: Gauge
    position: Gauge
    diverged: Callable[[HistoryDiverged], Awaitable[None]]
    agreed: Callable[[], Awaitable[None]]


class _Followed:
    """How far a history was followed, and whether what is published still is that history."""

    def __init__(self, following: Following) -> None:
        self.head = START
        self.diverged: HistoryDiverged | None = None
        self._following = following

    def reaches(self, head: Head) -> None:
        self.head = head
        self._following.position.set(head.position)

    async def differs(self, diverged: HistoryDiverged) -> None:
        """Tell of another history: in the log once, and to whoever shows it as long as it is so."""
        if self.diverged is None or str(self.diverged) != str(diverged):
            _log.critical(
                "What is published is not the history that was followed; nothing more is taken",
                action="history-diverged",
                follower=self._following.action,
                position=diverged.position,
                expected=diverged.expected,
                got=diverged.got,
            )
        self.diverged = diverged
        await self._following.diverged(diverged)

    async def agrees(self) -> None:
        """Tell that it is the same history up to here: what was met further on may still be another one."""
        if self.diverged is None or self.diverged.position <= self.head.position:
            self.diverged = None
            await self._following.agreed()


async def follow_forever(
    source: Published, take_turn: Callable[[], AbstractAsyncContextManager[Turn]], following: Following
) -> None:
    """Follow whenever it is this process's turn, for ever; raises what a turn raises but for Unavailable, which passes.

    `take_turn` waits until no other process follows, and keeps others from it. Where what is published is not the
    history that was followed, nothing more is taken until it is again; that is looked at every
    `check_seconds` of the source.
    """
    followed = _Followed(following)
    while True:
        pause = RETRY_SECONDS
        try:
            async with take_turn() as turn:
                followed.reaches(await turn.resume())
                await _await_agreement(source, followed)
                following.active.set(1)
                _log.info("Following what is published", action=following.action, after=followed.head.position)
                await _first_to_end(_take(source, turn, followed), _watch(source, followed))
        except HistoryDiverged as diverged:
            pause = source.check_seconds
            with contextlib.suppress(Unavailable):  # it will be met again
                await followed.differs(diverged)
        except Unavailable as error:
            _log.warning("Following pauses", action=f"{following.action}-pauses", reason=str(error))
        finally:
            following.active.set(0)
        await asyncio.sleep(pause)


async def _await_agreement(source: Published, followed: _Followed) -> None:
    """Wait until the log is the one that was followed.

    One that does not answer is not waited for, as the stream may tell, unless it was another one when it last did.
    """
    while True:
        try:
            await source.check(followed.head)
        except HistoryDiverged as diverged:
            await followed.differs(diverged)
        except FeedUnavailable as error:
            # Whoever begins with all others is there before the log: it is asked again in a moment, by the clock.
            tell = _log.info if followed.diverged is None else _log.warning
            tell("Nobody tells whose history this is", action="history-unchecked", reason=str(error))
            if followed.diverged is None:
                return
        else:
            await followed.agrees()
            return
        await asyncio.sleep(source.check_seconds)


async def _take(source: Published, turn: Turn, followed: _Followed) -> None:
    async with contextlib.aclosing(source.after(followed.head)) as incoming:
        async for messages in incoming:
            await turn.take(messages)
            followed.reaches(Head(messages[-1].position, messages[-1].chain))
            if followed.diverged is not None:
                await followed.agrees()


async def _watch(source: Published, followed: _Followed) -> None:
    """Compare with the log itself by the clock: nothing may be published that would tell. Raises HistoryDiverged."""
    while True:
        await asyncio.sleep(source.check_seconds)
        with contextlib.suppress(FeedUnavailable):
            await source.check(followed.head)


async def _first_to_end(*parts: Coroutine[Any, Any, None]) -> None:
    """Run parts beside each other until one ends, stop the others, and raise what it raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end_all(tasks)
    for task in done:
        task.result()
