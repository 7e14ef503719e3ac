"""Alerts of every event on the stream: a batch of them becomes alerts, feeds and progress in one transaction."""

import asyncio
import contextlib
from collections import Counter as Counting
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.notifications.batch import Batch, Progress
from services.notifications.errors import PositionSkipped, Unstorable
from services.notifications.feeds.writing import concerning, linked
from services.notifications.kept import Kept
from services.notifications.mail.recipients import Delivery, deliveries_of, needed_to_deliver
from services.notifications.meaning import Meaning, Reading, put_aside, read_messages
from services.notifications.store import AlertStore, sole_writer
from services.notifications.taking_up import take_up_readable
from shared.bus.catch_up import FeedUnavailable
from shared.bus.consumer import StreamMessage
from shared.bus.follow import Feed, Following, Source, Turn, follow_forever
from shared.bus.lag import Lag
from shared.database import Database
from shared.events.concerned import EDITION, EVERYBODY, Circle
from shared.log.chain import START, Head, HistoryDiverged, chain_text
from shared.parts import end_all
from shared.telemetry import logger

_BUCKETS_SECONDS: Final = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 60.0)

# How many events are written at once. Whatever else this process serves waits while so many are worked out.
PART: Final = 500

_log = logger()


class ConsumerMetrics:
    """What an operator watches: how far, how much, how late, and what could not be read."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.active = Gauge(
            "moiety_alerting", "1 in the one process that alerts, 0 in those that stand by.", registry=registry
        )
        self.position = Gauge("moiety_alerted_position", "The last event that was alerted of.", registry=registry)
        self.lag = Lag(registry, of="alerting", position=self.position)
        self.alerts = Counter("moiety_alerts", "Alerts of events put in inboxes.", ("class",), registry=registry)
        self.diverged = Gauge(
            "moiety_alerting_diverged",
            "1 while what is published is not the history that was alerted of: nobody is alerted of anything.",
            registry=registry,
        )
        self.quarantined = Counter("moiety_quarantined", "Events that could not be read.", registry=registry)
        self.put_aside = Gauge(
            "moiety_put_aside", "Events that nobody was alerted of yet, in the process that alerts.", registry=registry
        )
        self.seconds = Histogram(
            "moiety_alert_delay_seconds", "From recording to alert.", registry=registry, buckets=_BUCKETS_SECONDS
        )

    def recorded(self, batch: Batch) -> None:
        """Count a batch that is durable."""
        now = datetime.now(UTC)
        self.position.set(batch.position)
        self.quarantined.inc(len(batch.quarantined))
        self.put_aside.inc(len(batch.quarantined) - len(batch.taken_up))
        for class_, count in Counting(alert.class_ for alert in batch.alerts).items():
            self.alerts.labels(class_).inc(count)
        for alert in batch.alerts:
            self.seconds.observe((now - alert.recorded_at).total_seconds())


class Alerting:
    """Alerts of what follows the stored position; one at a time, by the lock that its store holds.

    Where it `writes`, what is alerted of is sent to the parties' representatives as well; and where it `asks`, whoever
    is named in a contribution is sent a letter of their own. Neither is about what the log held before these inboxes
    began: where they are made anew, that was sent long ago.
    """

    def __init__(
        self, store: AlertStore, metrics: ConsumerMetrics, *, writes: bool = False, asks: bool = False
    ) -> None:
        self._store = store
        self._kept = Kept(store)
        self._metrics = metrics
        self._writes = writes
        self._asks = asks
        self._progress = Progress(0, 0, START.chain)
        self._wanted: Collection[int] = frozenset()

    @property
    def position(self) -> int:
        """The last event taken: what is remembered goes so far, alerts perhaps farther."""
        return self._progress.remembered

    async def resume(self) -> int:
        """Read how far it has come and return after which event to go on."""
        self._kept.forget()
        await self._store.agree_on(EDITION)
        if readable := await take_up_readable(self._store):
            _log.info("What was put aside can be read now", action="taken-up", count=len(readable), first=readable[0])
        self._progress = await self._store.progress()
        self._wanted = await self._store.wanted()
        self._metrics.put_aside.set(await self._store.count_aside())
        if self._progress.remembered < self._progress.alerted:
            _log.info("What earlier events said is learned again", action="relearning", until=self._progress.alerted)
        return self.position

    async def resume_in(self, log: Feed) -> Head:
        """Do the same, and return which history that was; where nobody knows yet, the log is asked this once."""
        position = await self.resume()
        if self._progress.began_after is None:
            began_after = await _end_of(log)
            await self._store.begin_after(began_after)
            self._progress = self._progress._replace(began_after=began_after)
            _log.info("Inboxes begin", action="begun", after=began_after)
        chain = self._progress.chain
        if chain is None:
            chain = await log.chain_at(position)
            await self._store.keep_chain(position, chain)
            self._progress = self._progress._replace(chain=chain)
            _log.info(
                "Took from the log which history it was that was followed before there were chains",
                action="chain-taken",
                position=position,
                chain=chain_text(chain),
            )
        return Head(position, chain)

    async def take(self, messages: Sequence[StreamMessage]) -> None:
        """Alert of what is new in a batch; raises PositionSkipped when its next event is missing."""
        new = [message for message in messages if message.position > self.position]
        if len(new) < len(messages):
            _log.info("These events were alerted of before", action="ignored", count=len(messages) - len(new))
        if not new:
            return
        if [message.position for message in new] != list(range(self.position + 1, self.position + 1 + len(new))):
            raise PositionSkipped(expected=self.position + 1, got=new[0].position)
        try:
            # Once: by many events somebody new comes to know of earlier ones, and each time those after it are left.
            reading = read_messages(new)
            while new:
                new = await self._take_on(new, reading)
        except Unstorable:
            await self._record_separately([message for message in new if message.position > self.position])

    async def _take_on(self, messages: list[StreamMessage], reading: Reading) -> list[StreamMessage]:
        """Record what messages mean, and return those left: from where somebody next comes to know of earlier ones.

        They are written in parts, and the next is worked out while the one before it is written.
        """
        meaning = await self._meaning_of(messages, reading)
        taken = [message for message in messages if message.position <= meaning.until]
        writing: asyncio.Task[None] | None = None
        try:
            for start in range(0, len(taken), PART):
                batch = meaning.of(taken[start : start + PART], self._progress, asks=self._asks)
                if writing is not None:
                    await writing
                if self._writes:
                    batch = batch._replace(deliveries=await self._deliveries(batch, meaning))
                writing = asyncio.create_task(self._record(batch))
                await asyncio.sleep(0)  # so that it is sent before the processor is busy with the next
            if writing is not None:
                await writing
        finally:
            if writing is not None and not writing.done():
                await end_all([writing])
        return messages[len(taken) :]

    async def _meaning_of(self, messages: Sequence[StreamMessage], reading: Reading) -> Meaning:
        """Return what there is to know of messages; what came before it is in the feed of whoever is new to that."""
        self._kept.make_room()
        left = reading.after(messages[0].position - 1)
        names = {name for each in left.readable for name in each.names}
        self._kept.begin(each.event.envelope.stream for each in left.readable if each.event.envelope.version == 1)
        states = await self._kept.remembered(names)
        if assets := linked(states.values()) - names:
            states |= await self._kept.remembered(assets)
        circles = {name: state for name, state in states.items() if isinstance(state, Circle)}
        found = concerning([each.event for each in left.readable], circles, fed=self._progress.fed)
        for party, circles_of in found.newcomers.items():
            await self._bring(party, circles_of, before=found.events[0].position)
        parties = {party for event in found.events for party in event.parties}
        heads = await self._kept.heads(None if EVERYBODY in parties else parties)
        until = messages[-1].position if found.cut is None else found.cut - 1
        return Meaning(left, names, states, found.events, heads, until, self._wanted)

    async def _deliveries(self, batch: Batch, meaning: Meaning) -> list[Delivery]:
        """Return to whom the alerts of a part are sent, by who may act for their recipients after it.

        Whom they go to is known only now; and what no event of these messages changes is what is stored of it.
        """
        alerts = [each for each in batch.alerts if each.position > (self._progress.began_after or 0)]
        lacking = needed_to_deliver(alerts) - {*meaning.names} - meaning.looked_up
        if lacking:
            meaning.states |= await self._kept.remembered(lacking)
            meaning.looked_up |= lacking
        return deliveries_of(alerts, meaning.states)

    async def _bring(self, party: str, circles: Sequence[str], *, before: int) -> None:
        brought = 0
        while more := await self._kept.bring(party, circles, before=before):
            brought += more
        if brought:
            _log.info("A party was brought what came before it", action="brought", party=party, count=brought)

    async def _record_separately(self, messages: Sequence[StreamMessage]) -> None:
        """Put aside alone the event whose values do not fit, so that its neighbours are told."""
        for message in messages:
            try:
                await self._take_on([message], read_messages([message]))
            except Unstorable as error:
                unread = [put_aside(message, error)] if message.position > self._progress.alerted else []
                await self._record(Batch(message.position, message.chain, quarantined=unread))

    async def _record(self, batch: Batch) -> None:
        try:
            await self._store.record(self._progress, batch)
        except BaseException:
            self._kept.forget()  # whether it was written is not known, or somebody else has written
            raise
        self._kept.wrote(batch)
        alerted, fed = (max(before, batch.position) for before in (self._progress.alerted, self._progress.fed))
        self._progress = Progress(alerted, batch.position, batch.chain, fed, self._progress.began_after)
        self._metrics.recorded(batch)
        for message in batch.quarantined:
            _log.error(
                "An event could not be read; nobody was alerted of it",
                action="quarantined",
                position=message.position,
                subject=message.subject,
                reason=message.reason,
            )


class Divergence:
    """Whether what is published is the history that was alerted of, for readiness and metrics."""

    def __init__(self, metrics: ConsumerMetrics) -> None:
        self._metrics = metrics
        self._reason: str | None = None

    async def diverged(self, diverged: HistoryDiverged) -> None:
        self._reason = f"HistoryDiverged {diverged}"
        self._metrics.diverged.set(1)

    async def agreed(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Tell of no difference: it is the same history again, or another process alerts now, and tells."""
        self._reason = None
        self._metrics.diverged.set(0)

    async def reason(self) -> str | None:
        """Return why nobody is alerted, if so."""
        return self._reason


async def alert_forever(  # noqa: PLR0913  # what it follows, and whom it writes to
    database: Database,
    source: Source,
    metrics: ConsumerMetrics,
    divergence: Divergence,
    *,
    writes: bool = False,
    asks: bool = False,
) -> None:
    """Alert whenever no other process does, for ever, whatever is lost on the way."""

    @contextlib.asynccontextmanager
    async def alerting() -> AsyncIterator[Turn]:
        async with sole_writer(database, stands_by=divergence.forget) as store:
            turn = Alerting(store, metrics, writes=writes, asks=asks)
            yield Turn(partial(turn.resume_in, source.feed), turn.take)

    following = Following("alerting", metrics.active, metrics.position, divergence.diverged, divergence.agreed)
    await follow_forever(source, alerting, following)


async def _end_of(log: Feed) -> int:
    """Return where the log ends; 0 where it does not answer: then whoever begins with all others is there before it."""
    try:
        return await log.last_position(0)
    except FeedUnavailable:
        return 0
