"""Reads which deadlines are near, again and again, and gives each reminder once."""

import time
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import Final

import httpx
import msgspec
from prometheus_client import CollectorRegistry, Gauge

from services.notifications.errors import DeadlinesUnavailable
from services.notifications.looking import TodayFeed, Turn, Unheard, add_each, look_forever, told_by
from services.notifications.reminders.model import DAYS_BEFORE, Deadline, circle_of, reminders_of
from services.notifications.store import REMINDER_LOCK, AlertStore
from shared.database import Database
from shared.telemetry import logger

LOOK_SECONDS: Final = 5.0
# Deadlines move within a day as well; beyond the first page they are looked at so often.
WHOLE_SECONDS: Final = 600.0
_PAGE: Final = 200
_LISTS: Final = ("/v1/deadlines", "/v1/deadlines/announced")

_log = logger()


class DeadlinePage(msgspec.Struct, frozen=True):
    """Some deadlines, the soonest first, and where the next page begins."""

    items: tuple[Deadline, ...]
    next: str | None


DeadlineFeed = Callable[[str | None], Awaitable[DeadlinePage]]
"""Given where a page begins, returns it, of those deadlines near enough; raises DeadlinesUnavailable."""


class ReminderMetrics:
    """What an operator watches: that somebody reminds."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.looked = Gauge(
            "moiety_deadlines_looked_at_timestamp_seconds",
            "When this process last asked agreements which deadlines are near and was answered; 0 where it stands by.",
            registry=registry,
        )


class Reminding:
    """Gives reminders; one at a time, by the lock that its store holds.

    What was given it keeps in memory for the day alone: the alerts themselves say it, so whoever begins again repeats
    none.
    """

    def __init__(self, store: AlertStore, feed: DeadlineFeed, today: TodayFeed, *, writes: bool = False) -> None:
        self._store = store
        self._feed = feed
        self._today = today
        self._writes = writes
        self._day: date | None = None
        self._whole_at = 0.0
        self._given: set[str] = set()

    async def look(self) -> bool:
        """Give what is to be given today, all of it; raises DayUnavailable, DeadlinesUnavailable, InboxUnavailable."""
        # The day first: the soonest deadline may be weeks away, and what is announced is looked through once a day.
        now, page = await self._today(), await self._feed(None)
        if now.today != self._day:
            self._day, self._whole_at, self._given = now.today, 0.0, set()
        progress = await self._store.progress()
        if progress.remembered < progress.alerted:
            return False  # who knows of what is being learned again: whoever left since would still be there
        is_whole = not self._whole_at or time.monotonic() - self._whole_at >= WHOLE_SECONDS
        await self._remind(page)
        while is_whole and page.next is not None:
            page = await self._feed(page.next)
            await self._remind(page)
        if is_whole:
            self._whole_at = time.monotonic()
        return False

    async def _remind(self, page: DeadlinePage) -> None:
        # Whoever has not been told of a thing yet is not reminded of it: what is known goes as far as alerts do.
        position = await self._store.position()
        circles = await self._store.remembered({circle_of(deadline) for deadline in page.items if not deadline.asked})
        reminders = reminders_of(page.items, circles, position=position)
        if new := [reminder for reminder in reminders if reminder.id not in self._given]:
            if added := await add_each(self._store, new, writes=self._writes):
                _log.info("Reminded of deadlines", action="deadlines-reminded", count=len(added))
            self._given.update(reminder.id for reminder in new)


def deadlines_from(http: httpx.AsyncClient, agreements_url: str, token: str) -> DeadlineFeed:
    """Return agreements' list of those deadlines of which it may be time to remind.

    First what is due, the soonest of it on the first page, and then what is announced.
    """

    async def read(cursor: str | None) -> DeadlinePage:
        path, _, after = (cursor or _LISTS[0]).partition(" ")
        asked: dict[str, int | str] = {"within": max(DAYS_BEFORE), "limit": _PAGE}
        asked |= {"cursor": after} if after else {}
        try:
            page = await told_by(http, f"{agreements_url}{path}", token, DeadlinePage, asked)
            following = next(iter(_LISTS[_LISTS.index(path) + 1 :]), None)
            return DeadlinePage(page.items, following if page.next is None else f"{path} {page.next}")
        except (httpx.HTTPError, ValueError) as error:
            raise DeadlinesUnavailable(reason=str(error) or type(error).__name__) from error

    return read


async def remind_forever(
    database: Database, feed: DeadlineFeed, today: TodayFeed, metrics: ReminderMetrics, *, writes: bool = False
) -> None:
    """Give reminders whenever no other process does, for ever."""
    unheard = Unheard("Nobody is reminded of deadlines", action="deadlines-unheard")
    begin = partial(Reminding, feed=feed, today=today, writes=writes)
    await look_forever(database, Turn(REMINDER_LOCK, begin, LOOK_SECONDS, metrics.looked, unheard))
