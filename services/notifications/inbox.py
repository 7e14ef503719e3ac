"""A party's inbox as it is read and acknowledged; every question names the party, so no answer holds another's."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, get_args

import asyncpg
import msgspec

from services.notifications.errors import AlertNotFound
from services.notifications.rules.rule import AlertClass
from shared.database import Pool
from shared.positions import LAST_POSITION

_NEWEST_FIRST: Final = "SELECT * FROM alert WHERE recipient = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3"

# Apart from the one above, so that each is planned for its own index.
_NEWEST_UNREAD_FIRST: Final = """
    SELECT * FROM alert
    WHERE recipient = $1 AND sequence < $2 AND acknowledged_at IS NULL
    ORDER BY sequence DESC LIMIT $3
"""

# Of each kind that is asked for the newest of all: a range of an index, however few there are of it.
_NEWEST_OF_KINDS_FIRST: Final = """
    SELECT of_a_kind.* FROM unnest($4::text[]) AS class CROSS JOIN unnest($5::boolean[]) AS needs_you
    CROSS JOIN LATERAL (
        SELECT * FROM alert
        WHERE alert.recipient = $1 AND alert.class = class.class AND alert.needs_you = needs_you.needs_you
            AND alert.sequence < $2
        ORDER BY alert.sequence DESC LIMIT $3
    ) AS of_a_kind
    ORDER BY of_a_kind.sequence DESC LIMIT $3
"""
_NEWEST_UNREAD_OF_KINDS_FIRST: Final = _NEWEST_OF_KINDS_FIRST.replace(
    "AND alert.sequence < $2", "AND alert.sequence < $2 AND alert.acknowledged_at IS NULL"
)

_FEED: Final = "SELECT * FROM alert WHERE recipient = $1 AND sequence > $2 ORDER BY sequence LIMIT $3"

_LAST_SEQUENCE: Final = "SELECT last_sequence FROM inbox WHERE recipient = $1"

_COUNT_UNREAD: Final = """
    SELECT count(*) AS unread, count(*) FILTER (WHERE class = 'legal-critical') AS needs_acknowledgement
    FROM alert WHERE recipient = $1 AND acknowledged_at IS NULL
"""

_ACKNOWLEDGE: Final = """
    UPDATE alert SET acknowledged_at = now(), acknowledged_by = $3
    WHERE recipient = $1 AND id = $2 AND acknowledged_at IS NULL
    RETURNING *
"""

_ONE: Final = "SELECT * FROM alert WHERE recipient = $1 AND id = $2"

_QUARANTINE: Final = """
    SELECT position, subject, reason, length(body) AS bytes, quarantined_at
    FROM quarantine WHERE position > $1 ORDER BY position LIMIT $2
"""

# Above every number that a bigint can hold but itself: a page without a beginning starts at the newest.
_NEWEST: Final = LAST_POSITION


class Acknowledgement(msgspec.Struct, frozen=True):
    """Evidence that a party took note: when, and by whom."""

    at: datetime
    by: str
    """The person who acknowledged it, under a pseudonym."""


class InboxAlert(msgspec.Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """An alert as its recipient reads it.

    `sequence` counts this inbox's alerts from 1 without a gap; `event_id` is the same in every recipient's inbox.
    """

    id: str
    sequence: int
    event_id: str
    position: int
    type: str
    """The versioned name of the event that it tells of."""
    class_: AlertClass
    """Its class, which says what legal weight it has."""
    agreement: str
    """The id of the agreement it is in; `_` for none."""
    subject: str
    link: str
    """Where its recipient reads what it is about: a path in agreements, or where it begins with `/v1/assets/` or is
    `/v1/alarms`, in the ledger, and where it begins with `/v1/webhooks/`, in notifications.
    """
    due_on: date | None
    recorded_at: datetime
    alerted_at: datetime
    needs_you: bool
    """Whether it waits for its recipient: when it was recorded, that had a task by it."""
    needs_acknowledgement: bool
    acknowledgement: Acknowledgement | None


class UnreadCount(msgspec.Struct, frozen=True):
    """How many alerts nobody acknowledged yet, and how many of these are legal-critical, which demand it."""

    unread: int
    needs_acknowledgement: int
    """How many of these are legal-critical, which demand it."""


class QuarantinedEvent(msgspec.Struct, frozen=True):
    """A message that could not be read; its content stays in the database, for it may be confidential."""

    position: int
    subject: str
    reason: str
    """Why it could not be read."""
    bytes: int
    quarantined_at: datetime


class Inbox:
    """Reads and acknowledges; raises InboxUnavailable."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def alerted(self) -> int:
        """Return the position of the last event that was alerted of, 0 before the first."""
        rows = await self._pool.fetch("SELECT position FROM progress")
        position: int = rows[0]["position"] if rows else 0
        return position

    async def newest(  # noqa: PLR0913  # keyword-only: from where, how many, and of what kinds
        self,
        party: str,
        *,
        before: int | None,
        limit: int,
        unread: bool = False,
        class_: AlertClass | None = None,
        needs_you: bool | None = None,
    ) -> Sequence[InboxAlert]:
        """Return a party's alerts, the newest first."""
        if class_ is None and needs_you is None:
            query = _NEWEST_UNREAD_FIRST if unread else _NEWEST_FIRST
            return _alerts(await self._pool.fetch(query, party, before or _NEWEST, limit))
        query = _NEWEST_UNREAD_OF_KINDS_FIRST if unread else _NEWEST_OF_KINDS_FIRST
        classes = get_args(AlertClass) if class_ is None else (class_,)
        needing = (False, True) if needs_you is None else (needs_you,)
        rows = await self._pool.fetch(query, party, before or _NEWEST, limit, list(classes), list(needing))
        return _alerts(rows)

    async def after(self, party: str, sequence: int, *, limit: int) -> Sequence[InboxAlert]:
        """Return a party's alerts above a number, the oldest first."""
        return _alerts(await self._pool.fetch(_FEED, party, sequence, limit))

    async def last_sequence(self, party: str) -> int:
        """Return the number of a party's newest alert, 0 where there is none."""
        rows = await self._pool.fetch(_LAST_SEQUENCE, party)
        return int(rows[0]["last_sequence"]) if rows else 0

    async def count_unread(self, party: str) -> UnreadCount:
        [row] = await self._pool.fetch(_COUNT_UNREAD, party)
        return UnreadCount(**row)

    async def acknowledge(self, party: str, alert: str, *, by: str) -> InboxAlert:
        """Keep who acknowledged an alert and when; the first time counts. Raises AlertNotFound."""
        changed = await self._pool.fetch(_ACKNOWLEDGE, party, alert, by)
        found = changed or await self._pool.fetch(_ONE, party, alert)
        if not found:
            raise AlertNotFound(alert=alert)
        return _alerts(found)[0]

    async def quarantine(self, *, after: int, limit: int) -> Sequence[QuarantinedEvent]:
        """Return the events that nobody could be alerted of, in order."""
        return [QuarantinedEvent(**row) for row in await self._pool.fetch(_QUARANTINE, after, limit)]


def _alerts(rows: Sequence[asyncpg.Record]) -> list[InboxAlert]:
    return [alert_of(row) for row in rows]


def alert_of(row: asyncpg.Record) -> InboxAlert:
    """Return an alert from a row of its table."""
    acknowledged = row["acknowledged_at"] is not None
    return InboxAlert(
        id=row["id"],
        sequence=row["sequence"],
        event_id=row["event_id"],
        position=row["position"],
        type=row["type"],
        class_=row["class"],
        agreement=row["agreement"],
        subject=row["subject"],
        link=row["link"],
        due_on=row["due_on"],
        recorded_at=row["recorded_at"],
        alerted_at=row["alerted_at"],
        needs_you=row["needs_you"],
        needs_acknowledgement=row["class"] == "legal-critical" and not acknowledged,
        acknowledgement=Acknowledgement(row["acknowledged_at"], row["acknowledged_by"]) if acknowledged else None,
    )
