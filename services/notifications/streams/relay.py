"""Fills the parties' streams from their feeds, and sees that each has the consumers that were asked for.

A stream is disposable, and so is a consumer: whatever is lost, or is not what the tables say, is made again.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError
from prometheus_client import CollectorRegistry, Counter, Gauge

from services.notifications.consumers.store import CHANNEL, Consumer, ConsumerStore
from services.notifications.feeds.store import FeedReader
from services.notifications.store import WRITER_LOCK
from services.notifications.streams.jetstream import (
    Held,
    JetStream,
    JetStreamRefused,
    StreamMissing,
    begins_as,
    is_made_from,
)
from services.notifications.streams.store import FEEDS, FeedTables, PartyFeed
from shared.bus.lag import Pending
from shared.bus.party import party_stream
from shared.bus.relay import Mirror, PublishRefused, StreamDiverged
from shared.bus.stream import StreamOfAnotherLog
from shared.database import INCOMPLETE, Database, Pool
from shared.errors import Unavailable
from shared.log.chain import Head
from shared.log.parties import stream_of
from shared.telemetry import logger

LOOK_SECONDS: Final = 2.0
# How much a partner may get a second time when its stream is lost, at most: what it acknowledged since the last look.
CONSUMERS_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 0.25
# The soonest that a stream gets something after what it got before: whoever waits for a single event waits no longer.
ROUND_SECONDS: Final = 0.02
# Where many come, so much later for each that came, so that more go together: all would wait for what it costs.
ROUND_SECONDS_FOR_EACH: Final = 0.005
LONGEST_ROUND_SECONDS: Final = 0.1
# Another number than those of whoever else works alone on this database (services/notifications/store.py).
MIRROR_LOCK: Final = WRITER_LOCK + 0x10
# So many parties are seen to at once, and each for so many batches before it is the next one's turn.
AT_ONCE: Final = 16
BATCHES_A_TURN: Final = 8
_NOT_NOW: Final = (
    *(PublishRefused, JetStreamRefused, Unavailable, NatsError, APIError, OSError, TimeoutError),
    *INCOMPLETE,  # a database that is being restored has its tables one after the other
)

_log = logger()


class MirrorMetrics:
    """What an operator watches: who mirrors, how many streams, how far behind their feeds, and what was refilled."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.pending = Pending()
        self.is_active = False
        active = Gauge(
            "moiety_feeds_mirroring", "1 in the one process that fills the streams of the parties.", registry=registry
        )
        active.set_function(lambda: self.is_active)
        self.streams = Gauge("moiety_feeds_streams", "Parties whose streams are filled.", registry=registry)
        self.refilled = Counter(
            "moiety_feeds_refilled",
            "Streams that were removed because they held what their feeds do not, and filled again.",
            registry=registry,
        )
        self.lag = Gauge(
            "moiety_feeds_lag", "Events of all feeds that are not on their streams yet.", registry=registry
        )
        # Where another process mirrors, what this one once saw is not news.
        self.lag.set_function(lambda: self.pending.count if self.is_active else 0)
        waited = Gauge("moiety_feeds_lag_seconds", "How long the oldest of them has waited.", registry=registry)
        waited.set_function(lambda: self.pending.seconds if self.is_active else 0)


@dataclass
class _Party:
    """One party's stream as this process knows it: what fills it, and whether it knows where that ends.

    If not, whether it may find out: a stream that is ahead of its feed would be taken for one of another history.
    """

    mirror: Mirror
    is_known: bool = False
    is_within: bool = False

    def forget(self) -> None:
        self.is_known = self.is_within = False


@dataclass
class _Woken:
    """Whom there may be something to do for."""

    ring: asyncio.Event = field(default_factory=asyncio.Event)
    feeds: set[str] = field(default_factory=set)
    consumers: set[str] = field(default_factory=set)

    def feed(self, party: str) -> None:
        self.feeds.add(party)
        self.ring.set()

    def consumer(self, party: str) -> None:
        self.consumers.add(party)
        self.ring.set()


class Mirroring:
    """All parties' streams, seen to as long as this process is the one that does."""

    def __init__(self, pool: Pool, client: Client, metrics: MirrorMetrics, *, replicas: int = 1) -> None:
        self._tables = FeedTables(pool)
        self._feeds = FeedReader(pool)
        self._client = client
        self._metrics = metrics
        self._replicas = replicas
        self._jetstream = JetStream(client)
        self._store = ConsumerStore(pool)
        self._parties: dict[str, _Party] = {}
        self._woken = _Woken()
        self._consumers_at = 0.0
        self._look_soon = False
        self._filled = 0

    @contextlib.asynccontextmanager
    async def listening(self, database: Database) -> AsyncIterator[Callable[[], bool]]:
        """Listen for what there is to do; yields what tells whether that is over. Raises Unavailable."""
        async with (
            database.listening(FEEDS, self._woken.feed) as feeds_lost,
            database.listening(CHANNEL, self._woken.consumer) as consumers_lost,
        ):
            yield lambda: feeds_lost.is_set() or consumers_lost.is_set()

    async def run(self, is_over: Callable[[], bool]) -> None:
        """See to all parties until that is over; raises what keeps it from looking at them."""
        looked_at = 0.0
        while not is_over():
            if self._look_soon or time.monotonic() - looked_at >= LOOK_SECONDS:
                self._look_soon = False
                await self.look()
                looked_at = time.monotonic()
            began = time.monotonic()
            self._filled = 0
            await self.work()
            # Each batch is written to disk by itself, so what comes at the same time had better go in one.
            await asyncio.sleep(max(0.0, began + round_seconds(self._filled) - time.monotonic()))
            if not self._woken.feeds and not self._look_soon:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, looked_at + LOOK_SECONDS - time.monotonic())):
                        await self._woken.ring.wait()
            self._woken.ring.clear()

    async def look(self) -> None:
        """Compare all feeds with all streams: who has something to get, and which stream is not as it was left."""
        for party in await self._tables.cut():
            await self._remove(party, "its feed lost its end")
            await self._tables.mended(party)
        found = await self._jetstream.streams()
        ends = await self._tables.ends()
        for party, end in ends.items():
            known, last = self._party(party), found.get(stream_of(party))
            if known.is_known and (last or 0) < known.mirror.published:
                _log.warning(
                    "A party's stream has lost what it had; it is filled again from the feed",
                    action="feed-stream-lost",
                    party=party,
                    expected=known.mirror.published,
                    got=last or 0,
                )
            if party not in self._woken.feeds and not _is_as_left(known, last, end):
                known.forget()
            # Feeds are written anew, perhaps: a stream that is ahead is compared once its feed is there again.
            known.is_within = (last or 0) <= end.position
            if known.is_within and not (known.is_known and known.mirror.published == end.position):
                self._woken.feed(party)
        if time.monotonic() - self._consumers_at >= CONSUMERS_SECONDS:
            self._woken.consumers.update(ends)
            self._consumers_at = time.monotonic()
        self._metrics.streams.set(len(ends))
        # As the streams are, not as this process left them: one that is ahead of its feed lacks nothing.
        lacking = sum(max(end.position - (found.get(stream_of(party)) or 0), 0) for party, end in ends.items())
        total = sum(end.position for end in ends.values())
        self._metrics.pending.seen(total - lacking, total)

    async def work(self) -> None:
        """Do what there is to do now, for many parties at once, and leave what cannot be done for the next time."""
        feeds, self._woken.feeds = self._woken.feeds, set()
        await see_to_each(feeds, self._fill)
        consumers, self._woken.consumers = self._woken.consumers, set()
        await see_to_each(consumers, self._furnish)

    def _party(self, party: str) -> _Party:
        if party not in self._parties:
            stream, feed = party_stream(party), PartyFeed(self._feeds, party)
            self._parties[party] = _Party(Mirror(feed, self._client, stream, replicas=self._replicas))
        return self._parties[party]

    async def _fill(self, party: str) -> None:
        """Publish what a party's stream lacks; one that holds anything else is removed, to be filled anew."""
        known = self._party(party)
        try:
            if not known.is_known:
                if not known.is_within:
                    self._look_soon = True
                    return
                await known.mirror.resume()
                known.is_known = True
                self._woken.consumers.add(party)
            for _ in range(BATCHES_A_TURN):
                self._filled += await known.mirror.publish_next()
                if not known.mirror.has_more:
                    return
            self._woken.feed(party)
        except (StreamDiverged, StreamOfAnotherLog) as error:
            await self._refill(party, error)
        except _NOT_NOW as error:
            known.forget()
            _log.warning("A stream waits", action="feed-stream-waits", party=party, reason=_in_words(error))

    async def _refill(self, party: str, error: StreamDiverged | StreamOfAnotherLog) -> None:
        try:
            await self._remove(party, str(error))
            self._woken.feed(party)
        except _NOT_NOW as refused:
            _log.warning("A stream waits", action="feed-stream-waits", party=party, reason=_in_words(refused))

    async def _remove(self, party: str, reason: str) -> None:
        self._party(party).forget()
        _log.critical(
            "A party's stream holds what its feed does not: it is removed, and filled again from the feed",
            action="feed-stream-refilled",
            party=party,
            reason=reason,
        )
        self._metrics.refilled.inc()
        await self._jetstream.delete_stream(party)

    async def _furnish(self, party: str) -> None:
        """Have a party's stream have the consumers that were asked for, and note how far they have come."""
        known = self._party(party)
        if not known.is_known:  # nobody knows yet whose numbers those on the stream are
            return
        try:
            end = known.mirror.end
            chain, wanted = await self._store.wanted(party, at=end.position)
            if end.position and chain != end.chain:  # the feed was cut: the next look finds out
                return
            held = await self._jetstream.consumers(party)
            for name in held.keys() - {consumer.name for consumer in wanted}:
                await self._jetstream.remove(party, name)
            for consumer in wanted:
                await self._have(party, consumer, held.get(consumer.name))
        except StreamMissing:
            known.forget()
            self._woken.feed(party)
        except _NOT_NOW as error:
            _log.warning("Consumers wait", action="feed-consumers-wait", party=party, reason=_in_words(error))

    async def _have(self, party: str, consumer: Consumer, held: Held | None) -> None:
        if held is not None and is_made_from(held, consumer):
            if held.acknowledged > consumer.acknowledged:
                await self._store.reached(party, consumer, held.acknowledged)
        elif held is not None and begins_as(held, consumer):
            await self._jetstream.change(party, consumer, held)
        else:
            await self._jetstream.remove(party, consumer.name)
            await self._jetstream.make(party, consumer)
        if not consumer.ready:
            await self._store.made(party, consumer)


async def mirror_forever(
    database: Database, pool: Pool, client: Client, metrics: MirrorMetrics, *, replicas: int = 1
) -> None:
    """Mirror whenever no other process does, for ever, whatever is lost on the way."""
    while True:
        mirroring = Mirroring(pool, client, metrics, replicas=replicas)
        try:
            async with database.sole_holder(MIRROR_LOCK) as alone, mirroring.listening(database) as lost:
                metrics.is_active = True
                _log.info("Filling the streams of the parties", action="feeds-mirroring")
                await mirroring.run(lambda: alone.is_closed() or lost())
        except _NOT_NOW as error:
            _log.warning("Filling the streams pauses", action="feeds-mirroring-pauses", reason=_in_words(error))
        finally:
            metrics.is_active = False
        await asyncio.sleep(RETRY_SECONDS)


def round_seconds(filled: int) -> float:
    """Return how long a round takes at least in which so many events went onto streams."""
    return min(max(ROUND_SECONDS, filled * ROUND_SECONDS_FOR_EACH), LONGEST_ROUND_SECONDS)


def _is_as_left(known: _Party, last: int | None, end: Head) -> bool:
    """Tell whether a stream ends where it was left, and that is in the feed as far as the feed's end tells."""
    left = known.mirror.end
    if last != left.position or end.position < left.position:
        return False
    return end.position > left.position or end.chain == left.chain


async def see_to_each(parties: Iterable[str], work: Callable[[str], Awaitable[None]]) -> None:
    """Do something for many parties at once: what fails of one, as nobody foresaw, keeps no other from its own.

    It is done again at the next look, which finds that stream as it was.
    """
    room = asyncio.Semaphore(AT_ONCE)

    async def one(party: str) -> None:
        async with room:
            try:
                await work(party)
            except Exception:  # noqa: BLE001  # it fails loudly
                _log.exception("A party's stream is not seen to", action="feed-stream-fails", party=party)

    async with asyncio.TaskGroup() as group:
        for party in parties:
            group.create_task(one(party))


def _in_words(error: BaseException) -> str:
    return str(error) or type(error).__name__
