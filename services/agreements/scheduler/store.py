"""The list of what is due, as its one keeper uses it."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple

from services.agreements.following import Progress
from services.agreements.indexing.store import KeptIndex
from services.agreements.tasks.store import KeptTasks
from shared.database import Connection, Database, reaching
from shared.log.store import LogUnavailable

# Any number will do, as long as no other program takes it in the agreements database.
_KEEPER_LOCK: Final = 0x736368656475

_TOUCHED: Final = """
    SELECT stream, max(version) AS version
    FROM event
    WHERE position > $1 AND position <= $2 AND split_part(stream, ':', 1) = ANY ($3::text[])
    GROUP BY stream
"""

_BEGUN: Final = """
    SELECT stream FROM event
    WHERE position > $1 AND position <= $2 AND split_part(stream, ':', 1) = ANY ($3::text[])
    -- Not as a condition: it would go by the index of all that was ever created.
    GROUP BY stream HAVING min(version) = 1
"""

_EXISTING: Final = "SELECT stream FROM event WHERE stream = ANY ($1::text[]) AND version = 1"

_MOVING: Final = """
    -- Not as `= 1`: it would go by the index of all that was ever created.
    SELECT stream FROM event WHERE stream = ANY ($1::text[]) AND version < 2
        AND agreement = ANY (ARRAY (SELECT moved.agreement FROM event AS moved WHERE moved.position > $2))
"""

_OF_STREAMS: Final = "SELECT stream, due_on FROM due WHERE stream = ANY ($1::text[])"

_STREAMS: Final = "SELECT stream FROM due WHERE stream > $1 ORDER BY stream LIMIT $2"

_DUE: Final = """
    SELECT stream FROM due WHERE due_on <= $1 AND stream <> ALL ($2::text[]) ORDER BY due_on, stream LIMIT $3
"""

_PUT: Final = """
    INSERT INTO due (stream, due_on) SELECT * FROM unnest($1::text[], $2::date[])
    ON CONFLICT (stream) DO UPDATE SET due_on = excluded.due_on WHERE due.due_on <> excluded.due_on
"""


class Touched(NamedTuple):
    """The streams to which something happened up to a position, each at the version it had there."""

    upto: int
    versions: dict[str, int]


class DueStore:
    """The tables `due` and `due_progress`, over the connection that holds the keeper's lock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._progress = Progress(connection, "due_progress")
        # Other lists that are made from the log, and kept by whoever keeps this one.
        self.tasks = KeptTasks(connection)
        self.index = KeptIndex(connection)

    @classmethod
    @contextlib.asynccontextmanager
    async def sole_keeper(
        cls, database: Database, *, stands_by: Callable[[], None] = lambda: None
    ) -> AsyncIterator["DueStore"]:
        """Wait until no other process keeps the list, and keep others from it as long as this is in use.

        Raises LogUnavailable.
        """
        async with database.sole_holder(_KEEPER_LOCK, stands_by=stands_by) as connection:
            yield cls(connection)

    async def resume(self, rules: str) -> int:
        """Return how far the log has been followed by these rules: not at all, if by others or not this log."""
        return await self._progress.resume(rules)

    async def touched(self, after: int, *, limit: int, entities: Iterable[str]) -> Touched:
        """Return the streams of these entities that the next events belong to."""
        with reaching(LogUnavailable):
            head: int = await self._connection.fetchval("SELECT position FROM log_head")
            upto = min(head, after + limit)
            rows = await self._connection.fetch(_TOUCHED, after, upto, list(entities)) if upto > after else []
        return Touched(upto, {row["stream"]: row["version"] for row in rows})

    async def begun(self, after: int, upto: int, *, entities: Iterable[str]) -> list[str]:
        """Return the streams of these entities that began there."""
        with reaching(LogUnavailable):
            rows = await self._connection.fetch(_BEGUN, after, upto, list(entities))
        return [row["stream"] for row in rows]

    async def existing(self, streams: Iterable[str]) -> set[str]:
        """Return those streams that there are."""
        with reaching(LogUnavailable):
            return {row["stream"] for row in await self._connection.fetch(_EXISTING, list(streams))}

    async def moving(self, streams: Iterable[str], *, after: int) -> set[str]:
        """Return those streams in whose agreements something has happened since a position."""
        with reaching(LogUnavailable):
            return {row["stream"] for row in await self._connection.fetch(_MOVING, list(streams), after)}

    async def listed(self, streams: Iterable[str]) -> dict[str, date | None]:
        """Return on which days streams are listed as due."""
        with reaching(LogUnavailable):
            rows = await self._connection.fetch(_OF_STREAMS, list(streams))
        return {row["stream"]: row["due_on"] for row in rows}

    async def streams(self, after: str, *, limit: int) -> list[str]:
        """Return the next streams that are listed, by their names."""
        with reaching(LogUnavailable):
            return [row["stream"] for row in await self._connection.fetch(_STREAMS, after, limit)]

    async def keep(self, upto: int, days: Mapping[str, date | None]) -> None:
        """Write when each stream is due next, and that the log was followed so far, or neither."""
        with reaching(LogUnavailable):
            async with self._connection.transaction():
                await self._put(days)
                await self._progress.reach(upto)

    async def put(self, days: Mapping[str, date | None]) -> None:
        """Write when streams are due next."""
        with reaching(LogUnavailable):
            async with self._connection.transaction():
                await self._put(days)

    async def due(self, today: date, *, limit: int, without: Iterable[str] = ()) -> list[str]:
        """Return the streams that are due, those that have been longest first."""
        with reaching(LogUnavailable):
            rows = await self._connection.fetch(_DUE, today, list(without), limit)
        return [row["stream"] for row in rows]

    async def _put(self, days: Mapping[str, date | None]) -> None:
        later = {stream: day for stream, day in days.items() if day is not None}
        await self._connection.execute(
            "DELETE FROM due WHERE stream = ANY ($1::text[])", [stream for stream in days if stream not in later]
        )
        await self._connection.execute(_PUT, list(later), list(later.values()))
