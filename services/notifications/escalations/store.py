"""What asks for acknowledgement, over the connection of the one process that counts its days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

import asyncpg
import msgspec

from services.notifications.alerts import INBOX, Alert
from services.notifications.errors import InboxUnavailable
from services.notifications.escalations.model import Unacknowledged
from services.notifications.mail.recipients import EMAIL
from shared.database import Connection, reaching

_UNCOUNTED: Final = """
    SELECT waiting.alert, alert.agreement
    FROM (
        SELECT alert FROM escalation WHERE NOT closed AND next_on IS NULL ORDER BY alert LIMIT $1
    ) AS waiting
    JOIN alert ON alert.id = waiting.alert
"""
_COUNT: Final = """
    UPDATE escalation SET days = counted.days, next_on = counted.next_on, closed = counted.next_on IS NULL
    FROM unnest($1::text[], $2::integer[], $3::date[]) AS counted (alert, days, next_on)
    WHERE escalation.alert = counted.alert
"""
_DUE: Final = """
    SELECT alert.*, due.days, due.told
    FROM (
        SELECT * FROM escalation WHERE NOT closed AND next_on <= $1 ORDER BY next_on, alert LIMIT $2
    ) AS due
    JOIN alert ON alert.id = due.alert ORDER BY due.next_on, due.alert
"""
_BESIDE: Final = "SELECT * FROM alert WHERE event_id = ANY ($1::text[]) AND channel = $2 ORDER BY event_id, recipient"
_WRITTEN: Final = "SELECT alert, person FROM delivery WHERE alert = ANY ($1::text[]) AND channel = $2"
_MOVE: Final = """
    UPDATE escalation SET told = moved.told, next_on = moved.next_on, closed = moved.closed
    FROM unnest($1::text[], $2::smallint[], $3::date[], $4::boolean[]) AS moved (alert, told, next_on, closed)
    WHERE escalation.alert = moved.alert
"""


class Uncounted(NamedTuple):
    """An alert whose days nobody counts yet, and of which agreement it is."""

    alert: str
    agreement: str


class Counted(NamedTuple):
    """Within how many days an alert is to be taken note of, and on which day others are told; None for never."""

    alert: str
    days: int | None
    next_on: date | None


class Moved(NamedTuple):
    """How far it was told that nobody took note of an alert, when it is told next, and whether never again."""

    alert: str
    told: int
    next_on: date
    closed: bool


class EscalationStore:
    """The table `escalation`; raises InboxUnavailable."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def uncounted(self, *, limit: int) -> list[Uncounted]:
        """Return what nobody counts the days of yet, some of it."""
        with reaching(InboxUnavailable):
            return [Uncounted(*row) for row in await self._connection.fetch(_UNCOUNTED, limit)]

    async def count(self, counted: Sequence[Counted]) -> None:
        """Keep how long there is to take note of alerts."""
        with reaching(InboxUnavailable):
            await self._connection.execute(_COUNT, *_columns(counted, len(Counted._fields)))

    async def due(self, today: date, *, limit: int) -> tuple[list[Unacknowledged], list[Moved]]:
        """Return of which alerts it is time by a day, those first that have been longest; and what was taken note of.

        The latter as it is to be moved: nobody is told any more.
        """
        with reaching(InboxUnavailable):
            rows = await self._connection.fetch(_DUE, today, limit)
        noted = [
            Moved(row["id"], row["told"], today, closed=True) for row in rows if row["acknowledged_at"] is not None
        ]
        waiting = [row for row in rows if row["acknowledged_at"] is None]
        return [Unacknowledged(_alert(row), row["days"], row["told"]) for row in waiting], noted

    async def beside(self, events: Iterable[str]) -> dict[str, list[Alert]]:
        """Return everybody's alerts of events."""
        with reaching(InboxUnavailable):
            rows = await self._connection.fetch(_BESIDE, list(events), INBOX)
        found: dict[str, list[Alert]] = {}
        for row in rows:
            found.setdefault(row["event_id"], []).append(_alert(row))
        return found

    async def written(self, alerts: Iterable[str]) -> Mapping[str, set[str]]:
        """Return to whom alerts were written."""
        with reaching(InboxUnavailable):
            rows = await self._connection.fetch(_WRITTEN, list(alerts), EMAIL)
        found: dict[str, set[str]] = {}
        for row in rows:
            found.setdefault(row["alert"], set()).add(row["person"])
        return found

    async def move(self, moved: Sequence[Moved]) -> None:
        """Keep how far alerts were told of."""
        with reaching(InboxUnavailable):
            await self._connection.execute(_MOVE, *_columns(moved, len(Moved._fields)))


def _alert(row: asyncpg.Record) -> Alert:
    return msgspec.convert({**row, "class_": row["class"]}, type=Alert)


def _columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
