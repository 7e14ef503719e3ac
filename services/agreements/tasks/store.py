"""The list of what waits for whom: its one keeper writes it, and everybody reads its own part of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Self

from services.agreements.following import Progress, check_behind
from shared.database import Connection, Pool, reaching
from shared.log.store import LogUnavailable

# More that has happened since the list was kept is not looked at: each thing is read, and what it asks found out.
MOST_BEHIND: Final = 500

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
        AND ($7::text IS NULL OR agreement = $7) AND ($8::text IS NULL OR name = $8) AND stream <> ALL ($10::text[])
    ORDER BY since, stream, name, subject, party LIMIT $9
"""

_BEHIND: Final = """
    SELECT log_head.position - task_progress.position AS behind FROM log_head LEFT JOIN task_progress ON true
"""
_TOUCHED: Final = """
    SELECT stream, max(version) AS version FROM event
    WHERE position > (SELECT position FROM task_progress) AND split_part(stream, ':', 1) = ANY ($1::text[])
    GROUP BY stream
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
    def order(self) -> tuple[datetime, str, str, str, str]:
        """Where it stands in the list."""
        return self.since, self.stream, self.name, self.subject, self.party

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

    async def touched(self, entities: Iterable[str]) -> dict[str, int]:
        """Return the streams to which something happened that the list does not know yet, with their versions.

        Raises ListsBehind where that would be too much to look at.
        """
        if not check_behind((await self._pool.fetch(_BEHIND))[0]["behind"], most=MOST_BEHIND):
            return {}
        return {row["stream"]: row["version"] for row in await self._pool.fetch(_TOUCHED, list(entities))}

    async def about(self, assets: Iterable[str]) -> set[str]:
        """Return the streams of the open things whose holders are asked and that are about one of these."""
        return {row["stream"] for row in await self._pool.fetch(_ABOUT, list(assets))}

    async def of(  # noqa: PLR0913  # keyword-only; what else is asked for
        self,
        parties: Collection[str],
        after: Listed,
        *,
        agreement: str | None,
        name: str | None,
        limit: int,
        besides: Mapping[str, Open] | None = None,
    ) -> list[Listed]:
        """Return what these parties are asked, what has waited longest first; raises LogUnavailable.

        Of the things `besides`, that counts which they ask by now.
        """
        newer, where = besides or {}, after.order
        rows = await self._pool.fetch(_MINE, list(parties), *where, agreement, name, limit, list(newer))
        found = [Listed(*row) for row in rows]
        found += [
            each
            for thing in newer.values()
            for each in thing.listed
            if each.party in parties
            and each.order > where
            and agreement in {None, each.agreement}
            and name in {None, each.name}
        ]
        return sorted(found, key=lambda each: each.order)[:limit]
