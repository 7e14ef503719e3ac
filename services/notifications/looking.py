"""What another service tells is looked at again and again, by one process at a time, for ever."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple, Protocol, TypeVar

import httpx
import msgspec
from prometheus_client import Gauge

from services.notifications.alerts import Alert
from services.notifications.errors import DayUnavailable, Unstorable
from services.notifications.store import AlertStore, sole_writer
from shared.bus.answered import check_answered
from shared.database import Database
from shared.errors import Unavailable
from shared.telemetry import logger

# A service that is being restarted is no news; one that stays away this long is.
PATIENCE_SECONDS: Final = 30.0

_log = logger()

T = TypeVar("T")


class Looking(Protocol):
    """What one process does alone with the tables."""

    async def look(self) -> bool:
        """Take what is new, and tell whether there is more to look at; raises Unavailable, which passes."""
        ...


class Unheard(NamedTuple):
    """What the log is told, once, when nobody has answered for long."""

    message: str
    action: str


class Turn(NamedTuple):
    """What is looked at: under which lock, by what, and how often. `heard` shows when that last succeeded."""

    lock: int
    begin: Callable[[AlertStore], Looking]
    every_seconds: float
    heard: Gauge
    unheard: Unheard


async def look_forever(database: Database, turn: Turn) -> None:
    """Look whenever no other process does, for ever."""
    heard_at = time.monotonic()
    silent = False
    while True:
        try:
            async with sole_writer(database, lock=turn.lock) as store:
                looking = turn.begin(store)
                while True:
                    more = await looking.look()
                    turn.heard.set_to_current_time()
                    heard_at, silent = time.monotonic(), False
                    if not more:
                        await asyncio.sleep(turn.every_seconds)
        except Unavailable as error:
            if not silent and time.monotonic() > heard_at + PATIENCE_SECONDS:
                silent = True
                _log.warning(turn.unheard.message, action=turn.unheard.action, reason=str(error))
        except Exception:  # noqa: BLE001  # it fails loudly and is tried again: no one thing may end it for all others
            _log.exception(turn.unheard.message, action="looking-fails", lock=turn.lock)
        await asyncio.sleep(turn.every_seconds)


class Today(msgspec.Struct, frozen=True):
    """Which legal day it is, and the time, by agreements' clock."""

    today: date
    as_of: datetime


TodayFeed = Callable[[], Awaitable[Today]]
"""Returns which legal day it is by agreements' clock; raises DayUnavailable."""


def today_from(http: httpx.AsyncClient, agreements_url: str, token: str) -> TodayFeed:
    """Return agreements' word on which legal day it is."""

    async def read() -> Today:
        try:
            return await told_by(http, f"{agreements_url}/v1/deadlines/today", token, Today)
        except (httpx.HTTPError, ValueError) as error:
            raise DayUnavailable(reason=str(error) or type(error).__name__) from error

    return read


async def add_each(store: AlertStore, alerts: Sequence[Alert], *, writes: bool) -> Collection[str]:
    """Put alerts in inboxes, and return those that were not there: one that cannot be kept keeps no other."""
    try:
        return await store.add(alerts, writes=writes)
    except Unstorable as error:
        if len(alerts) == 1:
            reason = str(error)
            _log.error("An alert cannot be kept", action="alert-unstorable", alert=alerts[0].id, reason=reason)
            return ()
    return [added for alert in alerts for added in await add_each(store, [alert], writes=writes)]


async def told_by(
    http: httpx.AsyncClient, address: str, token: str, form: type[T], asked: dict[str, int | str] | None = None
) -> T:
    """Return what a service answers at an address; raises httpx.HTTPError, or ValueError with what it said instead."""
    answer = await http.get(address, params=asked, headers={"Authorization": f"Bearer {token}"})
    check_answered(answer)
    return msgspec.json.decode(answer.content, type=form)
