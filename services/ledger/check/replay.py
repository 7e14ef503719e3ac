"""Replays entries into everything they say: streams, members, assets, holdings and why; in memory, for the checkers.

It stands on the facts, the rules and the double entry alone, and imports nothing of what writes the ledger.
"""

from array import array
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from typing import Final

from services.ledger.errors import EntryRefused, LedgerInconsistencyDetected, TamperDetected, differing, in_words
from services.ledger.rules.account import OwnershipReplayConflict
from services.ledger.rules.entry import read_entry
from services.ledger.rules.facts.book import FactBook
from services.ledger.rules.facts.transfers import Transfer
from services.ledger.rules.history import Derivation
from services.ledger.rules.holdings import Holdings, Moment, PostingUnbalanced
from services.ledger.rules.posting import Disputed, Noticed, disputes_after, rule
from services.ledger.rules.stated import StatedHashes
from services.ledger.rules.touched import touched_by
from shared.errors import DomainError
from shared.events.invention import DeterminationAdopted
from shared.log.envelope import Envelope

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
CLOCKS_DIFFER: Final = timedelta(minutes=5)


class Replay:
    """Everything that entries say, as of the last one entered."""

    def __init__(self) -> None:
        self.moment = Moment(0, _EPOCH)
        self.holdings = Holdings()
        self.assets: dict[str, tuple[str, int]] = {}
        self.members: dict[tuple[str, str], int] = {}
        self.departures: set[tuple[str, str, int, date | None]] = set()
        self.derivations: dict[int, tuple[str, Derivation]] = {}
        self.adopted: dict[int, DeterminationAdopted] = {}
        self.alarms: list[tuple[int, int, str, Noticed]] = []
        self.disputes: list[Disputed] = []
        self.remarks: list[tuple[int, str]] = []
        # The entry with the latest time, 0 once that has been remarked on.
        self._newest = 0
        self._versions: dict[str, int] = {}
        # Eight bytes an entry: a ledger of millions is replayed in memory.
        self._recorded = array("q")
        self._stated = StatedHashes()
        self._facts = FactBook()

    def enter(self, body: bytes) -> Envelope:
        """Take in the next entry and return what it says.

        Raises TamperDetected unless all of this holds:
        1. Its bytes are an event and satisfy every check that they can by themselves (rules/entry.py).
        2. It continues its stream.
        3. A hash that it states is that of its own content, or of what then stood there (rules/stated.py).
        4. What it decides follows from the entries before it.
        """
        position = self.moment.position + 1
        at = f"position {position}"
        # 1. What every entry's bytes must be.
        try:
            envelope = read_entry(body)
        except EntryRefused as refused:
            raise TamperDetected(expected=refused.expected, got=refused.got, at=at) from refused
        # 2. Nothing of the stream is missing.
        self._continue_stream(envelope, at)
        self._notice_clock(envelope, position)
        self.moment = Moment(position, max(self.moment.recorded_at, envelope.time))
        self._recorded.append((self.moment.recorded_at - _EPOCH) // _MICROSECOND)
        try:
            # 3. Whoever signs anew what was changed leaves this behind.
            if differs := self._stated.read(envelope.data):
                raise LedgerInconsistencyDetected(expected=differs.expected, got=differs.got, at=at)
            self._facts.read(envelope, position)
            self._facts.check_hashes(at=at)
            # 4. The rules are run again.
            self._decide(envelope)
        except (PostingUnbalanced, OwnershipReplayConflict, DomainError) as error:
            expected, got = differing(error, "a balanced posting")
            raise LedgerInconsistencyDetected(expected=expected, got=got, at=at) from error
        except (LookupError, ValueError, ArithmeticError) as error:
            # It is about what no entry before it told of, or about what no number can be: a finding, not our failure.
            got = f"nothing of {in_words(error.args)}" if isinstance(error, KeyError) else in_words(error)
            raise LedgerInconsistencyDetected(
                expected="what follows from the entries before it", got=got, at=at
            ) from error
        return envelope

    def posted_at(self, position: int) -> Transfer:
        """Return the transfer that was posted at a position."""
        return self._facts.posted_at(position)

    def position_at(self, instant: datetime) -> int:
        """Return the last position that was known at an instant."""
        return bisect_right(self._recorded, (instant - _EPOCH) // _MICROSECOND)

    def _notice_clock(self, envelope: Envelope, position: int) -> None:
        """Remark, once, on an entry that says it was recorded well after what follows it."""
        if envelope.time >= self.moment.recorded_at:
            self._newest = position
        elif envelope.time < self.moment.recorded_at - CLOCKS_DIFFER and self._newest:
            late = self.moment.recorded_at.isoformat()
            self.remarks.append((self._newest, f"its clock: it says {late}, and what follows says earlier"))
            self._newest = 0

    def _continue_stream(self, envelope: Envelope, at: str) -> None:
        expected = self._versions.get(envelope.stream, 0) + 1
        if envelope.version != expected:
            raise TamperDetected(
                expected=f"version {expected} of {envelope.stream}", got=f"version {envelope.version}", at=at
            )
        self._versions[envelope.stream] = expected

    def _decide(self, envelope: Envelope) -> None:
        data, position = envelope.data, self.moment.position
        touched = touched_by(data)
        for party in touched.joined:
            # Who left and joins again has been a reader ever since.
            self.members.setdefault((envelope.agreement, party), position)
        self.departures |= {(envelope.agreement, party, position, left_on) for party, left_on in touched.departed}
        if touched.disclosed is not None:
            self.assets[touched.disclosed] = envelope.agreement, position
        if touched.disputed is not None:
            self.disputes = disputes_after(self.disputes, data, self.moment)
        if ruling := rule(self._facts, data, position):
            if ruling.timeline is not None:
                self.holdings.learn(ruling.asset, ruling.timeline, self.moment)
            if isinstance(data, DeterminationAdopted):
                self.adopted[position] = data
            if ruling.derivation is not None:
                self.derivations[position] = ruling.asset, ruling.derivation
            self.remarks += [(position, each) for each in ruling.remarks]
            self.alarms += [(position, number, ruling.asset, each) for number, each in enumerate(ruling.alarms, 1)]
