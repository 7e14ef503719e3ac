"""From published messages to what the ledger writes: decoding, and everything that can be said without the database."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from services.ledger.errors import EntryRefused, LedgerHalted
from services.ledger.rules.entry import read_entry
from services.ledger.rules.holdings import Moment
from services.ledger.rules.stated import StatedHashes, streams_stated
from services.ledger.rules.touched import Touched, touched_by
from shared.bus.consumer import StreamMessage
from shared.events.log import LogContinued
from shared.log.envelope import Envelope, format_instant

_EPOCH: Final = re.compile(r"(?<!/log)/([1-9][0-9]*)$", re.ASCII)


# How far the clocks of those who record may be ahead of the ledger's: a halt is costly, a minute's difference no lie.
UNFORESEEN: Final = "EnteringFailed"
AHEAD: Final = timedelta(minutes=5)


class Entry(NamedTuple):
    """An event at its moment, as read and as published, with what it touches and the chain up to it."""

    moment: Moment
    envelope: Envelope
    body: bytes
    touched: Touched
    chain: bytes

    @property
    def position(self) -> int:
        return self.moment.position


class EntryRow(NamedTuple):
    """An entry as it is stored."""

    position: int
    stream: str
    version: int
    invention: str | None
    body: bytes
    recorded_at: datetime


class AssetRow(NamedTuple):
    """An asset and the agreement whose parties may read about it."""

    asset: str
    agreement: str
    position: int


class MemberRow(NamedTuple):
    """A party of an agreement."""

    agreement: str
    party: str
    position: int


class DepartureRow(NamedTuple):
    """That a party leaves an agreement on a day; without a day, that it is in it again."""

    agreement: str
    party: str
    position: int
    left_on: date | None


def read_messages(
    messages: Iterable[StreamMessage], after: Moment, now: datetime | None = None
) -> tuple[list[Entry], LedgerHalted | None]:
    """Read messages up to the first that cannot be entered, and say why that one cannot: by `now`, if it is given."""
    entries: list[Entry] = []
    latest = after.recorded_at
    for message in messages:
        try:
            envelope = _read(message, now)
            # Clocks of several writers may disagree by a little; what is known by an instant may never shrink.
            latest = max(latest, envelope.time)
            moment, touched = Moment(message.position, latest), touched_by(envelope.data)
        except LedgerHalted as halted:
            return entries, halted
        except Exception as error:  # noqa: BLE001  # nothing may end silently, or at another position
            return entries, unforeseen(message.position, error)
        entries.append(Entry(moment, envelope, message.body, touched, message.chain))
    return entries, None


def _read(message: StreamMessage, now: datetime | None) -> Envelope:
    """Return what a message says; raises LedgerHalted for one that cannot be entered."""
    try:
        envelope = read_entry(message.body)
    except EntryRefused as refused:
        raise LedgerHalted(message.position, kind=refused.kind, expected=refused.expected, got=refused.got) from refused
    if envelope.subject != message.subject:
        raise LedgerHalted(message.position, kind="EventMisplaced", expected=envelope.subject, got=message.subject)
    if now is not None and envelope.time > now + AHEAD:
        # What is known by an instant would change for every instant up to then.
        latest_time, got = f"a time of at most {format_instant(now + AHEAD)}", format_instant(envelope.time)
        raise LedgerHalted(message.position, kind="EventAheadOfTime", expected=latest_time, got=got)
    return envelope


def unforeseen(position: int, error: Exception) -> LedgerHalted:
    """Return the halt at a position by what nobody has thought of, without its words: a driver's may repeat a row."""
    halted = LedgerHalted(position, kind=UNFORESEEN, expected="an event that can be entered", got=type(error).__name__)
    halted.__cause__ = error
    return halted


def of_one_tree(entries: list[Entry], origin: str) -> tuple[list[Entry], LedgerHalted | None]:
    """Return the entries that belong into the tree of an origin, and what comes next if that is where it ends.

    Where the log goes on without what was published, so does no tree: another one begins, at 1 and under another name.
    """
    for count, entry in enumerate(entries):
        data = entry.envelope.data
        if isinstance(data, LogContinued) and data.epoch > _epoch_of(origin):
            return entries[:count], LedgerHalted(
                entry.position,
                kind="LogContinued",
                expected=f"a ledger begun anew under an origin that ends in /{data.epoch}",
                got=f"that of {origin}, which ends after {data.after}",
            )
    return entries, None


def _epoch_of(origin: str) -> int:
    """Return which epoch an origin is of: `<origin>/<epoch>`; `<origin>/log/<k>` would name another log."""
    numbered = _EPOCH.search(origin)
    return int(numbered[1]) if numbered else 0


def check_versions(entries: Iterable[Entry], stored: Mapping[str, int]) -> None:
    """Raise LedgerHalted at the first entry that does not continue its stream."""
    versions = dict(stored)
    for entry in entries:
        stream, version = entry.envelope.stream, entry.envelope.version
        expected = versions.get(stream, 0) + 1
        if version != expected:
            raise LedgerHalted(
                entry.position,
                kind="StreamInterrupted",
                expected=f"version {expected} of {stream}",
                got=f"version {version}",
            )
        versions[stream] = version


def entry_row(entry: Entry) -> EntryRow:
    envelope = entry.envelope
    position, recorded_at = entry.moment
    return EntryRow(position, envelope.stream, envelope.version, entry.touched.contributed_to, entry.body, recorded_at)


def asset_rows(entries: Iterable[Entry]) -> list[AssetRow]:
    """Return the assets that these entries disclose."""
    return [
        AssetRow(entry.touched.disclosed, entry.envelope.agreement, entry.position)
        for entry in entries
        if entry.touched.disclosed is not None
    ]


def member_rows(entries: Iterable[Entry]) -> list[MemberRow]:
    """Return the parties of the agreements that these entries draft, and those that join one."""
    return [
        MemberRow(entry.envelope.agreement, party, entry.position)
        for entry in entries
        for party in entry.touched.joined
    ]


def departure_rows(entries: Iterable[Entry]) -> list[DepartureRow]:
    """Return who leaves an agreement by these entries, and who is in one again."""
    return [
        DepartureRow(entry.envelope.agreement, party, entry.position, left_on)
        for entry in entries
        for party, left_on in entry.touched.departed
    ]


def deciding(entries: Iterable[Entry]) -> Sequence[Entry]:
    """Return the entries that change who holds what, or may raise an alarm about it."""
    return [entry for entry in entries if entry.touched.asset is not None]


def stated_before(entries: Iterable[Entry]) -> set[str]:
    """Return the streams of what these entries state the hash of, unless all of the stream is among them."""
    streams: set[str] = set()
    begun: set[str] = set()
    for entry in entries:
        if entry.envelope.version == 1:
            begun.add(entry.envelope.stream)
        streams |= streams_stated(entry.envelope.data) - begun
    return streams


def check_stated(entries: Iterable[Entry], before: Iterable[Envelope]) -> None:
    """Raise LedgerHalted at the first entry that states the hash of something else than stands there."""
    hashes = StatedHashes()
    for envelope in before:
        hashes.read(envelope.data)
    for entry in entries:
        if differs := hashes.read(entry.envelope.data):
            raise LedgerHalted(
                entry.position, kind="LedgerInconsistencyDetected", expected=differs.expected, got=differs.got
            )


def disputing(entries: Iterable[Entry]) -> Sequence[Entry]:
    """Return the entries by which an asset begins or ceases to be disputed."""
    return [entry for entry in entries if entry.touched.disputed is not None]
