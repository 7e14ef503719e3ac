"""Lists that are made from the log: how far it was followed for one, and whether it says what the log gives."""

from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from typing import Final, Generic, Protocol, TypeVar

from services.agreements.headings import ListsBehind
from shared.database import Connection, reaching
from shared.log.handle import Handler
from shared.log.latest import Latest
from shared.log.store import LogUnavailable
from shared.telemetry import logger

R = TypeVar("R")
# What is listed is compared with the log again and again: a row that somebody deleted would cancel a deadline, or hide
# a thing from whoever may see it.
COMPARED_EVENTS: Final = 100
COMPARED_STREAMS: Final = 100
REST_TICKS: Final = 60

# A row of before this was asked says nothing of its history: it is believed as far as the log goes.
_STANDS: Final = """
    SELECT progress.position FROM {table} AS progress LEFT JOIN event ON event.position = progress.position
    WHERE progress.rules = $1
        AND (progress.position = 0 OR event.chain = coalesce(progress.chain, event.chain))
"""
_RULES: Final = "SELECT rules FROM {table}"
_ANEW: Final = """
    INSERT INTO {table} (position, rules, chain) VALUES (0, $1, NULL)
    ON CONFLICT (single) DO UPDATE SET position = 0, rules = excluded.rules, chain = NULL
"""
_REACH: Final = """
    UPDATE {table} SET position = $1, chain = (SELECT event.chain FROM event WHERE event.position = $1)
"""

_log = logger()


def check_behind(behind: int | None, *, most: int) -> int:
    """Return by how many positions a list is behind the log.

    Raises ListsBehind for more than can be looked at besides, and where its keeper has to find out how far it has come.
    """
    if behind is None or not 0 <= behind <= most:
        raise ListsBehind(expected=f"at most {most} positions behind", got=behind)
    return behind


class Progress:
    """How far the log was followed for one list: a table of one row, which its keeper writes."""

    def __init__(self, connection: Connection, table: str) -> None:
        self._connection = connection
        self._table = table

    async def resume(self, rules: str) -> int:
        """Return how far the log has been followed by these rules: not at all, if by others or not this log."""
        with reaching(LogUnavailable):
            position: int | None = await self._connection.fetchval(_STANDS.format(table=self._table), rules)
            if position is not None:
                return position
            followed_by = await self._connection.fetchval(_RULES.format(table=self._table))
            await self._connection.execute(_ANEW.format(table=self._table), rules)
        # By other rules is an upgrade, or the first start; anything else nobody but a hand does.
        tell = _log.warning if followed_by in {None, rules} else _log.info
        tell("A list is made anew from the log", action="list-made-anew", progress=self._table)
        return 0

    async def reach(self, upto: int) -> None:
        """Write that the log was followed so far; within the transaction that writes what was found."""
        await self._connection.execute(_REACH.format(table=self._table), upto)


class Begun(Protocol):
    """What the log tells of the streams that it has."""

    async def begun(self, after: int, upto: int, *, entities: Iterable[str]) -> list[str]:
        """Return the streams of these entities that began there."""
        ...

    async def existing(self, streams: Iterable[str]) -> set[str]:
        """Return those that there are."""
        ...

    async def moving(self, streams: Iterable[str], *, after: int) -> set[str]:
        """Return those in whose agreements something has happened since a position."""
        ...


class Listed(Protocol[R]):
    """A list as it is compared: what it says of one thing is one value, which `nothing` is where it says nothing."""

    @property
    def told(self) -> Mapping[str, str]:
        """As what a difference is told in the log."""

    @property
    def entities(self) -> Collection[str]: ...

    @property
    def nothing(self) -> R: ...

    def given(self, latest: Latest, streams: Iterable[str]) -> Awaitable[Mapping[str, R]]:
        """Return what the log gives of these."""
        ...

    def listed(self, streams: Iterable[str]) -> Awaitable[Mapping[str, R]]:
        """Return what is listed of these."""
        ...

    def streams(self, after: str, *, limit: int) -> Awaitable[Sequence[str]]:
        """Return the next streams of which anything is listed, by their names."""
        ...

    def put(self, rows: Mapping[str, R]) -> Awaitable[None]:
        """List this of these, and nothing else."""
        ...

    def by_hand(self, listed: R, given: R) -> bool:
        """Tell whether nobody but a hand makes this difference: a list may say more than it has to."""
        ...


class Comparison(Generic[R]):
    """Passes through what began in the log and through what is listed, a bounded step at each tick."""

    def __init__(self, handler: Handler, log: Begun, kept: Listed[R]) -> None:
        self._handler = handler
        self._log = log
        self._kept = kept
        self._position = 0
        self._stream: str | None = ""
        self._rest = 0

    async def step(self, followed: int) -> None:
        """Put right what is listed of the next things, as far as the log was followed, and rest after the last."""
        if self._rest:
            self._rest -= 1
            return
        begun = min(self._position, followed)
        self._position = min(begun + COMPARED_EVENTS, followed)
        await self._compare(await self._log.begun(begun, self._position, entities=self._kept.entities), followed)
        if self._stream is not None:
            self._stream = await self._drop_strays(self._stream)
        if self._position == followed and self._stream is None:
            self._position, self._stream, self._rest = 0, "", REST_TICKS

    async def _compare(self, streams: Sequence[str], followed: int) -> None:
        if not streams:
            return
        listed = await self._kept.listed(streams)
        given = await self._kept.given(Latest(self._handler, {}), streams)
        nothing = self._kept.nothing
        differing = {each: given[each] for each in streams if listed.get(each, nothing) != given[each]}
        # What has just happened is not listed yet: it is followed first, and compared by the next pass.
        moving = await self._log.moving(differing, after=followed) if differing else set()
        right = {stream: value for stream, value in differing.items() if stream not in moving}
        for stream, value in right.items():
            if self._kept.by_hand(listed.get(stream, nothing), value):
                self._tell(stream)
        if right:
            await self._kept.put(right)

    async def _drop_strays(self, after: str) -> str | None:
        """Drop what is listed of things that there are not, and return how far that was looked at; None for all."""
        streams = await self._kept.streams(after, limit=COMPARED_STREAMS)
        ours = [stream for stream in streams if stream.partition(":")[0] in self._kept.entities]
        strays = sorted({*streams} - await self._log.existing(ours))
        for stream in strays:
            self._tell(stream)
        if strays:
            await self._kept.put(dict.fromkeys(strays, self._kept.nothing))
        return streams[-1] if len(streams) == COMPARED_STREAMS else None

    def _tell(self, stream: str) -> None:
        _log.warning("A list did not say what the log gives", **self._kept.told, stream=stream)
