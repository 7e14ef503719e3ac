"""Replays entries into everything they say: streams, members, assets, holdings and why; in memory, for the checkers.

It stands on the facts, the rules and the double entry alone, and imports nothing of what writes the ledger.
"""

from datetime import UTC, datetime

from services.ledger.account import OwnershipReplayConflict
from services.ledger.errors import LedgerInconsistencyDetected, TamperDetected
from services.ledger.facts import FactBook
from services.ledger.history import Derivation
from services.ledger.holdings import Holdings, Moment, PostingUnbalanced
from services.ledger.posting import AssetAlarm, Disputed, disputes_after, rule
from shared.contracts.agreement import AgreementDrafted, PartyAcceded
from shared.contracts.invention import InventionDisclosed
from shared.errors import DomainError
from shared.log.envelope import Envelope, MalformedEvent, decode


class Replay:
    """Everything that entries say, as of the last one entered."""

    def __init__(self) -> None:
        self.moment = Moment(0, datetime(1970, 1, 1, tzinfo=UTC))
        self.holdings = Holdings()
        self.assets: dict[str, tuple[str, int]] = {}
        self.members: dict[tuple[str, str], int] = {}
        self.derivations: dict[int, tuple[str, Derivation]] = {}
        self.alarms: list[tuple[int, int, str, AssetAlarm]] = []
        self.disputes: list[Disputed] = []
        self._versions: dict[str, int] = {}
        self._facts = FactBook()

    def enter(self, body: bytes) -> Envelope:
        """Take in the next entry and return what it says.

        Raises TamperDetected when it is no event, does not continue its stream, or contradicts the entries before it.
        """
        position = self.moment.position + 1
        at = f"position {position}"
        try:
            envelope = decode(body)
        except MalformedEvent as error:
            raise TamperDetected(expected="an event", got=str(error), at=at) from error
        self._continue_stream(envelope, at)
        self.moment = Moment(position, max(self.moment.recorded_at, envelope.time))
        try:
            self._facts.read(envelope, position)
            self._decide(envelope)
        except (PostingUnbalanced, OwnershipReplayConflict, DomainError) as error:
            raise LedgerInconsistencyDetected(expected="a balanced posting", got=str(error), at=at) from error
        return envelope

    def _continue_stream(self, envelope: Envelope, at: str) -> None:
        expected = self._versions.get(envelope.stream, 0) + 1
        if envelope.version != expected:
            raise TamperDetected(
                expected=f"version {expected} of {envelope.stream}", got=f"version {envelope.version}", at=at
            )
        self._versions[envelope.stream] = expected

    def _decide(self, envelope: Envelope) -> None:
        data, position = envelope.data, self.moment.position
        if isinstance(data, AgreementDrafted):
            for party in data.parties:
                self.members.setdefault((data.agreement, party), position)
        elif isinstance(data, PartyAcceded):
            # Who left and joins again has been a reader ever since.
            self.members.setdefault((data.agreement, data.party), position)
        elif isinstance(data, InventionDisclosed):
            self.assets[data.invention] = envelope.agreement, position
        self.disputes = disputes_after(self.disputes, data, self.moment)
        if ruling := rule(self._facts, data, position):
            if ruling.timeline is not None:
                self.holdings.learn(ruling.asset, ruling.timeline, self.moment)
            if ruling.derivation is not None:
                self.derivations[position] = ruling.asset, ruling.derivation
            self.alarms += [(position, number, ruling.asset, each) for number, each in enumerate(ruling.alarms, 1)]
