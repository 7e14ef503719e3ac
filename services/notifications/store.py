"""The tables as their one writer uses them: a batch of events is one statement, so all of it happens or nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from services.notifications.alerts import Alert
from services.notifications.database import Connection, Database, reaching_database
from services.notifications.errors import ProgressMoved
from services.notifications.known import KnownStream

CHANNEL: Final = "moiety_inbox"
STAND_BY_SECONDS: Final = 0.25
# Any number will do, as long as no other program takes it in this service's own database.
_WRITER_LOCK: Final = 0x616C65727473

# Everything hangs on `moved`: where the progress is not the one this batch follows, nothing is written at all.
# Numbers are given per recipient under the lock of its inbox row, in the order in which the events were recorded;
# rows are locked in the order of their recipients, so that two writers could not wait for each other.
_RECORD: Final = """
    WITH moved AS (
        UPDATE progress SET position = $2 WHERE position = $1 RETURNING position
    ), new AS (
        SELECT alert.* FROM moved CROSS JOIN unnest(
            $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::date[], $14::timestamptz[]
        ) WITH ORDINALITY AS alert (
            id, event_id, recipient, channel, position, type, class, agreement, subject, link, due_on, recorded_at,
            place
        )
    ), numbered AS (
        INSERT INTO inbox (recipient, last_sequence)
        SELECT recipient, count(*) FROM new GROUP BY recipient ORDER BY recipient
        ON CONFLICT (recipient) DO UPDATE SET last_sequence = inbox.last_sequence + excluded.last_sequence
        RETURNING recipient, last_sequence
    ), alerted AS (
        INSERT INTO alert (
            recipient, sequence,
            id, event_id, channel, position, type, class, agreement, subject, link, due_on, recorded_at
        )
        SELECT
            recipient, last_sequence + 1 - row_number() OVER (PARTITION BY recipient ORDER BY place DESC),
            id, event_id, channel, position, type, class, agreement, subject, link, due_on, recorded_at
        FROM new JOIN numbered USING (recipient)
    ), learned AS (
        INSERT INTO known (stream, state)
        SELECT stream, state::jsonb FROM moved CROSS JOIN unnest($15::text[], $16::text[]) AS known (stream, state)
        ON CONFLICT (stream) DO UPDATE SET state = excluded.state
    ), quarantined AS (
        INSERT INTO quarantine (position, subject, body, reason)
        SELECT malformed.* FROM moved
        CROSS JOIN unnest($17::bigint[], $18::text[], $19::bytea[], $20::text[]) AS malformed
    )
    SELECT position, (SELECT count(pg_notify('moiety_inbox', recipient)) FROM numbered) FROM moved
"""

_KNOWN: Final = "SELECT stream, state FROM known WHERE stream = ANY ($1::text[])"
_STATE: Final = msgspec.json.Decoder(KnownStream)


class Quarantined(NamedTuple):
    """A message that nobody could be alerted of."""

    position: int
    subject: str
    body: bytes
    reason: str


class Batch(NamedTuple):
    """What events up to a position mean: for whom, for later events, and what could not be read."""

    position: int
    alerts: Sequence[Alert] = ()
    learned: Mapping[str, KnownStream] = {}
    quarantined: Sequence[Quarantined] = ()


class AlertStore:
    """The tables over the connection that holds the writer's lock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def position(self) -> int:
        """Return the last event that every recipient has been alerted of."""
        with reaching_database():
            position: int = await self._connection.fetchval("SELECT position FROM progress")
            return position

    async def known(self, streams: Iterable[str]) -> dict[str, KnownStream]:
        """Return what is known of streams."""
        with reaching_database():
            rows = await self._connection.fetch(_KNOWN, list(streams))
        return {row["stream"]: _STATE.decode(row["state"]) for row in rows}

    async def record(self, after: int, batch: Batch) -> None:
        """Write a batch and wake whoever follows an inbox in it, in one transaction.

        Raises ProgressMoved when the position is not `after` any more, Unstorable when a value does not fit.
        """
        alerts, unread = batch.alerts, batch.quarantined
        with reaching_database():
            moved = await self._connection.fetchrow(
                _RECORD,
                after,
                batch.position,
                [alert.id for alert in alerts],
                [alert.event_id for alert in alerts],
                [alert.recipient for alert in alerts],
                [alert.channel for alert in alerts],
                [alert.position for alert in alerts],
                [alert.type for alert in alerts],
                [alert.class_ for alert in alerts],
                [alert.agreement for alert in alerts],
                [alert.subject for alert in alerts],
                [alert.link for alert in alerts],
                [alert.due_on for alert in alerts],
                [alert.recorded_at for alert in alerts],
                list(batch.learned),
                [msgspec.json.encode(state).decode() for state in batch.learned.values()],
                [message.position for message in unread],
                [message.subject for message in unread],
                [message.body for message in unread],
                [message.reason for message in unread],
            )
        if moved is None:
            raise ProgressMoved(expected=after)


@contextlib.asynccontextmanager
async def sole_writer(database: Database) -> AsyncIterator[AlertStore]:
    """Stand by until no other process alerts, and keep others from it as long as this is in use.

    Lock and writes share one connection: whoever has lost the lock has lost the means to write.
    """
    async with database.connection() as connection:
        # Asked for again and again: a statement that waits for the lock would hold a snapshot all the while, and
        # as long as a replica stands by, nothing in this database could be vacuumed.
        while True:
            with reaching_database():
                if await connection.fetchval("SELECT pg_try_advisory_lock($1)", _WRITER_LOCK):
                    break
            await asyncio.sleep(STAND_BY_SECONDS)
        yield AlertStore(connection)
