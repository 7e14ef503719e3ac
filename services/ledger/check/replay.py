"""Replays entries into everything they say: streams, members, assets, holdings and why; in memory, for the checkers.

It stands on the facts, the rules and the double entry alone, and imports nothing of what writes the ledger.
"""

from array import array
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from services.ledger.errors import LedgerInconsistencyDetected, TamperDetected
from services.ledger.rules.account import OwnershipReplayConflict
from services.ledger.rules.facts import FactBook
from services.ledger.rules.history import Derivation
from services.ledger.rules.holdings import Holdings, Moment, PostingUnbalanced
from services.ledger.rules.posting import AssetAlarm, Disputed, disputes_after, rule
from shared.canonical import canonical_json
from shared.errors import DomainError
from shared.events.concerned import joining
from shared.events.invention import InventionDisclosed
from shared.log.envelope import Envelope, MalformedEvent, decode

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Replay:
    """Everything that entries say, as of the last one entered."""

    def __init__(self) -> None:
        self.moment = Moment(0, _EPOCH)
        self.holdings = Holdings()
        self.assets: dict[str, tuple[str, int]] = {}
        self.members: dict[tuple[str, str], int] = {}
        self.derivations: dict[int, tuple[str, Derivation]] = {}
        self.alarms: list[tuple[int, int, str, AssetAlarm]] = []
        self.disputes: list[Disputed] = []
        self._versions: dict[str, int] = {}
        # Eight bytes an entry: a ledger of millions is replayed in memory.
        self._recorded = array("q")
        self._facts = FactBook()

    def enter(self, body: bytes) -> Envelope:
        """Take in the next entry and return what it says.

        Raises TamperDetected unless all of this holds:
        1. It is an event, in canonical JSON (RFC 8785).
        2. It continues its stream.
        3. A hash that it states is that of its own content, and one that it attests is of what then stood there.
        4. What it decides follows from the entries before it.
        """
        position = self.moment.position + 1
        at = f"position {position}"
        # 1. Form.
        try:
            envelope = decode(body)
        except MalformedEvent as error:
            raise TamperDetected(expected="an event", got=str(error), at=at) from error
        if canonical_json(msgspec.json.decode(body)) != body:
            raise TamperDetected(expected="canonical JSON (RFC 8785)", got="another form of it", at=at)
        # 2. Nothing of the stream is missing.
        self._continue_stream(envelope, at)
        self.moment = Moment(position, max(self.moment.recorded_at, envelope.time))
        self._recorded.append((self.moment.recorded_at - _EPOCH) // _MICROSECOND)
        try:
            # 3. Whoever signs anew what was changed leaves this behind.
            self._facts.read(envelope, position)
            if (mismatch := self._facts.mismatch) is not None:
                raise LedgerInconsistencyDetected(expected=mismatch.expected, got=mismatch.got, at=at)
            # 4. The rules are run again.
            self._decide(envelope)
        except (PostingUnbalanced, OwnershipReplayConflict, DomainError) as error:
            raise LedgerInconsistencyDetected(expected="a balanced posting", got=str(error), at=at) from error
        return envelope

    def position_at(self, instant: datetime) -> int:
        """Return the last position that was known at an instant."""
        return bisect_right(self._recorded, (instant - _EPOCH) // _MICROSECOND)

    def _continue_stream(self, envelope: Envelope, at: str) -> None:
        expected = self._versions.get(envelope.stream, 0) + 1
        if envelope.version != expected:
            raise TamperDetected(
                expected=f"version {expected} of {envelope.stream}", got=f"version {envelope.version}", at=at
            )
        self._versions[envelope.stream] = expected

    def _decide(self, envelope: Envelope) -> None:
        data, position = envelope.data, self.moment.position
        for party in joining(data):
            # Who left and joins again has been a reader ever since.
            self.members.setdefault((envelope.agreement, party), position)
        if isinstance(data, InventionDisclosed):
            self.assets[data.invention] = envelope.agreement, position
        self.disputes = disputes_after(self.disputes, data, self.moment)
        if ruling := rule(self._facts, data, position):
            if ruling.timeline is not None:
                self.holdings.learn(ruling.asset, ruling.timeline, self.moment)
            if ruling.derivation is not None:
                self.derivations[position] = ruling.asset, ruling.derivation
            self.alarms += [(position, number, ruling.asset, each) for number, each in enumerate(ruling.alarms, 1)]
