"""How a log that is no longer the history which was published comes to be one again: by its owner, and on purpose.

Taking back puts what the log lost, or what was changed in it, back byte for byte from whoever holds it. Where the log
has recorded something else meanwhile, or nobody holds what it lost, it goes on by an event that says so.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from shared.calendar import legal_day
from shared.database import Connection
from shared.errors import MoietyError
from shared.events.log import LogContinued
from shared.ids import new_id
from shared.log.chain import LOG, START, Head, HistoryDiverged, chain_after, chain_text, chain_through
from shared.log.compared import Holder, common_with, compare, recount
from shared.log.context import CommandContext
from shared.log.envelope import NO_AGREEMENT, MalformedEvent, decode, encode
from shared.log.hold import Hold
from shared.log.store import LogEntry

OPERATOR: Final = "operator"
STREAM: Final = f"log:{LOG}"

_HEAD = "SELECT position, chain FROM log_head"
_ROWS = """
    SELECT stream, version, type, body, position, agreement, chain
    FROM event WHERE position > $1 ORDER BY position LIMIT $2
"""
_PUT = """
    INSERT INTO event (stream, version, type, agreement, position, body, chain) VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (position) DO UPDATE SET (stream, version, type, agreement, body, chain)
        = (excluded.stream, excluded.version, excluded.type, excluded.agreement, excluded.body, excluded.chain)
"""
_HOLD = "SELECT position, expected, got, held_at FROM log_hold"
# Whose connections there are, everybody may see.
_RELAYS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'relay'"
_INTERRUPTED = """
    SELECT stream FROM event
    WHERE stream IN (SELECT stream FROM event WHERE position > $1)
    GROUP BY stream HAVING count(*) <> max(version) LIMIT 1
"""
_CONTINUE = """
    SELECT * FROM log_append(
        ARRAY[$1], ARRAY[$2 - 1], ARRAY[$1], ARRAY[$2], ARRAY[$3], ARRAY[$4], ARRAY[$5::bytea],
        '{}', '{}', '{}', '{}', '{}'
    )
"""


class LogWentOn(HistoryDiverged):
    """The log has recorded something else than was published; nothing can be taken back."""


class ToBeTakenBack(MoietyError):
    """The log has recorded nothing else, and what it lost is still held: take that back."""


class NotTheLastInCommon(MoietyError):
    """That is not the last position up to which the log agrees with whoever holds its history."""


class RelayRuns(MoietyError):
    """A relay is connected to the log, and would find the old stream and put the log on hold again: stop it first."""


class NotOfTheLog(MoietyError):
    """What is held does not continue the log's streams of events."""


class TakenBack(NamedTuple):
    """How many events were put back at the log's end, which before it were mended, and where it ends now."""

    events: int
    mended: Sequence[int]
    head: Head


class KeptLog:
    """The log over its owner's connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def head(self) -> Head:
        row = await self._connection.fetchrow(_HEAD)
        assert row is not None, "one row, from the first migration on"
        return Head(*row)

    async def held(self) -> Hold | None:
        """Return why nothing is recorded now, if so."""
        row = await self._connection.fetchrow(_HOLD)
        return Hold(*row) if row is not None else None

    async def read_log(self, *, after: int, limit: int) -> Sequence[LogEntry]:
        return [LogEntry(*row) for row in await self._connection.fetch(_ROWS, after, limit)]

    async def take_back(self, holder: Holder) -> TakenBack:
        """Let the log have all that a holder has, and go on, in one transaction. Raises LogWentOn, NotOfTheLog."""
        async with self._connection.transaction():
            # Behind every append under way, and before any other.
            await self._connection.execute(f"{_HEAD} FOR UPDATE")
            head, end = await self.head(), await holder.end()
            await self._check_recorded(holder, min(end, head.position), head)
            at, mended = START, list[int]()
            async for published in holder.until(end):
                rows = {row.id: row for row in await self.read_log(after=at.position, limit=len(published))}
                for each in published:
                    at = Head(each.position, chain_after(at.chain, each.body))
                    true = _entry_of(at, each.body)
                    if rows.get(at.position) != true:
                        await self._put(true)
                        mended += [at.position] if at.position <= head.position else []
            if (stream := await self._connection.fetchval(_INTERRUPTED, head.position)) is not None:
                message = f"stream {stream} has a gap then"
                raise NotOfTheLog(message)
            if at.position >= head.position:
                await self._connection.execute("UPDATE log_head SET (position, chain) = ($1, $2)", *at)
            if mended:
                # Perhaps folded from what was changed; it is a cache.
                await self._connection.execute("DELETE FROM snapshot")
            await self._connection.execute("DELETE FROM log_hold")
            return TakenBack(max(at.position - head.position, 0), mended, await self.head())

    async def continue_after(
        self, last: int, because: str, holders: Sequence[Holder], *, now: datetime
    ) -> LogContinued:
        """Record that the log goes on without what was published after a position, and let it go on.

        Raises RelayRuns, LogAltered, ToBeTakenBack, NotTheLastInCommon.
        """
        if relays := await self._connection.fetch(_RELAYS):
            message = f"a relay is connected to the log, by {len(relays)} connections: stop it first"
            raise RelayRuns(message)
        async with self._connection.transaction():
            await self._connection.execute(f"{_HEAD} FOR UPDATE")
            head = await recount(self)
            for holder in holders:
                await self._check_common(last, head, holder)
            if last > head.position:
                message = f"the log ends at {head.position}, got {last}"
                raise NotTheLastInCommon(message)
            chain = (await self.read_log(after=last - 1, limit=1))[0].chain if last else START.chain
            epoch = 1 + await self._connection.fetchval("SELECT count(*) FROM event WHERE stream = $1", STREAM)
            continued = LogContinued(log=LOG, epoch=epoch, after=last, chain=chain_text(chain), because=because)
            context = CommandContext(actor=OPERATOR, actor_party=None, now=now, correlation_id=new_id("cor"))
            envelope = context.envelope(STREAM, epoch, continued, agreement=NO_AGREEMENT, effective_on=legal_day(now))
            await self._connection.execute("DELETE FROM log_hold")
            await self._connection.execute(_CONTINUE, STREAM, epoch, continued.TYPE, NO_AGREEMENT, encode(envelope))
            return continued

    async def _check_recorded(self, holder: Holder, common: int, head: Head) -> None:
        """Raise LogWentOn unless what a holder has up to a position is what the log recorded up to there.

        Rows may have been changed since: what was recorded is said by the chain, which each event gave to the next.
        """
        chain = START.chain
        async for published in holder.until(common):
            chain = chain_through(chain, (each.body for each in published))
        stated = {row.chain for row in await self.read_log(after=common - 1, limit=1) if row.id == common}
        if common == head.position:
            stated.add(head.chain)
        if common and chain not in stated:
            try:
                await compare(self, holder, common)
            except HistoryDiverged as diverged:
                raise LogWentOn(diverged.position, expected=diverged.expected, got=diverged.got) from None
            raise LogWentOn(common, expected=chain_text(chain), got=", ".join(map(chain_text, stated)))

    async def _check_common(self, last: int, head: Head, holder: Holder) -> None:
        """Raise unless a position is the last up to which the log agrees with a holder; with one that has less, any."""
        end = await holder.end()
        common = await common_with(self, holder, end)
        if common == head.position < end:
            message = f"the {holder.name} holds {end - common} events after {common}"
            raise ToBeTakenBack(message)
        if last < common or (last > common and common < end):
            message = f"the {holder.name} and the log agree up to {common}, got {last}"
            raise NotTheLastInCommon(message)

    async def _put(self, row: LogEntry) -> None:
        told = (str(row.originator_id), row.originator_version, row.topic, row.agreement)
        await self._connection.execute(_PUT, *told, row.id, row.state, row.chain)


def _entry_of(at: Head, body: bytes) -> LogEntry:
    """Return the row of an event, all of which its bytes say; raises NotOfTheLog for bytes that are none."""
    try:
        told = decode(body)
    except MalformedEvent as error:
        message = f"position {at.position}: {error}"
        raise NotOfTheLog(message) from error
    return LogEntry(told.stream, told.version, told.type, body, at.position, told.agreement, at.chain)
