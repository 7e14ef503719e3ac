"""The log compared with whoever else holds its history: the first position at which they differ."""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, Protocol

from shared.log.chain import START, Head, HistoryDiverged, chain_text, leaf_text
from shared.log.recount import BELOW_ALL, recounted
from shared.log.store import LogEntry

PAGE_EVENTS = 1_000


class Published(NamedTuple):
    """One event as somebody holds it who had it from the log, and the chain that is stated with it, if any."""

    position: int
    body: bytes
    chain: str | None = None


class Holder(Protocol):
    """Who else has the history: the stream, the ledger."""

    @property
    def name(self) -> str: ...

    async def end(self) -> int:
        """Return the position up to which it holds the history, 0 for none of it."""

    def until(self, end: int) -> AsyncIterator[Sequence[Published]]:
        """Yield what it holds from 1 to a position, in order and without a gap."""


class LogReader(Protocol):
    """What comparing needs of the log."""

    async def read_log(self, *, after: int, limit: int) -> Sequence[LogEntry]: ...


async def recount(log: LogReader) -> Head:
    """Return where the log ends, by the bytes of all its events; raises LogAltered."""
    at = START
    while entries := await log.read_log(after=at.position or BELOW_ALL, limit=PAGE_EVENTS):
        at = recounted(at, entries)
    return at


async def compare(log: LogReader, holder: Holder, end: int) -> None:
    """Raise HistoryDiverged at the first position, up to an end, where a holder has something else than the log."""
    at = 0
    async for published in holder.until(end):
        entries = {entry.id: entry for entry in await log.read_log(after=at, limit=len(published))}
        for each in published:
            at, entry = each.position, entries.get(each.position)
            if entry is None or each.body != entry.state:
                raise HistoryDiverged(
                    at,
                    expected=f"{leaf_text(each.body)} in the {holder.name}",
                    got=f"{leaf_text(entry.state) if entry else 'nothing'} in the log",
                )
            if each.chain not in {None, chain_text(entry.chain)}:
                raise HistoryDiverged(
                    at, expected=f"{each.chain} in the {holder.name}", got=f"{chain_text(entry.chain)} in the log"
                )


async def common_with(log: LogReader, holder: Holder, end: int) -> int:
    """Return the last position, up to an end, to which a holder has what the log has."""
    try:
        await compare(log, holder, end)
    except HistoryDiverged as diverged:
        return diverged.position - 1
    return end
