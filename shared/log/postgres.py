"""The event store on PostgreSQL: group commit under one row lock, with asyncpg."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from time import perf_counter
from typing import Self

import asyncpg
from eventsourcing.persistence import StoredEvent

from shared.database import LOST, Connection, Database, Pool, reaching
from shared.log.batch import Promises, Waiting, take_independent
from shared.log.chain import START, Head
from shared.log.store import Append, LogEntry, LogOnHold, LogUnavailable, Snapshot, StoredAnswer, VersionConflict
from shared.parts import end_all

CHANNEL = "moiety_log"
MAX_BATCH_EVENTS = 2_000
# Transactions under way at once. One, with all that waits meanwhile in the next, costs the least, and a second could do
# nothing but wait at the head's lock. Where the way to the database takes longer than its work, though, nothing happens
# there for a round trip after each, so others are sent meanwhile.
NEAR, FAR = 1, 4
FAR_SECONDS = 0.002
_ROUND_TRIPS = 5

# log_append's statements look up by index one by one, whatever the size of a batch. Planned anew for each batch, as
# the server would for small ones, a lone append cost half as much again.
_PLANS = "force_generic_plan"

# What log_append fails with while the log is on hold; others of its class mean that something is in use.
_ON_HOLD = "55000"
_APPEND = "SELECT * FROM log_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"

# Of what counts: a row below position 1 is in no history, and whoever goes through the log does not meet it.
_READ_STREAM = """
    SELECT stream, version, type, body FROM event WHERE stream = $1 AND version > $2 AND position > 0 ORDER BY version
"""

_READ_ENTRIES = """
    SELECT stream, version, type, body, position, agreement, chain
    FROM event WHERE stream = $1 AND version > $2 AND position > 0 ORDER BY version LIMIT $3
"""

_READ_STREAMS = """
    SELECT found.stream, found.version, type, body, position, agreement, chain
    FROM unnest($1::text[], $2::bigint[]) AS asked (stream, version)
    CROSS JOIN LATERAL (
        SELECT * FROM event
        WHERE event.stream = asked.stream AND event.version > asked.version AND event.position > 0 OFFSET 0
    ) AS found ORDER BY position
"""

_READ_LOG = """
    SELECT stream, version, type, body, position, agreement, chain
    FROM event WHERE position > $1 ORDER BY position LIMIT $2
"""

_READ_CREATED = """
    SELECT stream, version, type, body, position, agreement, chain
    FROM event
    WHERE version = 1 AND split_part(stream, ':', 1) = $1 AND position > $3
        AND ($2::text[] IS NULL OR agreement = ANY ($2))
    ORDER BY position LIMIT $4
"""

_COUNT_KEYS = """
    SELECT count(*) FROM (SELECT FROM idempotency WHERE caller >= $1 AND caller < $2 LIMIT $3) AS stored
"""

_SAVE_SNAPSHOT = """
    INSERT INTO snapshot (stream, version, revision, state) VALUES ($1, $2, $3, $4)
    ON CONFLICT (stream) DO UPDATE SET version = $2, revision = $3, state = $4
    WHERE snapshot.version < $2 OR snapshot.revision <> $3
"""


class PostgresEventStore:
    """One process's door to the log; `async with PostgresEventStore.open(...)`.

    Appends that wait while a transaction is under way share the next one, so hundreds share one fsync under
    load, and an append that comes alone waits for nobody.
    """

    def __init__(self, database: Database, pool: Pool) -> None:
        self._database = database
        self._pool = pool
        self._waiting: deque[Waiting] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._under_way = 0
        self._most_under_way = NEAR
        self._listening: Connection | None = None
        self._opening = asyncio.Lock()
        self._appended = asyncio.Event()
        # How many appends were announced, and what the last read to the end had come to when it began.
        self._announced = 0
        self._read_to: tuple[int, int] | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, dsn: str, *, password: str | None = None, readers: int = 4) -> AsyncIterator[Self]:
        """Connect; raises LogUnavailable when the database does not let us in."""
        database = Database(dsn, password, LogUnavailable)
        async with database.pool(most=readers) as pool:
            store = cls(database, pool)
            writers = [asyncio.create_task(store._write_forever(), name=f"log writer {n}") for n in range(FAR)]
            try:
                yield store
            finally:
                await end_all(writers)
                store._give_up_waiting()
                if store._listening is not None:
                    store._listening.terminate()

    async def append(self, append: Append) -> Sequence[int]:
        answer: asyncio.Future[Sequence[int]] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(append, answer))
        self._wake_writer()
        return await answer

    # -- the writers --------------------------------------------------------------------------------------------

    def _wake_writer(self) -> None:
        # Where no more may be under way, whoever comes back looks at what waits by itself.
        while self._idle and self._under_way < self._most_under_way:
            idle = self._idle.popleft()
            if not idle.done():
                idle.set_result(None)
                return

    async def _write_forever(self) -> None:
        connection: Connection | None = None
        batch: list[Waiting] = []
        try:
            while True:
                batch = []
                while not self._waiting or self._under_way >= self._most_under_way:
                    idle = asyncio.get_running_loop().create_future()
                    self._idle.append(idle)
                    await idle
                self._under_way += 1
                # An equal part for each that could take one now: so some are decided while others are committed.
                parts = 1 + self._most_under_way - self._under_way
                batch = take_independent(self._waiting, limit=MAX_BATCH_EVENTS, most=-(-len(self._waiting) // parts))
                if self._waiting:
                    self._wake_writer()
                connection = await self._write(connection, batch)
                self._under_way -= 1
        finally:
            for waiting in batch:
                waiting.settle(LogUnavailable(reason="the service is stopping"))
            if connection is not None:
                connection.terminate()

    async def _connect(self) -> Connection:
        """Connect, and find out how far away the database is: a replica in another place may be the primary now."""
        connection = await self._database.connect(plan_cache_mode=_PLANS)
        try:
            seconds = [await _round_trip(connection) for _ in range(_ROUND_TRIPS)]
        except BaseException:
            connection.terminate()
            raise
        self._most_under_way = most_under_way(seconds)
        self._wake_writer()
        return connection

    async def _write(self, connection: Connection | None, batch: list[Waiting]) -> Connection | None:
        """Record a batch and answer everyone in it; returns the connection if it can be used again."""
        try:
            if connection is None or connection.is_closed():
                connection = await self._connect()
            await self._record(connection, batch)
        except Exception as error:  # noqa: BLE001  # a writer that ended would leave all who come later waiting for ever
            # A connection in doubt is never used again: its transaction ends with it.
            if connection is not None:
                connection.terminate()
            if len(batch) > 1 and not isinstance(error, (LogUnavailable, *LOST)):
                # One of them cannot be recorded at all: which one it is must fail alone.
                for waiting in batch:
                    connection = await self._write(connection, [waiting])
                return connection
            for waiting in batch:
                waiting.settle(_refused(error, waiting.append))
            return None
        return connection

    async def _record(self, connection: Connection, batch: list[Waiting]) -> None:
        """Send a batch, and again without those that are refused, until the rest is recorded."""
        while batch:
            promises = Promises(batch)
            try:
                answer = await connection.fetchrow(_APPEND, *_columns(batch, promises))
            except asyncpg.ObjectNotInPrerequisiteStateError as error:
                if error.sqlstate != _ON_HOLD:
                    raise
                for waiting in batch:
                    waiting.settle(LogOnHold())
                return
            assert answer is not None
            refusals = promises.broken(answer["stale"], answer["got"], answer["taken"])
            if not refusals:
                position = answer["head"] + 1
                for waiting in batch:
                    waiting.settle(range(position, position + len(waiting.append.events)))
                    position += len(waiting.append.events)
                return
            for number, refusal in refusals.items():
                batch[number].settle(refusal)
            batch[:] = [waiting for number, waiting in enumerate(batch) if number not in refusals]

    def _give_up_waiting(self) -> None:
        while self._waiting:
            self._waiting.popleft().settle(LogUnavailable(reason="the service is stopping"))

    # -- readers ------------------------------------------------------------------------------------------------

    async def read_stream(self, stream: str, *, after_version: int = 0) -> Sequence[StoredEvent]:
        rows = await self._pool.fetch(_READ_STREAM, stream, after_version)
        return [StoredEvent(row["stream"], row["version"], row["type"], row["body"]) for row in rows]

    async def read_entries(self, stream: str, *, after_version: int, limit: int) -> Sequence[LogEntry]:
        return [_entry(row) for row in await self._pool.fetch(_READ_ENTRIES, stream, after_version, limit)]

    async def read_streams(self, after: Mapping[str, int]) -> Sequence[LogEntry]:
        rows = await self._pool.fetch(_READ_STREAMS, [*after], [*after.values()])
        return [_entry(row) for row in rows]

    async def version_at(self, stream: str, position: int) -> int:
        rows = await self._pool.fetch(
            "SELECT coalesce(max(version), 0) AS version FROM event WHERE stream = $1 AND position BETWEEN 1 AND $2",
            stream,
            position,
        )
        version: int = rows[0]["version"]
        return version

    async def read_log(self, *, after: int, limit: int) -> Sequence[LogEntry]:
        announced = self._announced
        entries = [_entry(row) for row in await self._pool.fetch(_READ_LOG, after, limit)]
        if len(entries) < limit:
            self._read_to = (entries[-1].id if entries else after), announced
        return entries

    async def head(self) -> Head:
        return Head(*(await self._pool.fetch("SELECT position, chain FROM log_head"))[0])

    async def chain_at(self, position: int) -> bytes | None:
        if not position:
            return START.chain
        rows = await self._pool.fetch("SELECT chain FROM event WHERE position = $1", position)
        return rows[0]["chain"] if rows else None

    async def read_created(
        self, entity: str, *, agreements: Sequence[str] | None, after: int, limit: int
    ) -> Sequence[LogEntry]:
        return [_entry(row) for row in await self._pool.fetch(_READ_CREATED, entity, agreements, after, limit)]

    async def find_answer(self, caller: str, key: str) -> StoredAnswer | None:
        rows = await self._pool.fetch(
            "SELECT fingerprint, answer, version FROM idempotency WHERE caller = $1 AND key = $2", caller, key
        )
        return StoredAnswer(*rows[0]) if rows else None

    async def count_keys(self, first_caller: str, below: str, *, most: int) -> int:
        rows = await self._pool.fetch(_COUNT_KEYS, first_caller, below, most)
        return int(rows[0][0])

    async def expire_keys(self) -> int:
        rows = await self._pool.fetch("SELECT idempotency_expire()")
        return int(rows[0][0])

    async def load_snapshot(self, stream: str) -> Snapshot | None:
        rows = await self._pool.fetch("SELECT version, revision, state FROM snapshot WHERE stream = $1", stream)
        return Snapshot(*rows[0]) if rows else None

    async def save_snapshot(self, stream: str, snapshot: Snapshot) -> None:
        await self._pool.fetch(_SAVE_SNAPSHOT, stream, snapshot.version, snapshot.revision, snapshot.state)

    async def drop_snapshot(self, stream: str) -> None:
        await self._pool.fetch("DELETE FROM snapshot WHERE stream = $1", stream)

    async def wait_for_append(self, after: int, timeout_seconds: float) -> None:
        """Sleep until another append is announced; the caller's own read is the truth, this only wakes it."""
        async with self._opening:
            if self._listening is None or self._listening.is_closed():
                await self._listen()
        # Cleared before looking, so that an append between the look and the wait is not slept through.
        self._appended.clear()
        # Whoever has read to the end need not ask where it is: was anything announced since that began, or not?
        if self._read_to is not None and self._read_to[0] == after:
            if self._read_to[1] != self._announced:
                return
        elif (await self.head()).position > after:
            return
        # Not `wait_for`, which on Python 3.11 can swallow a cancellation that comes as it ends.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._appended.wait()

    async def _listen(self) -> None:
        connection = await self._database.connect()
        try:
            with reaching(LogUnavailable):
                await connection.add_listener(CHANNEL, self._hear)
                # Whoever waits looks, and listens anew.
                connection.add_termination_listener(self._hear)
        except BaseException:
            connection.terminate()
            raise
        self._listening = connection
        self._hear()  # of what nobody was there to hear

    def _hear(self, *_: object) -> None:
        self._announced += 1
        self._appended.set()


def most_under_way(round_trips: Sequence[float]) -> int:
    """Return how many transactions to send at once, by how long some round trips took."""
    # The shortest counts: whatever else this process did meanwhile only made the others longer.
    return FAR if min(round_trips) > FAR_SECONDS else NEAR


async def _round_trip(connection: Connection) -> float:
    started = perf_counter()
    await connection.execute("SELECT")
    return perf_counter() - started


def _columns(batch: Sequence[Waiting], promises: Promises) -> tuple[Sequence[object], ...]:
    """Return the arguments of log_append: a batch column by column."""
    events = [event for waiting in batch for event in waiting.append.events]
    answers = [waiting.append.keyed for waiting in batch if waiting.append.keyed]
    return (
        promises.streams,
        promises.versions,
        [event.originator_id for event in events],
        [event.originator_version for event in events],
        [event.topic for event in events],
        [event.agreement for event in events],
        [event.state for event in events],
        [answer.key.caller for answer in answers],
        [answer.key.key for answer in answers],
        [answer.key.fingerprint for answer in answers],
        [answer.answer for answer in answers],
        [answer.version for answer in answers],
    )


def _refused(error: Exception, append: Append) -> Exception:
    """Translate why a single append was not recorded; what is no fault of the database's is told as it is."""
    if isinstance(error, asyncpg.UniqueViolationError):
        # Either one without an expectation, whose stream holds one of its versions already; or another party was
        # registered since under an id that differs in case alone, and who decides again is told of it.
        event = append.events[0]
        return VersionConflict(str(event.originator_id), expected=event.originator_version - 1, got=-1)
    if isinstance(error, (asyncpg.PostgresError, *LOST)):
        unavailable = LogUnavailable(reason=type(error).__name__)
        unavailable.__cause__ = error
        return unavailable
    return error


def _entry(row: asyncpg.Record) -> LogEntry:
    return LogEntry(*row)
