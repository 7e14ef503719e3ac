"""Replays entries into everything they say: streams, members, assets, holdings and why; in memory, for the checkers.

It stands on the facts, the rules and the double entry alone, and imports nothing of what writes the ledger.
"""

from datetime import UTC, datetime

from services.ledger.errors import LedgerInconsistencyDetected, TamperDetected
from services.ledger.facts import FactBook
from services.ledger.history import Derivation
from services.ledger.holdings import Holdings, Moment, PostingUnbalanced, adopted, disclosed
from shared.contracts.agreement import AgreementDrafted
from shared.contracts.invention import DeterminationAdopted, InventionDisclosed
from shared.errors import DomainError
from shared.log.envelope import Envelope, MalformedEvent, decode
from shared.ratio import parse_shares


class Replay:
    """Everything that entries say, as of the last one entered."""

    def __init__(self) -> None:
        self.moment = Moment(0, datetime(1970, 1, 1, tzinfo=UTC))
        self.holdings = Holdings()
        self.assets: dict[str, tuple[str, int]] = {}
        self.members: dict[tuple[str, str], int] = {}
        self.derivations: dict[int, tuple[str, Derivation]] = {}
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
        self._facts.read(envelope)
        try:
            self._decide(envelope, at)
        except (PostingUnbalanced, DomainError) as error:
            raise LedgerInconsistencyDetected(expected="a balanced posting", got=str(error), at=at) from error
        return envelope

    def _continue_stream(self, envelope: Envelope, at: str) -> None:
        expected = self._versions.get(envelope.stream, 0) + 1
        if envelope.version != expected:
            raise TamperDetected(
                expected=f"version {expected} of {envelope.stream}", got=f"version {envelope.version}", at=at
            )
        self._versions[envelope.stream] = expected

    def _decide(self, envelope: Envelope, at: str) -> None:
        data, position = envelope.data, self.moment.position
        if isinstance(data, AgreementDrafted):
            for party in data.parties:
                self.members.setdefault((data.agreement, party), position)
        elif isinstance(data, InventionDisclosed):
            self.assets[data.invention] = envelope.agreement, position
            self.holdings.learn(data.invention, disclosed(data.conceived_on, position), self.moment)
        elif isinstance(data, DeterminationAdopted):
            self.derivations[position] = data.invention, self._facts.derivation_of(data, at=at)
            before = self.holdings.timeline(data.invention)
            after = adopted(before, data.effective_on, parse_shares(data.shares), position)
            self.holdings.learn(data.invention, after, self.moment)
