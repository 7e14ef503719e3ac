"""Alerts of every event on the stream: a batch of them becomes alerts and progress in one transaction."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.notifications.alerts import Alert, alerts_for
from services.notifications.errors import PositionSkipped, Unstorable
from services.notifications.known import KnownStream, learn, streams_concerned
from services.notifications.store import AlertStore, Batch, Quarantined, sole_writer
from shared.bus.consumer import StreamMessage
from shared.bus.follow import FollowMetrics, Source, Turn, follow_forever
from shared.database import Database
from shared.log.envelope import Envelope, MalformedEvent, decode
from shared.telemetry import logger

_BUCKETS_SECONDS: Final = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 60.0)

_log = logger()


class ConsumerMetrics:
    """What an operator watches: how far, how much, how late, and what could not be read."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.active = Gauge(
            "moiety_alerting", "1 in the one process that alerts, 0 in those that stand by.", registry=registry
        )
        self.position = Gauge("moiety_alerted_position", "The last event that was alerted of.", registry=registry)
        self.alerts = Counter("moiety_alerts", "Alerts put in inboxes.", ("class",), registry=registry)
        self.quarantined = Counter("moiety_quarantined", "Events that could not be read.", registry=registry)
        self.seconds = Histogram(
            "moiety_alert_delay_seconds", "From recording to alert.", registry=registry, buckets=_BUCKETS_SECONDS
        )

    def recorded(self, batch: Batch) -> None:
        """Count a batch that is durable."""
        now = datetime.now(UTC)
        self.position.set(batch.position)
        self.quarantined.inc(len(batch.quarantined))
        for alert in batch.alerts:
            self.alerts.labels(alert.class_).inc()
            self.seconds.observe((now - alert.recorded_at).total_seconds())


class Alerting:
    """Alerts of what follows the stored position; one at a time, by the lock that its store holds."""

    def __init__(self, store: AlertStore, metrics: ConsumerMetrics) -> None:
        self._store = store
        self._metrics = metrics
        self.position = 0

    async def resume(self) -> int:
        """Read the stored position and return it."""
        self.position = await self._store.position()
        return self.position

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
            await self._record(await self._meaning_of(new))
        except Unstorable:
            await self._record_separately(new)

    async def _meaning_of(self, messages: Sequence[StreamMessage]) -> Batch:
        readable, quarantined = read_messages(messages)
        streams = {stream for _, envelope in readable for stream in streams_concerned(envelope)}
        known = await self._store.known(streams) if streams else {}
        alerts, learned = tell(readable, known)
        return Batch(messages[-1].position, alerts, learned, quarantined)

    async def _record_separately(self, messages: Sequence[StreamMessage]) -> None:
        """Put aside alone the event whose values do not fit, so that its neighbours are told."""
        for message in messages:
            try:
                await self._record(await self._meaning_of([message]))
            except Unstorable as error:
                await self._record(Batch(message.position, quarantined=[_put_aside(message, error)]))

    async def _record(self, batch: Batch) -> None:
        await self._store.record(self.position, batch)
        self.position = batch.position
        self._metrics.recorded(batch)
        for message in batch.quarantined:
            _log.error(
                "An event could not be read; nobody was alerted of it",
                action="quarantined",
                position=message.position,
                subject=message.subject,
                reason=message.reason,
            )


async def alert_forever(database: Database, source: Source, metrics: ConsumerMetrics) -> None:
    """Alert whenever no other process does, for ever, whatever is lost on the way."""

    @contextlib.asynccontextmanager
    async def alerting() -> AsyncIterator[Turn]:
        async with sole_writer(database) as store:
            turn = Alerting(store, metrics)
            yield Turn(turn.resume, turn.take)

    await follow_forever(source, alerting, FollowMetrics(metrics.active, metrics.position), action="alerting")


def read_messages(
    messages: Sequence[StreamMessage],
) -> tuple[list[tuple[int, Envelope]], list[Quarantined]]:
    """Return the events in a batch by position, and the messages that are none: those are put aside, never waited on.

    The inbox is no evidence of ownership: one event nobody can read must not keep all later ones from everybody.
    """
    readable: list[tuple[int, Envelope]] = []
    quarantined: list[Quarantined] = []
    for message in messages:
        try:
            readable.append((message.position, decode(message.body)))
        except MalformedEvent as error:
            quarantined.append(_put_aside(message, error))
    return readable, quarantined


def tell(
    events: Sequence[tuple[int, Envelope]], known: Mapping[str, KnownStream]
) -> tuple[list[Alert], dict[str, KnownStream]]:
    """Return the alerts of consecutive events, and what they change in what is known."""
    alerts: list[Alert] = []
    learned: dict[str, KnownStream] = {}
    now_known = dict(known)
    for position, envelope in events:
        alerts.extend(alerts_for(position, envelope, now_known))
        changed = learn(now_known, envelope)
        now_known.update(changed)
        learned.update(changed)
    return alerts, learned


def _put_aside(message: StreamMessage, error: Exception) -> Quarantined:
    # The error may quote the message, and the one character that text in PostgreSQL cannot hold with it.
    reason = str(error).replace("\0", "\N{REPLACEMENT CHARACTER}")
    return Quarantined(message.position, message.subject, message.body, reason)
