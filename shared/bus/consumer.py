"""The ordered consumer: every event once, in position order, without a gap, whatever happens to the server.

A service asks for what follows the position it has stored, and stores the next position in the transaction of its
effects. So the server keeps no state that matters, nothing needs an acknowledgement, and a repeat is recognised by
its number.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from shared.bus.stream import CHAIN_HEADER, READER_API, STREAM
from shared.errors import Unavailable
from shared.telemetry import logger

LOOK_SECONDS = 0.25
INACTIVE_SECONDS = 60.0
RETRY_SECONDS = 0.25
_SEQUENCE_TOKEN = (
    5  # of `$JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>`
)
_SEQUENCE_TOKEN_WITH_DOMAIN = 7
_SHORT_FORM_TOKENS = 9

_log = logger()


class Received(NamedTuple):
    """One event as published, its bytes exactly as they are in the log; `chain` is what is stated with it, if any."""

    position: int
    subject: str
    body: bytes
    traceparent: str | None
    chain: str | None = None


class StreamMessage(NamedTuple):
    """One event of the history that is followed, and the chain up to it (shared/bus/history.py)."""

    position: int
    subject: str
    body: bytes
    traceparent: str | None
    chain: bytes


CatchUp = Callable[[int, int], Awaitable[Sequence[Received]]]
"""Given a position and a limit, returns the events above it from the log itself; raises Unavailable."""


class Pace(NamedTuple):
    """How many events are passed on at a time, how many asked of the server, and how patiently."""

    batch: int = 1_000
    messages: int = 1_000
    request_seconds: float = 30.0
    heartbeat_seconds: float = 2.0
    silence_seconds: float = 5.0


STEADY = Pace()


class CatchUpSkips(Unavailable):
    """The feed of the log answered with a gap in it; nothing after a gap may be entered."""


class _Lost(Exception):  # not an error: the subscription is over and another one is due
    """This subscription cannot go on."""


class _Gap(_Lost):
    """What came next is not the next position."""


async def batches(
    client: Client, *, consumer: str, after: int, catch_up: CatchUp, pace: Pace = STEADY
) -> AsyncIterator[list[Received]]:
    """Yield non-empty lists of events, contiguous from `after + 1`, for ever.

    `consumer` is the name that this user may make consumers under. What the stream no longer holds, or skips, comes
    from `catch_up`; while neither has it, this waits.
    """
    position = after
    gap_after: int | None = None
    while True:
        holes = False
        try:
            async with _subscription(client, consumer, position, pace) as subscription:
                while True:
                    received = await subscription.next_batch(position)
                    position = received[-1].position
                    yield received
        except (_Lost, NatsError, OSError, TimeoutError) as error:
            if isinstance(error, _Gap):
                # Seen once, a gap may be this subscription's alone; seen again at the same place, it is the stream's.
                holes, gap_after = gap_after == position, position
            _log.info("subscribing again", action="consumer-resumes", after=position, reason=_in_words(error))
        try:
            async for missed in _missed(client, position, catch_up, pace.batch, whatever_is_held=holes):
                position = missed[-1].position
                yield missed
        except (Unavailable, NatsError, OSError, TimeoutError) as error:
            _log.warning(
                "nothing can be read on for now", action="consumer-waits", after=position, reason=_in_words(error)
            )
        await asyncio.sleep(RETRY_SECONDS)


async def _missed(
    client: Client, position: int, catch_up: CatchUp, limit: int, *, whatever_is_held: bool
) -> AsyncIterator[list[Received]]:
    """Yield from the log itself what lies between a position and the first event that the stream still holds."""
    held = (await client.jetstream(prefix=READER_API).stream_info(STREAM)).state
    while whatever_is_held or not held.messages or position + 1 < held.first_seq:
        page = list(await catch_up(position, limit))
        if not page:
            return
        if [message.position for message in page] != list(range(position + 1, position + 1 + len(page))):
            raise CatchUpSkips(after=position, got=page[0].position)
        position = page[-1].position
        yield page


class _Subscription:
    """One ephemeral consumer, pulled continuously so that a new event is delivered at once."""

    def __init__(self, client: Client, inbox: str, name: str, pace: Pace) -> None:
        self._client = client
        self._pace = pace
        self._inbox = inbox
        self._next = f"{READER_API}.CONSUMER.MSG.NEXT.{STREAM}.{name}"
        self._arrived: deque[Received] = deque()
        self._wake = asyncio.Event()
        self._requested = 0
        self._over: str | None = None
        self._heard = time.monotonic()
        self._reconnects = client.stats["reconnects"]

    async def pull(self) -> None:
        """Ask for more when less than half of what was asked for is still to come."""
        messages = self._pace.messages
        if self._requested > messages // 2 or len(self._arrived) >= messages:
            return
        self._requested += messages
        request = {
            "batch": messages,
            "expires": int(self._pace.request_seconds * 1e9),
            "idle_heartbeat": int(self._pace.heartbeat_seconds * 1e9),
        }
        await self._client.publish(self._next, msgspec.json.encode(request), reply=self._inbox)

    async def on_message(self, message: Msg) -> None:
        self._wake.set()
        self._heard = time.monotonic()
        status = (message.headers or {}).get("Status")
        if status is None:
            self._requested -= 1
            self._arrived.append(_received(message))
        elif status == "100":  # a heartbeat: alive, nothing new
            return
        elif status == "408":  # the request ran out
            self._requested = 0
        else:
            self._over = f"{status} {(message.headers or {}).get('Description', '')}"

    async def next_batch(self, position: int) -> list[Received]:
        """Wait for what follows the position and return it, leaving out what was delivered before.

        Raises _Gap when something else follows, _Lost when the server has ended this or gone silent.
        """
        while True:
            await self._wait()
            following: list[Received] = []
            while self._arrived and len(following) < self._pace.batch:
                if self._arrived[0].position > position + 1:
                    break
                message = self._arrived.popleft()
                if message.position == position + 1:
                    following.append(message)
                    position = message.position
            await self.pull()
            if following:
                return following
            if self._arrived:
                raise _Gap(f"expected {position + 1}, got {self._arrived[0].position}")

    async def _wait(self) -> None:
        while not self._arrived:
            if self._over:
                raise _Lost(self._over)
            await self.pull()
            if self._client.stats["reconnects"] != self._reconnects:
                raise _Lost("the server restarted and knows no ephemeral consumers")
            if time.monotonic() - self._heard > self._pace.silence_seconds:
                raise _Lost("no heartbeat")
            self._wake.clear()
            # Not wait_for, which in Python 3.11 can swallow a cancellation when the wait ends with it.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()


@contextlib.asynccontextmanager
async def _subscription(client: Client, name: str, after: int, pace: Pace) -> AsyncIterator[_Subscription]:
    inbox = client.new_inbox()
    subscription = _Subscription(client, inbox, name, pace)
    listening = await client.subscribe(inbox, cb=subscription.on_message)
    jetstream = client.jetstream(prefix=READER_API)
    try:
        # There is one of this name at a time, and the last reader's began elsewhere.
        with contextlib.suppress(NotFoundError):
            await jetstream.delete_consumer(STREAM, name)
        await jetstream.add_consumer(
            STREAM,
            ConsumerConfig(
                name=name,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=after + 1,
                ack_policy=AckPolicy.NONE,
                inactive_threshold=INACTIVE_SECONDS,
                mem_storage=True,
                num_replicas=1,
            ),
        )
        yield subscription
    finally:
        with contextlib.suppress(NatsError, OSError, TimeoutError):
            await listening.unsubscribe()


def _in_words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _received(message: Msg) -> Received:
    tokens = message.reply.split(".")
    headers = message.headers or {}
    sequence = tokens[_SEQUENCE_TOKEN if len(tokens) == _SHORT_FORM_TOKENS else _SEQUENCE_TOKEN_WITH_DOMAIN]
    return Received(
        position=int(sequence),
        subject=message.subject,
        body=message.data,
        traceparent=headers.get("traceparent"),
        chain=headers.get(CHAIN_HEADER),
    )
