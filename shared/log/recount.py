"""Working the chain out again from what is stored: a row that was changed by hand is named by its position."""

from collections.abc import Sequence
from typing import Final

import msgspec

from shared.log.chain import Head, HistoryDiverged, chain_after, chain_text
from shared.log.store import LogEntry

# Positions begin at 1. Who goes through the log begins below, so that a row which was put there is met.
BELOW_ALL: Final = -(2**63)


class LogAltered(HistoryDiverged):
    """A row of the log is not what was recorded there: `expected` is what its chain stands for, `got` what it holds."""


class _Told(msgspec.Struct, frozen=True):
    """What an event's bytes say that the row beside them says, too."""

    subject: str
    streamversion: int
    type: str
    agreement: str


_TOLD = msgspec.json.Decoder(_Told)


def recounted(after: Head, entries: Sequence[LogEntry]) -> Head:
    """Return where a log is after more entries, by their bytes alone; raises LogAltered at the first that is not so."""
    for entry in entries:
        if entry.id < 1:
            raise LogAltered(entry.id, expected="no event below position 1", got=f"the row of {row_of(entry)}")
        if entry.id != after.position + 1:
            raise LogAltered(after.position + 1, expected="an event", got=f"none before position {entry.id}")
        chain = chain_after(after.chain, entry.state)
        if chain != entry.chain:
            raise LogAltered(entry.id, expected=chain_text(entry.chain), got=chain_text(chain))
        if (told := row_told_by(entry.state)) not in {None, (row := row_of(entry))}:
            raise LogAltered(entry.id, expected=f"the row of {told}", got=f"the row of {row}")
        after = Head(entry.id, chain)
    return after


def row_of(entry: LogEntry) -> tuple[str, int, str, str]:
    """Return what is stored beside the bytes of an event: stream, version, type and agreement."""
    return str(entry.originator_id), entry.originator_version, entry.topic, entry.agreement


def row_told_by(body: bytes) -> tuple[str, int, str, str] | None:
    """Return what must be stored beside an event's bytes; None for bytes that are no event."""
    try:
        told = _TOLD.decode(body)
    except ValueError:
        return None
    return told.subject, told.streamversion, told.type, told.agreement
