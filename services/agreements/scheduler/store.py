"""The list of what is due, as its one keeper uses it."""

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple

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

_CREATED: Final = """
    SELECT created.stream, due.due_on
    FROM (
        SELECT stream FROM event
        WHERE position > $1 AND position <= $2 AND split_part(stream, ':', 1) = ANY ($3::text[])
        -- Not as a condition: it would go by the index of all that was ever created.
        GROUP BY stream HAVING min(version) = 1
    ) AS created
    LEFT JOIN due ON due.stream = created.stream
"""

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
        # Other lists that are made from the log, and kept by whoever keeps this one.
        self.tasks = KeptTasks(connection)
        self.index = KeptIndex(connection)

    @classmethod
    @contextlib.asynccontextmanager
    async def sole_keeper(cls, database: Database) -> AsyncIterator["DueStore"]:
        """Wait until no other process keeps the list, and keep others from it as long as this is in use.

        Raises LogUnavailable.
        """
        async with database.sole_holder(_KEEPER_LOCK) as connection:
            yield cls(connection)

    async def resume(self, rules: str) -> int:
        """Return how far the log has been followed by these rules: not at all, if it was by others."""
        with reaching(LogUnavailable):
            position: int = await self._connection.fetchval(
                "UPDATE due_progress SET position = CASE WHEN rules = $1 THEN position ELSE 0 END, rules = $1"
                " RETURNING position",
                rules,
            )
        return position

    async def touched(self, after: int, *, limit: int, entities: Iterable[str]) -> Touched:
        """Return the streams of these entities that the next events belong to."""
        with reaching(LogUnavailable):
            head: int = await self._connection.fetchval("SELECT position FROM log_head")
            upto = min(head, after + limit)
            rows = await self._connection.fetch(_TOUCHED, after, upto, list(entities)) if upto > after else []
        return Touched(upto, {row["stream"]: row["version"] for row in rows})

    async def listed(self, after: int, upto: int, *, entities: Iterable[str]) -> dict[str, date | None]:
        """Return the streams of these entities that began there, each with the day on which it is listed as due."""
        with reaching(LogUnavailable):
            rows = await self._connection.fetch(_CREATED, after, upto, list(entities))
        return {row["stream"]: row["due_on"] for row in rows}

    async def keep(self, upto: int, days: Mapping[str, date | None]) -> None:
        """Write when each stream is due next, and that the log was followed so far, or neither."""
        with reaching(LogUnavailable):
            async with self._connection.transaction():
                await self._put(days)
                await self._connection.execute("UPDATE due_progress SET position = $1", upto)

    async def put(self, stream: str, day: date | None) -> None:
        """Write when a stream is due next."""
        with reaching(LogUnavailable):
            async with self._connection.transaction():
                await self._put({stream: day})

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
