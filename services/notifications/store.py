"""The tables as their one writer uses them: a batch of events is one statement, so all of it happens or nothing."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import asyncpg
import msgspec

from services.notifications.alarms import TYPE_PREFIX, Told
from services.notifications.alerts import Alert
from services.notifications.errors import InboxUnavailable, ProgressMoved, Unstorable
from services.notifications.remembered import State
from shared.database import Connection, Database, reaching

CHANNEL: Final = "moiety_inbox"
# Any number will do, as long as no other program takes it in this service's own database.
WRITER_LOCK: Final = 0x616C65727473
ALARM_LOCK: Final = WRITER_LOCK + 1
_REFUSED: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)

# Numbers are given per recipient under the lock of its inbox row, in the order in which `new` has them; rows are locked
# in the order of their recipients, so that two writers could not wait for each other.
_INTO_INBOXES: Final = """
    numbered AS (
        INSERT INTO inbox (recipient, last_sequence)
        SELECT recipient, count(*) FROM new GROUP BY recipient ORDER BY recipient
        ON CONFLICT (recipient) DO UPDATE SET last_sequence = inbox.last_sequence + excluded.last_sequence
        RETURNING recipient, last_sequence
    ), alerted AS (
        INSERT INTO alert (
            recipient, sequence,
            id, event_id, channel, position, type, class, agreement, subject, link, due_on, recorded_at, needs_you
        )
        SELECT
            recipient, last_sequence + 1 - row_number() OVER (PARTITION BY recipient ORDER BY place DESC),
            id, event_id, channel, position, type, class, agreement, subject, link, due_on, recorded_at, needs_you
        FROM new JOIN numbered USING (recipient)
        RETURNING id
    )
"""

# Everything hangs on `moved`: where the progress is not the one this batch follows, nothing is written at all.
_RECORD: Final = f"""
    WITH moved AS (
        UPDATE progress SET position = greatest(position, $3), remembered = $3, chain = $23
        WHERE (position, remembered) = ($1, $2) RETURNING position
    ), new AS (
        SELECT alert.* FROM moved CROSS JOIN unnest(
            $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[],
            $10::text[], $11::text[], $12::text[], $13::text[], $14::date[], $15::timestamptz[], $16::boolean[]
        ) WITH ORDINALITY AS alert (
            id, event_id, recipient, channel, position, type, class, agreement, subject, link, due_on, recorded_at,
            needs_you, place
        )
    ), {_INTO_INBOXES}, learned AS (
        INSERT INTO remembered (name, state)
        SELECT name, state::jsonb FROM moved CROSS JOIN unnest($17::text[], $18::text[]) AS learned (name, state)
        ON CONFLICT (name) DO UPDATE SET state = excluded.state
    ), quarantined AS (
        INSERT INTO quarantine (position, subject, body, reason)
        SELECT malformed.* FROM moved
        CROSS JOIN unnest($19::bigint[], $20::text[], $21::bytea[], $22::text[]) AS malformed
    )
    SELECT position, (SELECT count(pg_notify('moiety_inbox', recipient)) FROM numbered) FROM moved
"""  # noqa: S608  # put together from constants

# What is in an inbox already is left out before it could take a number, which no inbox may skip.
_ADD: Final = f"""
    WITH new AS (
        SELECT alert.* FROM unnest(
            $1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[],
            $7::text[], $8::text[], $9::text[], $10::text[], $11::date[], $12::timestamptz[], $13::boolean[]
        ) WITH ORDINALITY AS alert (
            id, event_id, recipient, channel, position, type, class, agreement, subject, link, due_on, recorded_at,
            needs_you, place
        )
        WHERE NOT EXISTS (SELECT FROM alert AS there WHERE there.id = alert.id)
    ), {_INTO_INBOXES}
    SELECT array(SELECT id FROM alerted) AS ids, (SELECT count(pg_notify('moiety_inbox', recipient)) FROM numbered)
"""  # noqa: S608  # put together from constants

_TOLD: Final = """
    SELECT DISTINCT position, recipient, agreement, subject, link FROM alert
    WHERE position = ANY ($1::bigint[]) AND NOT starts_with(type, $2) AND NOT lost(alert)
    ORDER BY position, recipient
"""

_REMEMBERED: Final = "SELECT name, state FROM remembered WHERE name = ANY ($1::text[])"
_FIELDS: Final = (
    *("id", "event_id", "recipient", "channel", "position", "type"),
    *("class_", "agreement", "subject", "link", "due_on", "recorded_at", "needs_you"),
)
_KEEP_CHAIN: Final = "UPDATE progress SET chain = $2 WHERE remembered = $1 AND chain IS NULL"

_STATE: Final = msgspec.json.Decoder(State)


class Progress(NamedTuple):
    """The last event that every recipient has been alerted of, and the last that was learned from: no later one.

    `chain` is that of the history up to the latter; None where it was followed before there were chains.
    """

    alerted: int
    remembered: int
    chain: bytes | None


class Quarantined(NamedTuple):
    """A message that nobody could be alerted of."""

    position: int
    subject: str
    body: bytes
    reason: str


class Batch(NamedTuple):
    """What events up to a position mean: for whom, for later events, and what could not be read."""

    position: int
    chain: bytes
    alerts: Sequence[Alert] = ()
    learned: Mapping[str, State] = {}
    quarantined: Sequence[Quarantined] = ()


class AlertStore:
    """The tables over the connection that holds the writer's lock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def position(self) -> int:
        """Return the last event that every recipient has been alerted of."""
        return (await self.progress()).alerted

    async def progress(self) -> Progress:
        """Return how far alerting has come."""
        with _storing():
            row = await self._connection.fetchrow("SELECT position, remembered, chain FROM progress")
        assert row is not None, "one row, from the first migration on"
        return Progress(row["position"], row["remembered"], row["chain"])

    async def remembered(self, names: Iterable[str]) -> dict[str, State]:
        """Return what is remembered by these names, where there is anything."""
        with _storing():
            rows = await self._connection.fetch(_REMEMBERED, list(names))
        return {row["name"]: _STATE.decode(row["state"]) for row in rows}

    async def record(self, after: Progress, batch: Batch) -> None:
        """Write a batch and wake whoever follows an inbox in it, in one transaction.

        Raises ProgressMoved when the progress is not `after` any more, Unstorable when a value does not fit.
        """
        unread = batch.quarantined
        with _storing():
            moved = await self._connection.fetchrow(
                _RECORD,
                after.alerted,
                after.remembered,
                batch.position,
                *_columns(batch.alerts),
                list(batch.learned),
                [msgspec.json.encode(state).decode() for state in batch.learned.values()],
                [message.position for message in unread],
                [message.subject for message in unread],
                [message.body for message in unread],
                [message.reason for message in unread],
                batch.chain,
            )
        if moved is None:
            raise ProgressMoved(expected=after.remembered)

    async def keep_chain(self, position: int, chain: bytes) -> None:
        """Keep which history it was that was followed up to a position, where that was not known."""
        with _storing():
            await self._connection.execute(_KEEP_CHAIN, position, chain)

    async def told_of(self, positions: Iterable[int]) -> list[Told]:
        """Return who was alerted of the events at positions."""
        with _storing():
            rows = await self._connection.fetch(_TOLD, list(positions), TYPE_PREFIX)
        return [Told(*row) for row in rows]

    async def add(self, alerts: Sequence[Alert]) -> list[str]:
        """Write the alerts that are in no inbox yet, waking whoever follows one, and return their ids."""
        with _storing():
            row = await self._connection.fetchrow(_ADD, *_columns(alerts))
        assert row is not None, "one row, whatever was there"
        ids: list[str] = row["ids"]
        return ids


@contextlib.contextmanager
def _storing() -> Iterator[None]:
    """Turn a database that does not answer into InboxUnavailable, and values that no table can hold into Unstorable."""
    try:
        with reaching(InboxUnavailable):
            yield
    except _REFUSED as error:
        message = f"{type(error).__name__}: {error}"
        raise Unstorable(message) from error


def _columns(alerts: Sequence[Alert]) -> list[list[Any]]:
    return [[getattr(alert, field) for alert in alerts] for field in _FIELDS]


@contextlib.asynccontextmanager
async def sole_writer(
    database: Database, *, lock: int = WRITER_LOCK, stands_by: Callable[[], None] = lambda: None
) -> AsyncIterator[AlertStore]:
    """Stand by until no other process alerts of the same, and keep others from it as long as this is in use."""
    async with database.sole_holder(lock, stands_by=stands_by) as connection:
        yield AlertStore(connection)
