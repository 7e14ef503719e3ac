"""Alerts of the ledger's alarms: read from its feed again and again, and each alerted of once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import httpx
import msgspec
from prometheus_client import CollectorRegistry, Gauge

from services.notifications.alarms import Alarm, alerts_of, circles_of
from services.notifications.alerts import Alert
from services.notifications.errors import AlarmsUnavailable
from services.notifications.mail.recipients import Delivery, deliveries_of, needed_to_deliver
from services.notifications.store import ALARM_LOCK, AlertStore, sole_writer
from shared.bus.answered import check_answered
from shared.database import Database
from shared.errors import Unavailable
from shared.telemetry import logger

LOOK_SECONDS: Final = 2.0
# A ledger that is being restarted is no news; one that stays away this long is.
PATIENCE_SECONDS: Final = 30.0

_log = logger()


class AlarmPage(msgspec.Struct, frozen=True):
    """Alarms above the position asked for; nothing will be added to them at or below the position `final`."""

    alarms: tuple[Alarm, ...]
    final: int


AlarmFeed = Callable[[int], Awaitable[AlarmPage]]
"""Given a position, returns the ledger's alarms above it; raises AlarmsUnavailable."""


class AlarmMetrics:
    """What an operator watches: that the ledger's alarms are heard."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.heard = Gauge(
            "moiety_alarms_heard_timestamp_seconds",
            "When this process last asked the ledger for its alarms and was answered; 0 where it stands by.",
            registry=registry,
        )


class Alarming:
    """Alerts of what the ledger noticed; one at a time, by the lock that its store holds.

    Where it is in the feed it keeps in memory alone: what was alerted of is known by the alerts themselves, so
    whoever begins again goes through all alarms and repeats none.
    """

    def __init__(self, store: AlertStore, feed: AlarmFeed, *, writes: bool = False) -> None:
        self._store = store
        self._feed = feed
        self._writes = writes
        self._after = 0

    async def look(self) -> bool:
        """Alert of what is new, and tell whether there is more to look at."""
        page = await self._feed(self._after)
        alerted = await self._store.position()
        if page.alarms:
            told = await self._store.told_of({alarm.position for alarm in page.alarms})
            circles = await self._store.remembered({name for alarm in page.alarms for name in circles_of(alarm, told)})
            alerts = [alert for alarm in page.alarms for alert in alerts_of(alarm, told, circles, alerted=alerted)]
            if added := await self._store.add(alerts, await self._deliveries(alerts)):
                _log.info("Alerted of what the ledger noticed", action="alarms-alerted", count=len(added))
        # Not beyond what has been alerted of: whom an alarm there concerns is not known yet.
        before, self._after = self._after, max(self._after, min(page.final, alerted))
        return bool(page.alarms) and self._after > before

    async def _deliveries(self, alerts: Sequence[Alert]) -> list[Delivery]:
        if not self._writes:
            return []
        return deliveries_of(alerts, await self._store.remembered(needed_to_deliver(alerts)))


def alarms_from(http: httpx.AsyncClient, ledger_url: str, token: str) -> AlarmFeed:
    """Return the ledger's feed of alarms."""

    async def read(after: int) -> AlarmPage:
        try:
            answer = await http.get(
                f"{ledger_url}/v1/alarms/feed", params={"after": after}, headers={"Authorization": f"Bearer {token}"}
            )
            check_answered(answer)
            return msgspec.json.decode(answer.content, type=AlarmPage)
        except (httpx.HTTPError, ValueError) as error:
            raise AlarmsUnavailable(after=after, reason=str(error) or type(error).__name__) from error

    return read


async def alarm_forever(database: Database, feed: AlarmFeed, metrics: AlarmMetrics, *, writes: bool = False) -> None:
    """Alert of the ledger's alarms whenever no other process does, for ever."""
    heard_at = time.monotonic()
    silent = False
    while True:
        try:
            async with sole_writer(database, lock=ALARM_LOCK) as store:
                alarming = Alarming(store, feed, writes=writes)
                while True:
                    more = await alarming.look()
                    metrics.heard.set_to_current_time()
                    heard_at, silent = time.monotonic(), False
                    if not more:
                        await asyncio.sleep(LOOK_SECONDS)
        except Unavailable as error:
            if not silent and time.monotonic() > heard_at + PATIENCE_SECONDS:
                silent = True
                _log.warning("The ledger's alarms are not heard", action="alarms-unheard", reason=str(error))
        await asyncio.sleep(LOOK_SECONDS)
