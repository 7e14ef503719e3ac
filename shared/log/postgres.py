"""The event store on PostgreSQL: group commit under one row lock, with asyncpg."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, Self, TypeAlias

import asyncpg
from eventsourcing.persistence import StoredEvent

from shared.log.accept import Verdict, accept, streams_of
from shared.log.store import Append, KeyedAnswer, LogEntry, LogUnavailable, Recordable, Snapshot, StoredAnswer

# asyncpg's classes are generic for type checkers only.
_Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

CHANNEL = "moiety_log"
MAX_BATCH_EVENTS = 2_000
_LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError, OSError)

# The lock must be a statement of its own: under READ COMMITTED each statement sees what had been committed
# when it began, so only a statement begun after the lock was granted sees the append that held it before us.
_LOCK = "BEGIN; SELECT FROM log_head FOR UPDATE"

_SITUATION = """
    SELECT 'position' AS what, NULL AS name, NULL AS key, position AS value FROM log_head
    UNION ALL
    SELECT 'version', wanted.stream, NULL, newest.version
    FROM unnest($1::text[]) AS wanted (stream)
    CROSS JOIN LATERAL (
        SELECT version FROM event WHERE event.stream = wanted.stream ORDER BY version DESC LIMIT 1
    ) AS newest
    UNION ALL
    SELECT 'key', caller, key, 0
    FROM unnest($2::text[], $3::text[]) AS wanted (caller, key)
    JOIN idempotency USING (caller, key)
"""

_RECORD = """
    WITH recorded AS (
        INSERT INTO event (position, stream, version, type, agreement, subject, traceparent, body)
        SELECT * FROM unnest(
            $1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[]
        )
    ), answered AS (
        INSERT INTO idempotency (caller, key, fingerprint, answer, version)
        SELECT * FROM unnest($9::text[], $10::text[], $11::bytea[], $12::bytea[], $13::bigint[])
    )
    UPDATE log_head SET position = $14 RETURNING pg_notify('moiety_log', $14::bigint::text)
"""

_READ_STREAM = "SELECT stream, version, type, body FROM event WHERE stream = $1 AND version > $2 ORDER BY version"

_READ_LOG = """
    SELECT position, stream, version, type, subject, traceparent, body
    FROM event WHERE position > $1 ORDER BY position LIMIT $2
"""

_READ_CREATED = """
    SELECT position, stream, version, type, subject, traceparent, body
    FROM event
    WHERE version = 1 AND split_part(stream, ':', 1) = $1 AND agreement = ANY ($2) AND position > $3
    ORDER BY position LIMIT $4
"""

_SAVE_SNAPSHOT = """
    INSERT INTO snapshot (stream, version, revision, state) VALUES ($1, $2, $3, $4)
    ON CONFLICT (stream) DO UPDATE SET version = $2, revision = $3, state = $4
    WHERE snapshot.version < $2 OR snapshot.revision <> $3
"""


class _Waiting(NamedTuple):
    append: Append
    answer: asyncio.Future[Sequence[int]]


class PostgresEventStore:
    """One process's door to the log; `async with PostgresEventStore.open(...)`.

    Appends that wait while a transaction is under way share the next one, so hundreds share one fsync under
    load, and an append that comes alone waits for nobody.
    """

    def __init__(self, pool: _Pool, dsn: str, password: str | None) -> None:
        self._pool = pool
        self._dsn = dsn
        self._password = password
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._writing: _Connection | None = None
        self._listening: _Connection | None = None
        self._appended = asyncio.Event()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, dsn: str, *, password: str | None = None, readers: int = 4) -> AsyncIterator[Self]:
        """Connect; raises OSError or asyncpg.PostgresError when the database does not let us in."""
        async with asyncpg.create_pool(dsn, password=password, min_size=1, max_size=readers) as pool:
            store = cls(pool, dsn, password)
            writer = asyncio.create_task(store._write_forever(), name="log writer")
            try:
                yield store
            finally:
                writer.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await writer
                for open_connection in (store._writing, store._listening):
                    if open_connection is not None:
                        open_connection.terminate()

    async def append(self, append: Append) -> Sequence[int]:
        waiting = _Waiting(append, asyncio.get_running_loop().create_future())
        self._waiting.put_nowait(waiting)
        return await waiting.answer

    # -- the writer ---------------------------------------------------------------------------------------------

    async def _write_forever(self) -> None:
        batch: list[_Waiting] = []
        try:
            while True:
                batch = [await self._waiting.get()]
                events = len(batch[0].append.events)
                while events < MAX_BATCH_EVENTS and not self._waiting.empty():
                    batch.append(self._waiting.get_nowait())
                    events += len(batch[-1].append.events)
                await self._write(batch)
        finally:
            while not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            for waiting in batch:
                if not waiting.answer.done():
                    waiting.answer.set_exception(LogUnavailable())

    async def _write(self, batch: list[_Waiting]) -> None:
        """Commit a batch and answer everyone in it; an append that the database itself refuses fails alone."""
        try:
            verdicts: Sequence[Verdict | LogUnavailable] = await self._commit([waiting.append for waiting in batch])
        except asyncpg.PostgresError as error:
            if len(batch) > 1 and not isinstance(error, _LOST):
                for waiting in batch:
                    await self._write([waiting])
                return
            verdicts = [_unavailable(error)] * len(batch)
        except _LOST as error:
            verdicts = [_unavailable(error)] * len(batch)
        for waiting, verdict in zip(batch, verdicts, strict=True):
            if waiting.answer.done():  # its caller went away; what was recorded stays recorded
                continue
            if isinstance(verdict, Exception):
                waiting.answer.set_exception(verdict)
            else:
                waiting.answer.set_result(verdict)

    async def _commit(self, appends: Sequence[Append]) -> list[Verdict]:
        connection = await self._writer_connection()
        try:
            await connection.execute(_LOCK)
            verdicts, position = await self._judge(connection, appends)
            await self._record(connection, appends, verdicts, position)
            await connection.execute("COMMIT")
        except BaseException:
            # A connection in doubt is never used again: its transaction ends with it.
            self._writing = None
            connection.terminate()
            raise
        return verdicts

    async def _writer_connection(self) -> _Connection:
        if self._writing is None or self._writing.is_closed():
            self._writing = await asyncpg.connect(self._dsn, password=self._password)
        return self._writing

    @staticmethod
    async def _judge(connection: _Connection, appends: Sequence[Append]) -> tuple[list[Verdict], int]:
        keys = [append.keyed.key for append in appends if append.keyed]
        rows = await connection.fetch(
            _SITUATION, list(streams_of(appends)), [key.caller for key in keys], [key.key for key in keys]
        )
        position = next(row["value"] for row in rows if row["what"] == "position")
        verdicts = accept(
            appends,
            position=position,
            versions={row["name"]: row["value"] for row in rows if row["what"] == "version"},
            keys={(row["name"], row["key"]) for row in rows if row["what"] == "key"},
        )
        return verdicts, position

    @staticmethod
    async def _record(
        connection: _Connection,
        appends: Sequence[Append],
        verdicts: Sequence[Verdict],
        position: int,
    ) -> None:
        events: list[Recordable] = []
        answers: list[KeyedAnswer] = []
        for append, verdict in zip(appends, verdicts, strict=True):
            if isinstance(verdict, range):
                events.extend(append.events)
                if append.keyed:
                    answers.append(append.keyed)
        if not events and not answers:
            return
        last = position + len(events)
        await connection.fetch(
            _RECORD,
            range(position + 1, last + 1),
            [str(event.originator_id) for event in events],
            [event.originator_version for event in events],
            [event.topic for event in events],
            [event.agreement for event in events],
            [event.subject for event in events],
            [event.traceparent for event in events],
            [event.state for event in events],
            [answer.key.caller for answer in answers],
            [answer.key.key for answer in answers],
            [answer.key.fingerprint for answer in answers],
            [answer.answer for answer in answers],
            [answer.version for answer in answers],
            last,
        )

    # -- readers ------------------------------------------------------------------------------------------------

    async def read_stream(self, stream: str, *, after_version: int = 0) -> Sequence[StoredEvent]:
        rows = await self._fetch(_READ_STREAM, stream, after_version)
        return [StoredEvent(row["stream"], row["version"], row["type"], row["body"]) for row in rows]

    async def read_log(self, *, after: int, limit: int) -> Sequence[LogEntry]:
        return [_entry(row) for row in await self._fetch(_READ_LOG, after, limit)]

    async def last_position(self) -> int:
        rows = await self._fetch("SELECT position FROM log_head")
        position: int = rows[0]["position"]
        return position

    async def read_created(
        self, entity: str, *, agreements: Sequence[str], after: int, limit: int
    ) -> Sequence[LogEntry]:
        return [_entry(row) for row in await self._fetch(_READ_CREATED, entity, list(agreements), after, limit)]

    async def find_answer(self, caller: str, key: str) -> StoredAnswer | None:
        rows = await self._fetch(
            "SELECT fingerprint, answer, version FROM idempotency WHERE caller = $1 AND key = $2", caller, key
        )
        return StoredAnswer(*rows[0]) if rows else None

    async def load_snapshot(self, stream: str) -> Snapshot | None:
        rows = await self._fetch("SELECT version, revision, state FROM snapshot WHERE stream = $1", stream)
        return Snapshot(*rows[0]) if rows else None

    async def save_snapshot(self, stream: str, snapshot: Snapshot) -> None:
        await self._fetch(_SAVE_SNAPSHOT, stream, snapshot.version, snapshot.revision, snapshot.state)

    async def wait_for_append(self, after: int, timeout_seconds: float) -> None:
        """Sleep until another append is announced; the caller's own read is the truth, this only wakes it."""
        if self._listening is None or self._listening.is_closed():
            try:
                self._listening = await asyncpg.connect(self._dsn, password=self._password)
                await self._listening.add_listener(CHANNEL, lambda *_: self._appended.set())
            except (asyncpg.PostgresError, *_LOST) as error:
                raise _unavailable(error) from error
        # Cleared before looking, so that an append between the look and the wait is not slept through.
        self._appended.clear()
        if await self.last_position() > after:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._appended.wait(), timeout_seconds)

    async def _fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        try:
            return await self._pool.fetch(query, *arguments)
        except _LOST:
            # The pool finds out that a server restarted only by using a connection of before; once more is enough.
            try:
                return await self._pool.fetch(query, *arguments)
            except _LOST as error:
                raise _unavailable(error) from error


def _entry(row: asyncpg.Record) -> LogEntry:
    return LogEntry(
        originator_id=row["stream"],
        originator_version=row["version"],
        topic=row["type"],
        state=row["body"],
        id=row["position"],
        subject=row["subject"],
        traceparent=row["traceparent"],
    )


def _unavailable(error: BaseException) -> LogUnavailable:
    unavailable = LogUnavailable(reason=type(error).__name__)
    unavailable.__cause__ = error
    return unavailable
