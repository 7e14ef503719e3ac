"""From entries to facts: what events say about ownership, folded in position order, room by room."""

from services.ledger.errors import DerivationRefused, LedgerInconsistencyDetected
from services.ledger.rules.account import Account
from services.ledger.rules.facts.attested import Mismatch
from services.ledger.rules.facts.contributions import Contributions
from services.ledger.rules.facts.determinations import Determinations, Rooms
from services.ledger.rules.facts.disputes import Dispute, DisputeBook
from services.ledger.rules.facts.inventions import Inventions
from services.ledger.rules.facts.notices import Notices
from services.ledger.rules.facts.people import People
from services.ledger.rules.facts.retirements import Retirements
from services.ledger.rules.facts.standing import Standing
from services.ledger.rules.facts.transfers import Transfer, Transfers
from services.ledger.rules.history import Derivation, Facts, derive
from shared.events.dispute import DisputeResolved
from shared.events.invention import (
    DeterminationAdopted,
    DeterminationInputs,
    DeterminationProposed,
    InventionDisclosed,
    OwnershipTransferred,
    TransferRescinded,
)
from shared.events.retirement import InventionRetired
from shared.log.envelope import Envelope
from shared.ratio import NotARatio, SharesDoNotSumToOne, parse_ratio, parse_shares


class FactBook:
    """The facts that entries state, as of the last one read.

    It may be given every entry, or only those that concern one asset; both give the same answer about that asset.
    """

    def __init__(self) -> None:
        self.mismatch: Mismatch | None = None
        self._standing = Standing()
        self._people = People()
        self._notices = Notices(self._standing)
        self._inventions = Inventions()
        self._transfers = Transfers(self._standing, self._inventions, self._notices)
        self._retirements = Retirements(self._standing, self._inventions, self._notices)
        self._disputes = DisputeBook(self._standing, self._notices)
        self._contributions = Contributions(self._standing, self._inventions, self._notices)
        self._determinations = Determinations(
            Rooms(self._standing, self._inventions, self._disputes, self._notices),
            self._derive,
            self._contributions.unheard,
        )

    def read(self, envelope: Envelope, position: int) -> None:
        """Take in the entry at a position; entries come in position order.

        What an entry claims by a hash that does not hold counts for nothing; `mismatch` says so of the last one read.
        """
        data = envelope.data
        self._standing.read(envelope)
        self._people.read(data)
        self._notices.read(envelope)
        self._inventions.read(data, position)
        self._transfers.read(envelope, position)
        self._retirements.read(envelope)
        self._disputes.read(envelope)
        self.mismatch = self._contributions.read(envelope) or self._determinations.read(envelope)

    def check_hashes(self, *, at: str) -> None:
        """Raise LedgerInconsistencyDetected where the entry last read claims something by a hash that does not hold."""
        if self.mismatch is not None:
            raise LedgerInconsistencyDetected(expected=self.mismatch.expected, got=self.mismatch.got, at=at)

    def account_of(self, invention: str) -> Account:
        """Return what was posted to an invention's account, as far as entries have been read."""
        return self._inventions.disclosed[invention].account

    def check_not_retired(self, invention: str, *, at: str) -> None:
        """Raise LedgerInconsistencyDetected for one that was given up: nobody can get a share of it any more."""
        if self._inventions.disclosed[invention].retired:
            raise LedgerInconsistencyDetected(
                expected=f"nothing new of {invention}, which is retired", got="more", at=at
            )

    def check_disclosed(self, data: InventionDisclosed, *, at: str) -> None:
        """Raise LedgerInconsistencyDetected for what was disclosed before: nobody would hold any of it any more."""
        if self._inventions.disclosed[data.invention].times > 1:
            raise LedgerInconsistencyDetected(expected=f"nothing disclosed of {data.invention}", got="again", at=at)

    def check_posted(self, data: OwnershipTransferred, *, at: str) -> list[str]:
        """Return what could not be checked of a posting; raises LedgerInconsistencyDetected unless it follows."""
        return self._transfers.check_posted(data, at=at)

    def check_rescinded(self, data: TransferRescinded, *, at: str) -> None:
        """Raise LedgerInconsistencyDetected unless what is taken back was posted, and undone."""
        self._transfers.check_rescinded(data, at=at)

    def check_retired(self, data: InventionRetired, *, at: str) -> list[str]:
        """Return what could not be checked of what was given up; raises LedgerInconsistencyDetected."""
        return self._retirements.check_retired(data, at=at)

    def posted_at(self, position: int) -> Transfer:
        """Return the transfer that was posted at a position."""
        return self._transfers.posted_at(position)

    def dispute(self, name: str) -> Dispute:
        """Return a dispute that was opened."""
        return self._disputes.opened[name]

    def proposal_of(self, proposed: DeterminationProposed) -> Derivation | DerivationRefused:
        """Return what the facts gave when shares were proposed, or why they gave none."""
        return self._determinations.proposal_of(proposed)

    def derivation_of(self, adopted: DeterminationAdopted, *, at: str) -> Derivation:
        """Return the ledger's own derivation of what was adopted; raises LedgerInconsistencyDetected."""
        return self._determinations.derivation_of(adopted, at=at)

    def check_resolved(self, data: DisputeResolved, *, at: str) -> None:
        """Raise LedgerInconsistencyDetected for what ends a dispute over the head of who gets less than it claims."""
        self._determinations.check_resolved(data, at=at)

    def facts_about(self, name: str, inputs: DeterminationInputs | None = None) -> Facts:
        """Return what decides the ownership of an invention, as far as entries have been read.

        Of a proposal's inputs only two things are taken: by which agreed version of the terms it goes, and what was
        agreed where no contribution decides.
        """
        invention = self._inventions.disclosed[name]
        terms = self._standing.terms(invention.agreement, inputs.terms_version if inputs else None).ownership
        agreed = inputs.agreed if inputs else None
        return Facts(
            conceived_on=invention.conceived_on,
            elements={element.id: parse_ratio(element.weight) for element in invention.elements},
            contributions=self._contributions.to(name),
            people=self._people.of(invention.project),
            hold_gap_in_person=terms.title_gap == "HOLD_IN_PERSON",
            accrue_to_parent=terms.affiliate_accrual == "PARENT",
            affiliations=self._standing.accruing(invention.parties),
            method=self._standing.methods.get(invention.project, terms.method),
            parties=invention.parties,
            agreed=parse_shares(agreed) if agreed else {},
        )

    def _derive(self, proposed: DeterminationProposed) -> Derivation | DerivationRefused:
        # Kept, not raised: a proposal that the facts do not bear out matters only if it is ever adopted.
        try:
            return derive(self.facts_about(proposed.invention, proposed.inputs))
        except DerivationRefused as refused:
            return refused
        except (NotARatio, SharesDoNotSumToOne) as refused:
            return DerivationRefused(refused.code(), got=str(refused.got))
