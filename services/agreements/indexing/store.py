"""The index of lists: its one keeper writes it, and whoever lists looks things up in it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from services.agreements.following import Progress, check_behind
from services.agreements.headings import EVERY, Heading, Located
from shared.database import Connection, Pool, reaching
from shared.log.store import LogUnavailable

# More that has happened since the index was kept is not looked at: it is kept within a second, unless it is made anew.
MOST_BEHIND: Final = 2_000

_BEGUN: Final = "SELECT position, stream FROM event WHERE stream = ANY ($1::text[]) AND version = 1"
_SCOPES: Final = "SELECT DISTINCT scope, stream FROM heading WHERE stream = ANY ($1::text[])"
_DROP: Final = "DELETE FROM heading WHERE stream = ANY ($1::text[])"
_HEADING: Final = ("entity", "scope", "name", "value", "position", "stream")
_UNDER: Final = """
    SELECT DISTINCT found.position, found.stream
    FROM unnest($2::text[], $3::text[], $4::text[]) AS asked (scope, name, value)
    CROSS JOIN LATERAL (
        SELECT heading.position, heading.stream FROM heading
        WHERE heading.entity = $1 AND heading.scope = asked.scope AND heading.name = asked.name
            AND heading.value = asked.value AND heading.position > $5
        ORDER BY heading.position LIMIT $6
    ) AS found
    ORDER BY found.position LIMIT $6
"""
_OF_STREAMS: Final = "SELECT stream, entity, scope, name, value, position FROM heading WHERE stream = ANY ($1::text[])"
_STREAMS: Final = "SELECT DISTINCT stream FROM heading WHERE stream > $1 ORDER BY stream LIMIT $2"
_BEHIND: Final = """
    SELECT log_head.position - heading_progress.position AS behind FROM log_head LEFT JOIN heading_progress ON true
"""
_TOUCHED: Final = """
    SELECT begun.position, begun.stream
    FROM (
        SELECT DISTINCT stream FROM event
        WHERE position > (SELECT position FROM heading_progress) AND split_part(stream, ':', 1) = $1
            AND ($2::text[] IS NULL OR agreement = ANY ($2))
    ) AS touched
    CROSS JOIN LATERAL (
        -- Not as `= 1`: it would go by the index of all that was ever created.
        SELECT event.position, event.stream FROM event WHERE event.stream = touched.stream AND event.version < 2
    ) AS begun
"""


class Row(NamedTuple):
    """What is listed of a thing under one heading."""

    entity: str
    scope: str
    name: str
    value: str
    position: int


class KeptIndex:
    """The tables as their keeper writes them, over the connection that holds its lock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._progress = Progress(connection, "heading_progress")

    async def resume(self, rules: str) -> int:
        """Return how far the log has been followed by these rules: not at all, if by others or not this log."""
        return await self._progress.resume(rules)

    async def begun(self, streams: Iterable[str]) -> dict[str, int]:
        """Return the positions of the first events of streams."""
        with reaching(LogUnavailable):
            rows = await self._connection.fetch(_BEGUN, list(streams))
        return {row["stream"]: row["position"] for row in rows}

    async def scopes_of(self, streams: Iterable[str]) -> set[tuple[str, str]]:
        """Return among whose things streams stand, each with its stream."""
        with reaching(LogUnavailable):
            rows = await self._connection.fetch(_SCOPES, list(streams))
        return {(row["scope"], row["stream"]) for row in rows}

    async def under(self, entity: str, headings: Iterable[Heading]) -> set[str]:
        """Return the streams of all things under some headings."""
        with reaching(LogUnavailable):
            rows = await self._connection.fetch(_UNDER, entity, *_columns(headings), 0, EVERY)
        return {row["stream"] for row in rows}

    async def listed(self, streams: Iterable[str]) -> dict[str, frozenset[Row]]:
        """Return under which headings streams stand, with what is listed of them there."""
        with reaching(LogUnavailable):
            rows = await self._connection.fetch(_OF_STREAMS, list(streams))
        found: dict[str, set[Row]] = {}
        for stream, *row in rows:
            found.setdefault(stream, set()).add(Row(*row))
        return {stream: frozenset(listed) for stream, listed in found.items()}

    async def streams(self, after: str, *, limit: int) -> list[str]:
        """Return the next streams of which anything is listed, by their names."""
        with reaching(LogUnavailable):
            return [row["stream"] for row in await self._connection.fetch(_STREAMS, after, limit)]

    async def keep(self, upto: int, kept: Mapping[str, Iterable[Row]]) -> None:
        """Write under which headings these things stand now, and that the log was followed so far, or neither."""
        with reaching(LogUnavailable):
            async with self._connection.transaction():
                await self._put(kept)
                await self._progress.reach(upto)

    async def put(self, kept: Mapping[str, Iterable[Row]]) -> None:
        """Write under which headings these things stand now."""
        with reaching(LogUnavailable):
            async with self._connection.transaction():
                await self._put(kept)

    async def _put(self, kept: Mapping[str, Iterable[Row]]) -> None:
        rows = [(*row, stream) for stream, listed in kept.items() for row in listed]
        await self._connection.execute(_DROP, list(kept))
        if rows:
            await self._connection.copy_records_to_table("heading", records=rows, columns=_HEADING)


class ListIndex:
    """The index as whoever lists reads it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def touched(self, entity: str, *, agreements: Sequence[str] | None) -> list[Located]:
        """Return the things to which something happened that the index does not know yet; raises ListsBehind."""
        if not check_behind((await self._pool.fetch(_BEHIND))[0]["behind"], most=MOST_BEHIND):
            return []
        return [Located(*row) for row in await self._pool.fetch(_TOUCHED, entity, agreements)]

    async def under(self, entity: str, headings: Iterable[Heading], *, after: int, limit: int) -> list[Located]:
        """Return the first things above a position that stand under any of some headings, in order."""
        return [Located(*row) for row in await self._pool.fetch(_UNDER, entity, *_columns(headings), after, limit)]


def _columns(headings: Iterable[Heading]) -> tuple[list[str], list[str], list[str]]:
    listed = list(headings)
    return [each.scope for each in listed], [each.name for each in listed], [each.value for each in listed]
