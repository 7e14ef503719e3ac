"""Alerts of the ledger's alarms: read from its feed again and again, and each alerted of once."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import httpx
import msgspec
from prometheus_client import CollectorRegistry, Gauge

from services.notifications.alarms.model import Alarm, alerts_of, circles_of
from services.notifications.errors import AlarmsUnavailable
from services.notifications.looking import Turn, Unheard, add_each, look_forever, told_by
from services.notifications.store import ALARM_LOCK, AlertStore
from shared.database import Database
from shared.telemetry import logger

LOOK_SECONDS: Final = 2.0

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
            if added := await add_each(self._store, alerts, writes=self._writes):
                _log.info("Alerted of what the ledger noticed", action="alarms-alerted", count=len(added))
        # Not beyond what has been alerted of: whom an alarm there concerns is not known yet.
        before, self._after = self._after, max(self._after, min(page.final, alerted))
        return bool(page.alarms) and self._after > before


def alarms_from(http: httpx.AsyncClient, ledger_url: str, token: str) -> AlarmFeed:
    """Return the ledger's feed of alarms."""

    async def read(after: int) -> AlarmPage:
        try:
            return await told_by(http, f"{ledger_url}/v1/alarms/feed", token, AlarmPage, {"after": after})
        except (httpx.HTTPError, ValueError) as error:
            raise AlarmsUnavailable(after=after, reason=str(error) or type(error).__name__) from error

    return read


async def alarm_forever(database: Database, feed: AlarmFeed, metrics: AlarmMetrics, *, writes: bool = False) -> None:
    """Alert of the ledger's alarms whenever no other process does, for ever."""
    unheard = Unheard("The ledger's alarms are not heard", action="alarms-unheard")
    begin = partial(Alarming, feed=feed, writes=writes)
    await look_forever(database, Turn(ALARM_LOCK, begin, LOOK_SECONDS, metrics.heard, unheard))
