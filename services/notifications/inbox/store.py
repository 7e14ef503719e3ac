"""A party's inbox as it is read and acknowledged; every question names the party, so no answer holds another's."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, get_args

import asyncpg
import msgspec

from services.notifications.errors import AcknowledgeFirst, AlertNotFound, NotARepresentative
from services.notifications.evidence.model import Acknowledgement, Published, Sent, SentAlert, is_of
from services.notifications.inbox.listing import Wanted, foldable, question_of
from services.notifications.inbox.views import (
    Archived,
    ClassCount,
    InboxAlert,
    InboxCounts,
    Listed,
    ListedAlert,
    QuarantinedEvent,
    UnreadCount,
)
from services.notifications.remembered import Representatives, decode_state, representatives_of
from services.notifications.rules.rule import AlertClass
from shared.calendar import legal_day
from shared.database import Pool

_FEED: Final = "SELECT * FROM alert WHERE recipient = $1 AND sequence > $2 ORDER BY sequence LIMIT $3"

_LAST_SEQUENCE: Final = "SELECT last_sequence FROM inbox WHERE recipient = $1"

# Every kind there is, each a range of the index of what is unread.
_UNREAD: Final = """
    class IN ('info', 'action', 'reminder', 'legal-critical') AND needs_you IN (false, true) AND recipient = $1
    AND acknowledged_at IS NULL AND archived_at IS NULL
"""
_COUNT_UNREAD: Final = f"""
    SELECT count(*) AS unread, count(*) FILTER (WHERE class = 'legal-critical') AS needs_acknowledgement
    FROM alert WHERE {_UNREAD}
"""  # noqa: S608  # put together from constants
_COUNT: Final = f"""
    SELECT class, count(*) AS unread, count(*) FILTER (WHERE needs_you) AS needs_you
    FROM alert WHERE {_UNREAD} GROUP BY class
"""  # noqa: S608  # put together from constants

_ACKNOWLEDGE: Final = """
    UPDATE alert SET acknowledged_at = now(), acknowledged_by = $3
    WHERE recipient = $1 AND id = $2 AND acknowledged_at IS NULL
    RETURNING *
"""

_REPRESENTATIVES: Final = "SELECT state FROM remembered WHERE name = $1"

# Of what a line of a folded list stands for; beyond so many nobody counts.
MOST_COUNTED: Final = 1_000

# The first who puts it away stays who did.
_ARCHIVE: Final = """
    UPDATE alert SET archived_at = coalesce(archived_at, now()), archived_by = coalesce(archived_by, $3)
    WHERE recipient = $1 AND id = $2 AND (class <> 'legal-critical' OR acknowledged_at IS NOT NULL)
    RETURNING *
"""
# With a line goes what it stands for, as far as that is counted: never what came after it, which nobody has seen.
_ARCHIVE_FOLDED: Final = f"""
    WITH folded AS (
        SELECT recipient, sequence FROM alert
        WHERE subject = $3 AND type = $4 AND recipient = $1 AND sequence <= $5 AND {foldable("alert")}
        ORDER BY sequence DESC LIMIT {MOST_COUNTED + 1}
    )
    UPDATE alert SET archived_at = now(), archived_by = $2
    FROM folded WHERE (alert.recipient, alert.sequence) = (folded.recipient, folded.sequence)
"""  # noqa: S608  # put together from constants
_UNARCHIVE: Final = """
    UPDATE alert SET archived_at = NULL, archived_by = NULL WHERE recipient = $1 AND id = $2 RETURNING *
"""

# How many alerts each of these lines stands for besides its own.
_REPEATS: Final = f"""
    SELECT line.sequence, (SELECT count(*) FROM (
        SELECT FROM alert
        WHERE subject = line.subject AND type = line.type AND recipient = $1 AND alert.sequence < line.sequence
            AND {foldable("alert")}
        LIMIT {MOST_COUNTED}
    ) AS folded) AS repeats
    FROM unnest($2::bigint[], $3::text[], $4::text[]) AS line (sequence, subject, type)
"""  # noqa: S608  # put together from constants
_FOLDED: Final = f"""
    SELECT * FROM alert
    WHERE subject = $2 AND type = $3 AND recipient = $1 AND sequence < $4 AND {foldable("alert")}
    ORDER BY sequence DESC LIMIT $5
"""  # noqa: S608  # put together from constants

_READ: Final = "INSERT INTO alert_read (recipient, reader, sequence) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_READ_OF: Final = """
    SELECT sequence FROM alert_read WHERE recipient = $1 AND reader = $2 AND sequence = ANY ($3::bigint[])
"""

_ONE: Final = "SELECT * FROM alert WHERE recipient = $1 AND id = $2"

# Of an event that is in its recipient's feed, which is all that it may read.
_SENT: Final = """
    SELECT alert.*, published.subject AS published_as, body
    FROM alert JOIN feed_entry ON party = recipient AND feed_entry.position = alert.position
    JOIN published ON published.position = alert.position
    WHERE recipient = $1 AND id = $2
"""
# What its recipient's feed has of notice of an event: each party's own alone.
_NOTICES: Final = """
    SELECT published.position, subject, body
    FROM published JOIN feed_entry ON party = $1 AND feed_entry.position = published.position
    WHERE noticed_event(body) = $2 AND subject LIKE '%.notice.%' ORDER BY published.position
"""

_QUARANTINE: Final = """
    SELECT position, subject, reason, length(body) AS bytes, quarantined_at, alerted_at
    FROM quarantine WHERE position > $1 ORDER BY position LIMIT $2
"""


class Inbox:
    """Reads and acknowledges; raises InboxUnavailable."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def alerted(self) -> int:
        """Return the position of the last event that was alerted of, 0 before the first."""
        rows = await self._pool.fetch("SELECT position FROM progress")
        position: int = rows[0]["position"] if rows else 0
        return position

    async def newest(self, party: str, reader: str, wanted: Wanted, *, before: int | None, limit: int) -> Listed:
        """Return what is wanted of a party's alerts, the newest first, as one of its people reads it."""
        question = question_of(wanted, party, reader, before=before, limit=limit)
        rows = await self._pool.fetch(question.statement, *question.arguments)
        stopped_at = rows[0]["stopped_at"] if rows else None
        alerts = _alerts([row for row in rows if row["sequence"] is not None])
        repeats = await self._repeats(party, alerts) if wanted.folded and alerts else {}
        return Listed(await self._as_read_by(party, reader, alerts, repeats), stopped_at)

    async def folded(self, party: str, reader: str, alert: str, *, before: int | None, limit: int) -> list[ListedAlert]:
        """Return for which alerts one stands where lists are folded, the newest first; raises AlertNotFound."""
        line = await self._one(party, alert)
        if not _is_foldable(line):
            return []
        last = min(before or line.sequence, line.sequence)
        rows = await self._pool.fetch(_FOLDED, party, line.subject, line.type, last, limit)
        return await self._as_read_by(party, reader, _alerts(rows))

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

    async def count(self, party: str) -> InboxCounts:
        rows = {row["class"]: row for row in await self._pool.fetch(_COUNT, party)}
        classes = [
            ClassCount(class_, row["unread"], row["needs_you"])
            if (row := rows.get(class_))
            else ClassCount(class_, 0, 0)
            for class_ in get_args(AlertClass)
        ]
        return InboxCounts(
            unread=sum(each.unread for each in classes),
            needs_you=sum(each.needs_you for each in classes),
            needs_acknowledgement=sum(each.unread for each in classes if each.class_ == "legal-critical"),
            classes=classes,
        )

    async def read(self, party: str, alert: str, *, by: str) -> ListedAlert:
        """Keep that one of a party's people has read an alert; again changes nothing. Raises AlertNotFound."""
        found = await self._one(party, alert)
        await self._pool.fetch(_READ, party, by, found.sequence)
        return _listed(found, read=True)

    async def one(self, party: str, alert: str, *, by: str) -> ListedAlert:
        """Return an alert as one of its party's people sees it; raises AlertNotFound."""
        return await self._listed_for(party, by, await self._one(party, alert))

    async def archive(self, party: str, alert: str, *, by: str, folded: bool = False) -> ListedAlert:
        """Put an alert away, for all of the party; the first time counts. Raises AlertNotFound, AcknowledgeFirst.

        As a line of a `folded` list with all that it stands for there.
        """
        if folded and _is_foldable(line := await self._one(party, alert)):
            await self._pool.fetch(_ARCHIVE_FOLDED, party, by, line.subject, line.type, line.sequence)
        if changed := await self._pool.fetch(_ARCHIVE, party, alert, by):
            return await self._listed_for(party, by, _alert(changed[0]))
        await self._one(party, alert)
        raise AcknowledgeFirst(alert=alert)

    async def unarchive(self, party: str, alert: str, *, by: str) -> ListedAlert:
        """Put an alert back among the others, where it was put away. Raises AlertNotFound."""
        if changed := await self._pool.fetch(_UNARCHIVE, party, alert):
            return await self._listed_for(party, by, _alert(changed[0]))
        raise AlertNotFound(alert=alert)

    async def acknowledge(self, party: str, alert: str, *, by: str) -> ListedAlert:
        """Keep who acknowledged an alert and when; the first time counts. Raises AlertNotFound, NotARepresentative."""
        found = await self._one(party, alert)
        if found.needs_acknowledgement:
            await self._check_represents(party, by, found)
        changed = await self._pool.fetch(_ACKNOWLEDGE, party, alert, by)
        return await self._listed_for(party, by, _alert(changed[0]) if changed else await self._one(party, alert))

    async def _check_represents(self, party: str, person: str, alert: InboxAlert) -> None:
        rows = await self._pool.fetch(_REPRESENTATIVES, representatives_of(party))
        named = decode_state(rows[0]["state"]) if rows else None
        # Where the clock is ahead of this machine's, as in a trial of what is to come, it is the log that knows.
        day = max(legal_day(datetime.now(UTC)), legal_day(alert.recorded_at))
        if isinstance(named, Representatives) and not named.has(person, day):
            raise NotARepresentative(alert=alert.id, party=party, person=person)

    async def sent(self, party: str, alert: str) -> Sent | None:
        """Return an alert beside its event as it was published; None where that is not in its party's feed."""
        rows = await self._pool.fetch(_SENT, party, alert)
        found = next((row for row in rows if is_of(row["body"], row["event_id"])), None)
        if found is None:
            return None
        notices = await self._pool.fetch(_NOTICES, party, found["event_id"])
        return _sent(found, [Published(*row) for row in notices])

    async def quarantine(self, *, after: int, limit: int) -> Sequence[QuarantinedEvent]:
        """Return the events that nobody could be alerted of, in order."""
        return [QuarantinedEvent(**row) for row in await self._pool.fetch(_QUARANTINE, after, limit)]

    async def _one(self, party: str, alert: str) -> InboxAlert:
        found = await self._pool.fetch(_ONE, party, alert)
        if not found:
            raise AlertNotFound(alert=alert)
        return _alert(found[0])

    async def _listed_for(self, party: str, reader: str, alert: InboxAlert) -> ListedAlert:
        return (await self._as_read_by(party, reader, [alert]))[0]

    async def _repeats(self, party: str, alerts: Sequence[InboxAlert]) -> Mapping[int, int]:
        """Return for how many others each of those stands that may be folded."""
        lines = [each for each in alerts if _is_foldable(each)]
        asked = ([getattr(each, name) for each in lines] for name in ("sequence", "subject", "type"))
        rows = await self._pool.fetch(_REPEATS, party, *asked) if lines else ()
        return {row["sequence"]: row["repeats"] for row in rows}

    async def _as_read_by(
        self, party: str, reader: str, alerts: Sequence[InboxAlert], repeats: Mapping[int, int] = MappingProxyType({})
    ) -> list[ListedAlert]:
        if not alerts:
            return []
        rows = await self._pool.fetch(_READ_OF, party, reader, [alert.sequence for alert in alerts])
        read = {row["sequence"] for row in rows}
        return [_listed(alert, read=alert.sequence in read, repeats=repeats.get(alert.sequence, 0)) for alert in alerts]


def _is_foldable(alert: InboxAlert) -> bool:
    unseen = alert.acknowledgement is None and alert.archived is None
    return unseen and alert.class_ in {"info", "reminder"} and not alert.needs_you


def _alerts(rows: Sequence[asyncpg.Record]) -> list[InboxAlert]:
    return [_alert(row) for row in rows]


def _alert(row: asyncpg.Record) -> InboxAlert:
    acknowledgement = acknowledgement_of(row)
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
        needs_acknowledgement=row["class"] == "legal-critical" and acknowledgement is None,
        acknowledgement=acknowledgement,
        archived=None if row["archived_at"] is None else Archived(row["archived_at"], row["archived_by"]),
    )


def sent_alert_of(row: asyncpg.Record) -> SentAlert:
    """Return an alert as it was sent, from a row of its table."""
    return SentAlert(**{field.name: row[field.name.rstrip("_")] for field in msgspec.structs.fields(SentAlert)})


def acknowledgement_of(row: asyncpg.Record) -> Acknowledgement | None:
    """Return who took note of an alert, from a row of its table."""
    acknowledged = row["acknowledged_at"] is not None
    return Acknowledgement(row["acknowledged_at"], row["acknowledged_by"]) if acknowledged else None


def _sent(row: asyncpg.Record, notices: Sequence[Published]) -> Sent:
    event = Published(row["position"], row["published_as"], row["body"])
    return Sent(sent_alert_of(row), acknowledgement_of(row), event, notices)


def _listed(alert: InboxAlert, *, read: bool, repeats: int = 0) -> ListedAlert:
    return ListedAlert(**msgspec.structs.asdict(alert), read=read, repeats=repeats)
