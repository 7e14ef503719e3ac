"""The list of what waits for whom: its one keeper writes it, and everybody reads its own part of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Self

from services.agreements.following import Progress
from shared.database import Connection, Pool, reaching
from shared.log.store import LogUnavailable

_OF_STREAMS: Final = "SELECT party, since, stream, name, subject, agreement FROM task WHERE stream = ANY ($1::text[])"
_ABOUT: Final = "SELECT DISTINCT stream FROM task_about WHERE asset = ANY ($1::text[])"
_ASSETS: Final = "SELECT asset, stream FROM task_about WHERE stream = ANY ($1::text[])"
_STREAMS: Final = """
    (SELECT DISTINCT stream FROM task WHERE stream > $1 ORDER BY stream LIMIT $2)
    UNION (SELECT DISTINCT stream FROM task_about WHERE stream > $1 ORDER BY stream LIMIT $2)
    ORDER BY stream LIMIT $2
"""
_FIRST: Final = "SELECT stream, body FROM event WHERE stream = ANY ($1::text[]) AND version = 1"
_DROP: Final = "DELETE FROM task WHERE stream = ANY ($1::text[])"
_DROP_ABOUT: Final = "DELETE FROM task_about WHERE stream = ANY ($1::text[])"
_MINE: Final = """
    SELECT party, since, stream, name, subject, agreement FROM task
    WHERE party = ANY ($1::text[]) AND (since, stream, name, subject, party) > ($2, $3, $4, $5, $6)
        AND ($7::text IS NULL OR agreement = $7) AND ($8::text IS NULL OR name = $8)
    ORDER BY since, stream, name, subject, party LIMIT $9
"""

Key = tuple[str, str, str]
"""By which a task of a thing is known again: the same party, asked the same about the same."""


class Listed(NamedTuple):
    """That a party is asked something about a thing since a moment."""

    party: str
    since: datetime
    stream: str
    name: str
    subject: str
    agreement: str

    @classmethod
    def of(cls, key: Key, since: datetime, stream: str, agreement: str) -> Self:
        party, name, subject = key
        return cls(party, since, stream, name, subject, agreement)

    @property
    def key(self) -> Key:
        return self.party, self.name, self.subject


class Open(NamedTuple):
    """Everything that a thing asks, and the assets whose holders it asks."""

    listed: Sequence[Listed]
    assets: Sequence[str]

    @classmethod
    def of(cls, listed: Iterable[Listed], assets: Iterable[str]) -> Self:
        return cls(tuple(sorted(listed)), tuple(sorted({*assets})))


class KeptTasks:
    """The tables as their keeper writes them, over the connection that holds its lock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._progress = Progress(connection, "task_progress")

    async def resume(self, rules: str) -> int:
        """Return how far the log has been followed by these rules: not at all, if by others or not this log."""
        return await self._progress.resume(rules)

    async def of_streams(self, streams: Iterable[str]) -> dict[str, list[Listed]]:
        """Return what is listed of things, by their streams."""
        with reaching(LogUnavailable):
            rows = await self._connection.fetch(_OF_STREAMS, list(streams))
        found: dict[str, list[Listed]] = {}
        for row in rows:
            found.setdefault(row["stream"], []).append(Listed(*row))
        return found

    async def about(self, assets: Iterable[str]) -> set[str]:
        """Return the streams of the open things whose holders are asked and that are about one of these."""
        with reaching(LogUnavailable):
            rows = await self._connection.fetch(_ABOUT, list(assets))
        return {row["stream"] for row in rows}

    async def first_events(self, streams: Iterable[str]) -> dict[str, bytes]:
        """Return what first happened to things, as it was published."""
        with reaching(LogUnavailable):
            rows = await self._connection.fetch(_FIRST, list(streams))
        return {row["stream"]: row["body"] for row in rows}

    async def assets_of(self, streams: Iterable[str]) -> dict[str, set[str]]:
        """Return about which assets things are listed, by their streams."""
        with reaching(LogUnavailable):
            rows = await self._connection.fetch(_ASSETS, list(streams))
        found: dict[str, set[str]] = {}
        for row in rows:
            found.setdefault(row["stream"], set()).add(row["asset"])
        return found

    async def streams(self, after: str, *, limit: int) -> list[str]:
        """Return the next streams of which anything is listed, by their names."""
        with reaching(LogUnavailable):
            return [row["stream"] for row in await self._connection.fetch(_STREAMS, after, limit)]

    async def keep(self, upto: int, opened: Mapping[str, Open]) -> None:
        """Write what these things ask now, and that the log was followed so far, or neither."""
        with reaching(LogUnavailable):
            async with self._connection.transaction():
                await self._put(opened)
                await self._progress.reach(upto)

    async def put(self, opened: Mapping[str, Open]) -> None:
        """Write what these things ask now."""
        with reaching(LogUnavailable):
            async with self._connection.transaction():
                await self._put(opened)

    async def _put(self, opened: Mapping[str, Open]) -> None:
        listed = [each for thing in opened.values() for each in thing.listed]
        about = [(asset, stream) for stream, thing in opened.items() for asset in thing.assets]
        await self._connection.execute(_DROP, list(opened))
        await self._connection.execute(_DROP_ABOUT, list(opened))
        if listed:
            await self._connection.copy_records_to_table("task", records=listed, columns=Listed._fields)
        if about:
            await self._connection.copy_records_to_table("task_about", records=about, columns=("asset", "stream"))


class TaskList:
    """The list as whoever is asked reads it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(
        self, parties: Iterable[str], after: Listed, *, agreement: str | None, name: str | None, limit: int
    ) -> list[Listed]:
        """Return what these parties are asked, what has waited longest first; raises LogUnavailable."""
        where = (after.since, after.stream, after.name, after.subject, after.party)
        rows = await self._pool.fetch(_MINE, list(parties), *where, agreement, name, limit)
        return [Listed(*row) for row in rows]
