"""The tables as their one writer uses them: a batch of events is one statement, so all of it happens or nothing."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import asyncpg
import msgspec

from services.notifications.alarms.model import TYPE_PREFIX, Told
from services.notifications.alerts import OWN_TYPES, Alert
from services.notifications.batch import Batch, Progress
from services.notifications.contributors.model import Asking
from services.notifications.errors import ConcernOfALaterRelease, InboxUnavailable, ProgressMoved, Unstorable
from services.notifications.feeds.writing import FeedHead, Feeding, FeedRow, rows_brought
from services.notifications.mail.recipients import Delivery, deliveries_of, needed_to_deliver
from services.notifications.recording import ADD, BRING, RECORD
from services.notifications.remembered import State, decode_state
from shared.database import Connection, Database, reaching
from shared.log.chain import START

# How many earlier events a party that is new to them is brought in one transaction.
PIECE: Final = 5_000
# Any number will do, as long as no other program takes it in this service's own database.
WRITER_LOCK: Final = 0x616C65727473
ALARM_LOCK: Final = WRITER_LOCK + 1
REMINDER_LOCK: Final = WRITER_LOCK + 2
# 3 is that of who proves (notices/proving.py).
ESCALATION_LOCK: Final = WRITER_LOCK + 4
_REFUSED: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)

# What nobody was alerted of yet and a release has not tried, in order.
_ASIDE: Final = """
    SELECT position, body FROM quarantine
    WHERE position > $1 AND alerted_at IS NULL AND tried IS DISTINCT FROM $2 ORDER BY position LIMIT $3
"""
_TRY: Final = """
    UPDATE quarantine SET tried = $1, wanted = position = ANY ($2::bigint[]) WHERE position = ANY ($3::bigint[])
"""
_LEARN_AGAIN: Final = "UPDATE progress SET (remembered, chain) = (0, $1)"
_COUNT_ASIDE: Final = "SELECT count(*) FROM quarantine WHERE position > 0 AND alerted_at IS NULL"
_WANTED: Final = "SELECT position FROM quarantine WHERE position > 0 AND wanted AND alerted_at IS NULL"

# What came before a party did, in some circles, as far as its feed does not have it.
_MISSING: Final = """
    SELECT position, leaf FROM published WHERE position = ANY (array(
        SELECT DISTINCT position FROM published_around
        WHERE circle = ANY ($2::text[]) AND position < $3
            AND NOT EXISTS (SELECT FROM feed_entry WHERE party = $1 AND feed_entry.position = published_around.position)
        ORDER BY position LIMIT $4
    ))
    ORDER BY position
"""
_HEADS: Final = "SELECT party, number, chain FROM feed WHERE party = ANY ($1::text[])"
_ALL_HEADS: Final = "SELECT party, number, chain FROM feed"
# The rules by which the feeds' next events are numbered; those of before keep what they were numbered by.
_AGREE: Final = """
    INSERT INTO concern (edition, since) SELECT $1, fed + 1 FROM progress
    WHERE NOT EXISTS (SELECT FROM concern WHERE edition >= $1)
"""

# Without what is of no event, wherever the log had come to by then.
_TOLD: Final = """
    SELECT DISTINCT position, recipient, agreement, subject, link FROM alert
    WHERE position = ANY ($1::bigint[]) AND NOT starts_with(type, $2) AND NOT starts_with(type, $3) AND NOT lost(alert)
    ORDER BY position, recipient
"""

_REMEMBERED: Final = "SELECT name, state FROM remembered WHERE name = ANY ($1::text[])"
_FIELDS: Final = (
    *("id", "event_id", "recipient", "channel", "position", "type"),
    *("class_", "agreement", "subject", "link", "due_on", "recorded_at", "needs_you"),
)
_PROGRESS: Final = "SELECT position, remembered, chain, fed, began_after FROM progress"
_BEGIN_AFTER: Final = "UPDATE progress SET began_after = $1 WHERE began_after IS NULL"
_KEEP_CHAIN: Final = "UPDATE progress SET chain = $2 WHERE remembered = $1 AND chain IS NULL"


class Aside(NamedTuple):
    """A message that was put aside."""

    position: int
    body: bytes


class AlertStore:
    """The tables over the connection that holds the writer's lock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """The same connection, for whoever keeps another table by it."""
        return self._connection

    async def position(self) -> int:
        """Return the last event that every recipient has been alerted of."""
        return (await self.progress()).alerted

    async def progress(self) -> Progress:
        """Return how far alerting has come."""
        with _storing():
            row = await self._connection.fetchrow(_PROGRESS)
        assert row is not None, "one row, from the first migration on"
        return Progress(*row)

    async def remembered(self, names: Iterable[str]) -> dict[str, State]:
        """Return what is remembered by these names, where there is anything."""
        with _storing():
            rows = await self._connection.fetch(_REMEMBERED, list(names))
        return {row["name"]: decode_state(row["state"]) for row in rows}

    async def record(self, after: Progress, batch: Batch) -> None:
        """Write a batch and wake whoever follows an inbox in it, in one transaction.

        Raises ProgressMoved when the progress is not `after` any more, Unstorable when a value does not fit.
        """
        unread, kept = batch.quarantined, batch.fed.published
        with _storing():
            moved = await self._connection.fetchrow(
                RECORD,
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
                *_transposed((event[:4] for event in kept), 4),
                [circle for event in kept for circle in event.circles],
                [event.position for event in kept for _ in event.circles],
                *_feed_columns(batch.fed),
                list(batch.taken_up),
                *_transposed(batch.deliveries, len(Delivery._fields)),
                *_transposed(batch.asking, len(Asking._fields)),
            )
        if moved is None:
            raise ProgressMoved(expected=after.remembered)

    async def put_aside(self, *, after: int, reading: str, limit: int) -> list[Aside]:
        """Return what nobody was alerted of yet, in order, without what was tried by a release that reads the same."""
        with _storing():
            rows = await self._connection.fetch(_ASIDE, after, reading, limit)
        return [Aside(*row) for row in rows]

    async def take_up(self, tried: Sequence[int], readable: Sequence[int], *, reading: str) -> None:
        """Keep that these were tried, and have those that could be read alerted of when the log is read again."""
        with _storing():
            async with self._connection.transaction():
                await self._connection.execute(_TRY, reading, list(readable), list(tried))
                if readable:
                    await self._connection.execute("DELETE FROM remembered")
                    await self._connection.execute(_LEARN_AGAIN, START.chain)

    async def count_aside(self) -> int:
        """Return of how many messages nobody was alerted yet, for they could not be read."""
        with _storing():
            count: int = await self._connection.fetchval(_COUNT_ASIDE)
        return count

    async def wanted(self) -> frozenset[int]:
        """Return the positions of what was put aside and is to be alerted of."""
        with _storing():
            rows = await self._connection.fetch(_WANTED)
        return frozenset(row["position"] for row in rows)

    async def agree_on(self, edition: int) -> None:
        """Have what is fed from now on follow an edition of the rules; raises ConcernOfALaterRelease."""
        with _storing():
            await self._connection.execute(_AGREE, edition)
            newest = await self._connection.fetchval("SELECT max(edition) FROM concern")
        if newest != edition:
            message = f"expected edition {edition}, got {newest}"
            raise ConcernOfALaterRelease(message)

    async def heads(self, parties: Iterable[str] | None) -> dict[str, FeedHead]:
        """Return where the feeds of parties end, or those of all, where there are any."""
        with _storing():
            every = parties is None
            rows = await self._connection.fetch(*((_ALL_HEADS,) if every else (_HEADS, list(parties or ()))))
        return {row["party"]: FeedHead(row["number"], row["chain"]) for row in rows}

    async def bring(self, party: str, circles: Sequence[str], *, before: int) -> int:
        """Put in a party's feed what stands in circles before a position and is not in it, a piece; return how many."""
        with _storing():
            missing = await self._connection.fetch(_MISSING, party, list(circles), before, PIECE)
            if missing:
                ends = await self.heads([party])
                fed = rows_brought(ends, party, [tuple(row) for row in missing], came_with=before)
                await self._connection.fetchrow(BRING, *_feed_columns(fed))
        return len(missing)

    async def keep_chain(self, position: int, chain: bytes) -> None:
        """Keep which history it was that was followed up to a position, where that was not known."""
        with _storing():
            await self._connection.execute(_KEEP_CHAIN, position, chain)

    async def begin_after(self, position: int) -> None:
        """Keep how far the log went when these inboxes began, where that is not kept."""
        with _storing():
            await self._connection.execute(_BEGIN_AFTER, position)

    async def told_of(self, positions: Iterable[int]) -> list[Told]:
        """Return who was alerted of the events at positions."""
        with _storing():
            rows = await self._connection.fetch(_TOLD, list(positions), TYPE_PREFIX, OWN_TYPES)
        return [Told(*row) for row in rows]

    async def add(
        self, alerts: Sequence[Alert], *, writes: bool = False, deliveries: Sequence[Delivery] | None = None
    ) -> list[str]:
        """Write the alerts that are in no inbox yet, waking whoever follows one, and return their ids.

        Of these alone it is noted, where it `writes`, to whom they are sent: as `deliveries` say, where they are given.
        """
        if not writes:
            deliveries = ()
        elif deliveries is None:
            began_after = (await self.progress()).began_after or 0
            # A reminder is of a day, and not of what was recorded.
            new = [each for each in alerts if each.position > began_after or each.class_ == "reminder"]
            deliveries = deliveries_of(new, await self.remembered(needed_to_deliver(new)))
        with _storing():
            row = await self._connection.fetchrow(
                ADD, *_columns(alerts), *_transposed(deliveries, len(Delivery._fields))
            )
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
    assert Alert.__struct_fields__ == _FIELDS, "the statements take them in this order"
    return _transposed(map(msgspec.structs.astuple, alerts), len(_FIELDS))


def _transposed(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


def _feed_columns(fed: Feeding) -> list[list[Any]]:
    heads = _transposed(fed.heads.values(), len(FeedHead._fields))
    return [*_transposed(fed.rows, len(FeedRow._fields)), list(fed.heads), *heads]


@contextlib.asynccontextmanager
async def sole_writer(
    database: Database, *, lock: int = WRITER_LOCK, stands_by: Callable[[], None] = lambda: None
) -> AsyncIterator[AlertStore]:
    """Stand by until no other process alerts of the same, and keep others from it as long as this is in use."""
    async with database.sole_holder(lock, stands_by=stands_by) as connection:
        yield AlertStore(connection)
