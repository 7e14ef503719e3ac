"""The part that sends: each webhook has a lane of its own, so that a slow receiver holds nobody else's events."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.notifications.errors import InboxUnavailable
from services.notifications.live import EVERYBODY, Wakeups, wait_for
from services.notifications.webhooks.endpoints import Destination, message_of
from services.notifications.webhooks.post import Answered, Poster
from services.notifications.webhooks.schedule import following
from services.notifications.webhooks.store import DeliveryStore, Due, Made
from shared.database import Database
from shared.parts import end_all
from shared.settings import Settings
from shared.telemetry import logger

ROUND_SECONDS: Final = 0.05
LOOK_SECONDS: Final = 0.5
FORGET_SECONDS: Final = 3_600.0
# What came of attempts is written so many together, or so late: each write reaches the disk.
_SETTLED_WITHIN_SECONDS: Final = 0.03
_SETTLE_RETRY_SECONDS: Final = 0.25
# How much longer than an attempt whoever took something has to tell what came of it.
_SETTLING_SECONDS: Final = 5.0
# A lane that met what nobody foresaw is not opened again for so long.
_SHUT_SECONDS: Final = 60.0
# To the database, for all lanes of a process.
_CONNECTIONS: Final = 4

_log = logger()


class Pace(NamedTuple):
    """How fast it is sent, how long is waited, and for how long in vain."""

    retries_seconds: tuple[float, ...]
    timeout_seconds: float
    failing_seconds: float
    # Under way at once in this process, and of one webhook.
    most: int
    most_of_one: int = 32

    @property
    def lease_seconds(self) -> float:
        return self.timeout_seconds + _SETTLING_SECONDS


class SenderMetrics:
    """What an operator watches: whether webhooks are taken."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.attempts = Counter(
            "moiety_webhook_attempts", "Attempts to deliver a webhook, by outcome.", ["outcome"], registry=registry
        )
        self.under_way = Gauge("moiety_webhooks_under_way", "Webhooks under way in this process.", registry=registry)
        self.failing = Gauge(
            "moiety_webhooks_failing_seconds",
            "For how long the webhook fails that does for longest.",
            registry=registry,
        )


class Sender:
    """Sends what is due, of all webhooks, beside any number of other processes that do."""

    def __init__(
        self, store: DeliveryStore, poster: Poster, wakeups: Wakeups, metrics: SenderMetrics, pace: Pace
    ) -> None:
        self._store = store
        self._poster = poster
        self._wakeups = wakeups
        self._metrics = metrics
        self._pace = pace
        self._free = pace.most
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._shut_until: dict[str, float] = {}

    async def run(self) -> None:
        """Send for ever."""
        forget_at = look_at = time.monotonic()
        try:
            with self._wakeups.following(EVERYBODY) as woken:
                while True:
                    woken.clear()
                    try:
                        await self._open_lanes()
                        if time.monotonic() >= look_at:
                            self._metrics.failing.set(await self._store.longest_failing_seconds())
                            look_at = time.monotonic() + LOOK_SECONDS
                        if time.monotonic() >= forget_at:
                            await self._store.forget()
                            forget_at = time.monotonic() + FORGET_SECONDS
                    except InboxUnavailable as error:
                        _log.warning("Sending pauses", action="sending-pauses", reason=str(error))
                    except Exception:  # noqa: BLE001  # it fails loudly and is tried again: no one webhook may end all
                        _log.exception("What is to be sent cannot be read", action="sending-failed")
                    # It is woken by every event: what comes at the same time is looked for once.
                    await asyncio.sleep(ROUND_SECONDS)
                    await wait_for(woken, LOOK_SECONDS)
        finally:
            await end_all(self._lanes.values())

    async def _open_lanes(self) -> None:
        for webhook in await self._store.busy():
            if webhook in self._lanes or self._shut_until.get(webhook, 0) > time.monotonic():
                continue
            lane = asyncio.create_task(self._send_in_turn(webhook), name=f"webhook-{webhook}")
            self._lanes[webhook] = lane
            lane.add_done_callback(partial(self._close, webhook))

    def _close(self, webhook: str, _lane: asyncio.Task[None]) -> None:
        del self._lanes[webhook]

    async def _send_in_turn(self, webhook: str) -> None:
        """Send what there is of one webhook, and keep what came of it, until there is nothing more for now."""
        lane = _Lane(webhook, self._store, self._pace)
        try:
            while True:
                await self._begin(lane)
                if not lane.under_way and not lane.made:
                    return
                await lane.settle()
        except InboxUnavailable as error:
            _log.warning("Sending pauses", action="sending-pauses", reason=str(error))
        except Exception:  # noqa: BLE001  # one webhook that nobody foresaw must not end those of all others
            self._shut_until[webhook] = time.monotonic() + _SHUT_SECONDS
            _log.exception("A webhook cannot be sent", action="sending-failed", webhook=webhook)
        finally:
            await end_all(lane.under_way)

    async def _begin(self, lane: "_Lane") -> None:
        """Begin what is due, within what may be under way: never all that is left of it, so that others get theirs."""
        room = min(self._pace.most_of_one - len(lane.under_way), max(self._free // 2, min(self._free, 1)))
        # Kept free from now on: meanwhile other lanes look.
        self._free -= room
        begun = 0
        try:
            for due, destination in await lane.take(room):
                attempt = asyncio.create_task(self._attempt(destination, due))
                attempt.add_done_callback(self._release)
                lane.under_way[attempt] = due
                begun += 1
        finally:
            self._free += room - begun

    def _release(self, _attempt: asyncio.Task[Answered]) -> None:
        self._free += 1

    async def _attempt(self, destination: Destination, due: Due) -> Answered:
        with self._metrics.under_way.track_inprogress():
            message = message_of(destination.webhook, due.item, destination.payload)
            answered = await self._poster.post(destination.url, message, destination.keys)
        self._metrics.attempts.labels(answered.answer.outcome).inc()
        return answered


class _Lane:
    """What is under way of one webhook, and what came of it and is not kept yet."""

    def __init__(self, webhook: str, store: DeliveryStore, pace: Pace) -> None:
        self.under_way: dict[asyncio.Task[Answered], Due] = {}
        self.made: list[Made] = []
        self._webhook = webhook
        self._store = store
        self._pace = pace
        self._ordered = False

    async def take(self, room: int) -> list[tuple[Due, Destination]]:
        """Take more once half of what may be under way is done: little by little would cost as much each time."""
        idle = not self.under_way
        if room < 1 or not (idle or (not self._ordered and room >= self._pace.most_of_one // 2)):
            return []
        taken = await self._store.take(self._webhook, most=room, lease_seconds=self._pace.lease_seconds)
        if taken is None:
            return []
        self._ordered = taken.destination.ordered
        return [(due, taken.destination) for due in taken.due]

    async def settle(self) -> None:
        """Wait for some of what is under way, and keep what came of it."""
        until = time.monotonic() + _SETTLED_WITHIN_SECONDS
        while self.under_way and len(self.made) < self._pace.most_of_one // 2:
            # Until the first is done however long it takes; then only for what is done in a moment as well.
            left = max(until - time.monotonic(), 0) if self.made else None
            done, _ = await asyncio.wait(self.under_way, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                break
            if not self.made:
                until = time.monotonic() + _SETTLED_WITHIN_SECONDS
            for attempt in done:
                self.made.append(self._made(self.under_way.pop(attempt), attempt.result()))
        await self._keep()

    def _made(self, due: Due, answered: Answered) -> Made:
        attempt = due.attempts + 1
        chance = secrets.SystemRandom().random()
        after = following(answered.answer, attempt, self._pace.retries_seconds, chance)
        return Made(due.item.number, attempt, answered.answer, after)

    async def _keep(self) -> None:
        """Keep what came of attempts, for as long as nobody else takes them up: else they are made again."""
        until = time.monotonic() + self._pace.lease_seconds
        made, self.made = self.made, []
        while made:
            try:
                await self._store.settle(self._webhook, made, failing_seconds=self._pace.failing_seconds)
            except InboxUnavailable:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(_SETTLE_RETRY_SECONDS)
            else:
                return


@contextlib.asynccontextmanager
async def sending(
    settings: Settings, database: Database, wakeups: Wakeups, metrics: SenderMetrics
) -> AsyncIterator[tuple[Poster, Sender]]:
    """Give what sends as a service is told to, and what it sends with."""
    pace = Pace(
        retries_seconds=settings.webhook_retries_seconds,
        timeout_seconds=settings.webhook_timeout_seconds,
        failing_seconds=settings.webhook_failing_seconds,
        most=settings.webhooks_under_way,
    )
    development = settings.environment == "development"
    async with (
        # Of its own: whoever sends much keeps nobody who asks from a connection.
        database.pool(most=_CONNECTIONS) as pool,
        Poster(timeout_seconds=pace.timeout_seconds, most=pace.most, development=development) as poster,
    ):
        yield poster, Sender(DeliveryStore(pool), poster, wakeups, metrics, pace)
