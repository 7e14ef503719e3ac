"""From entries to facts: what events say about ownership, folded in position order, and nothing taken on trust.

Status words of the writing service ("confirmed", "counted") are not read: what they claim is worked out here again,
from the attestations of exact content.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import singledispatchmethod

import msgspec

from services.ledger.errors import DerivationRefused, LedgerInconsistencyDetected
from services.ledger.rules.account import Account, determination_of, transfer_of
from services.ledger.rules.attested import Attested, Mismatch
from services.ledger.rules.disputes import Dispute, DisputeBook
from services.ledger.rules.history import Contribution, Derivation, Facts, Instrument, Person, derive
from services.ledger.rules.standing import Standing
from shared.calendar import legal_day
from shared.canonical import content_hash
from shared.events.contribution import (
    ContributionAttestationDeemed,
    ContributionAttested,
    ContributionContent,
    ContributionContested,
    ContributionCorrected,
    ContributionRecorded,
    ContributionWithdrawn,
)
from shared.events.invention import (
    AssetFrozen,
    AssetUnfrozen,
    DeterminationAdopted,
    DeterminationAttestationDeemed,
    DeterminationAttested,
    DeterminationContent,
    DeterminationInputs,
    DeterminationProposed,
    Element,
    InventionDisclosed,
    InventionElementsDefined,
    OwnershipTransferred,
    TransferRescinded,
)
from shared.events.participant import IpInstrumentRecorded, ParticipantEngaged
from shared.events.registry import Event
from shared.events.retirement import InventionRetired
from shared.log.envelope import Envelope
from shared.ratio import NotARatio, SharesDoNotSumToOne, format_shares, parse_ratio, parse_shares


@dataclass
class _Contribution:
    content: ContributionContent
    attested: Attested


@dataclass
class _Proposal:
    """A proposed determination and what the facts of that moment give instead of it, or why they give nothing."""

    content: DeterminationContent
    attested: Attested
    mode: str
    derived: Derivation | DerivationRefused


@dataclass
class _Invention:
    agreement: str
    project: str
    parties: tuple[str, ...]
    conceived_on: date
    account: Account
    elements: tuple[Element, ...] = ()
    proposals: dict[str, _Proposal] = field(default_factory=dict)
    disputes: set[str] = field(default_factory=set)
    retired: bool = False


@dataclass
class _Participant:
    instruments: list[Instrument] = field(default_factory=list)
    appointment_split: dict[str, str] | None = None


class FactBook:
    """The facts that entries state, as of the last one read.

    It may be given every entry, or only those that concern one asset; both give the same answer about that asset.
    """

    def __init__(self) -> None:
        self.mismatch: Mismatch | None = None
        self._standing = Standing()
        self._disputes = DisputeBook()
        self._participants: dict[str, dict[str, _Participant]] = {}
        self._contributions: dict[str, _Contribution] = {}
        self._contributions_to: dict[str, dict[str, _Contribution]] = {}
        self._inventions: dict[str, _Invention] = {}
        self._position = 0

    def read(self, envelope: Envelope, position: int) -> None:
        """Take in the entry at a position; entries come in position order.

        What an entry claims by a hash that does not hold counts for nothing; `mismatch` says so of the last one read.
        """
        self.mismatch = None
        self._position = position
        self._standing.read(envelope.data)
        self._disputes.read(envelope.data)
        self._read(envelope.data, envelope)

    def account_of(self, invention: str) -> Account:
        """Return what was posted to an invention's account, as far as entries have been read."""
        return self._inventions[invention].account

    def check_not_retired(self, invention: str, *, at: str) -> None:
        """Raise LedgerInconsistencyDetected for one that was given up: nobody can get a share of it any more."""
        if self._inventions[invention].retired:
            raise LedgerInconsistencyDetected(expected=f"nothing new of {invention}, which is retired", got="", at=at)

    def dispute(self, name: str) -> Dispute:
        """Return a dispute that was opened."""
        return self._disputes.opened[name]

    def derivation_of(self, adopted: DeterminationAdopted, *, at: str) -> Derivation:
        """Return the ledger's own derivation of an adopted determination.

        Raises LedgerInconsistencyDetected unless all of this holds:
        1. It was proposed for this invention, with these shares, to hold from conception or, prospective, from a day.
        2. Every party whose attestation was needed has attested exactly that.
        3. The facts on record when it was proposed give exactly these shares.

        What ends a dispute follows from no contribution: it is an outcome that was laid down in that dispute, and
        confirmed by as many parties as its basis takes.
        """
        if adopted.dispute is not None:
            return self._decided(adopted, adopted.dispute, at)
        # 1. Proposed as adopted.
        invention = self._inventions.get(adopted.invention)
        proposal = invention.proposals.get(adopted.determination) if invention else None
        if invention is None or proposal is None:
            raise LedgerInconsistencyDetected(expected="a proposal", got=f"none of {adopted.determination}", at=at)
        _expect(at, expected=proposal.attested.hash, got=adopted.det_hash)
        _expect(at, expected=str(proposal.content.effective_on), got=str(adopted.effective_on))
        _expect(at, expected=proposal.mode, got=adopted.mode)
        _expect(at, expected=proposal.content.shares, got=adopted.shares)
        # 2. Attested by all.
        if not proposal.attested.complete:
            missing = sorted(proposal.attested.required - proposal.attested.given)
            raise LedgerInconsistencyDetected(expected=f"attestations of {', '.join(missing)}", got="none", at=at)
        # 3. Borne out by the facts.
        if isinstance(proposal.derived, DerivationRefused):
            raise LedgerInconsistencyDetected(expected=f"no shares: {proposal.derived}", got=adopted.shares, at=at)
        _expect(at, expected=format_shares(proposal.derived.holders), got=adopted.shares)
        return proposal.derived

    def _decided(self, adopted: DeterminationAdopted, name: str, at: str) -> Derivation:
        dispute = self._disputes.opened.get(name)
        if dispute is None:
            raise LedgerInconsistencyDetected(expected="a dispute", got=f"none of {name}", at=at)
        _expect(at, expected=dispute.asset, got=adopted.invention)
        if not dispute.ends_with(adopted.shares):
            raise LedgerInconsistencyDetected(expected=f"an outcome that stands in {name}", got=adopted.shares, at=at)
        return Derivation(holders=parse_shares(adopted.shares))

    def proposal_of(self, proposed: DeterminationProposed) -> Derivation | DerivationRefused:
        """Return what the facts gave when shares were proposed, or why they gave none."""
        invention = self._inventions.get(proposed.invention)
        proposal = invention.proposals.get(proposed.determination) if invention else None
        return proposal.derived if proposal else DerivationRefused("INVENTION_UNKNOWN")

    def facts_about(self, name: str, inputs: DeterminationInputs | None = None) -> Facts:
        """Return what decides the ownership of an invention, as far as entries have been read.

        Of a proposal's inputs only two things are taken: by which agreed version of the terms it goes, and what was
        agreed where no contribution decides.
        """
        invention = self._inventions[name]
        terms = self._standing.terms(invention.agreement, inputs.terms_version if inputs else None).ownership
        method = self._standing.methods.get(invention.project, terms.method)
        agreed = inputs.agreed if inputs else None
        return Facts(
            conceived_on=invention.conceived_on,
            elements={element.id: parse_ratio(element.weight) for element in invention.elements},
            contributions=[_as_fact(each) for each in self._contributions_to.get(name, {}).values()],
            people={
                person: _as_person(participant)
                for person, participant in self._participants.get(invention.project, {}).items()
            },
            hold_gap_in_person=terms.title_gap == "HOLD_IN_PERSON",
            accrue_to_parent=terms.affiliate_accrual == "PARENT",
            affiliations=list(self._standing.affiliations.values()),
            method=method,
            parties=invention.parties,
            agreed=parse_shares(agreed) if agreed else {},
        )

    # -- one method per kind of event that says something about ownership ---------------------------------------------

    @singledispatchmethod
    def _read(self, data: Event, envelope: Envelope) -> None:
        """Pass over an event that says nothing about ownership."""

    @_read.register
    def _(self, data: ParticipantEngaged, _envelope: Envelope) -> None:
        self._participant(data.project, data.person).appointment_split = data.appointment_split

    @_read.register
    def _(self, data: IpInstrumentRecorded, _envelope: Envelope) -> None:
        instrument = Instrument(
            data.kind, data.assignee_party, data.signed_on, data.covers.start, data.covers.end, data.instrument
        )
        self._participant(data.project, data.person).instruments.append(instrument)

    @_read.register
    def _(self, data: ContributionRecorded, envelope: Envelope) -> None:
        self._put_contribution(data, envelope)

    @_read.register
    def _(self, data: ContributionCorrected, envelope: Envelope) -> None:
        self._put_contribution(data, envelope)

    @_read.register
    def _(self, data: ContributionAttested, envelope: Envelope) -> None:
        contribution = self._contributions.get(data.contribution)
        attested = contribution.attested if contribution else None
        self._attest(attested, data.party, data.person, data.content_hash, envelope.agreement)

    @_read.register
    def _(self, data: ContributionAttestationDeemed, envelope: Envelope) -> None:
        contribution = self._contributions.get(data.contribution)
        attested = contribution.attested if contribution else None
        self._match(expected=attested.hash if attested else "content to attest", got=data.content_hash)
        invention = self._inventions.get(data.invention) if data.invention is not None else None
        if attested is not None and not (invention and invention.disputes):
            attested.deem(data.party, data.content_hash, legal_day(envelope.time))

    @_read.register
    def _(self, data: ContributionContested, _envelope: Envelope) -> None:
        if contribution := self._contributions.get(data.contribution):
            contribution.attested.contest(data.party, data.content_hash)

    @_read.register
    def _(self, data: ContributionWithdrawn, _envelope: Envelope) -> None:
        self._drop_contribution(data.contribution)

    @_read.register
    def _(self, data: InventionDisclosed, _envelope: Envelope) -> None:
        account = Account(data.conceived_on, self._position)
        self._inventions[data.invention] = _Invention(
            data.agreement, data.project, data.parties, data.conceived_on, account
        )

    @_read.register
    def _(self, data: InventionElementsDefined, _envelope: Envelope) -> None:
        if invention := self._inventions.get(data.invention):
            invention.elements = data.elements

    @_read.register
    def _(self, data: DeterminationProposed, envelope: Envelope) -> None:
        invention = self._inventions.get(data.invention)
        if invention is None:
            return
        content = DeterminationContent(
            invention=data.invention,
            determination=data.determination,
            version=data.version,
            inputs_hash=content_hash(data.inputs),
            shares=data.shares,
            effective_on=data.effective_on or data.conceived_on,
        )
        self._match(expected=content.inputs_hash, got=data.inputs_hash)
        self._match(expected=content_hash(content), got=data.det_hash)
        attested = self._asked(content_hash(content), data.proposed_by, data.attesting_parties, envelope)
        if invention.disputes:
            attested.silent_until = None
        derived = self._derive(data.invention, data.inputs)
        invention.proposals[data.determination] = _Proposal(content, attested, data.mode, derived)

    @_read.register
    def _(self, data: DeterminationAttested, envelope: Envelope) -> None:
        invention = self._inventions.get(data.invention)
        proposal = invention.proposals.get(data.determination) if invention else None
        attested = proposal.attested if proposal else None
        self._attest(attested, data.party, data.person, data.det_hash, envelope.agreement)

    @_read.register
    def _(self, data: DeterminationAttestationDeemed, envelope: Envelope) -> None:
        invention = self._inventions.get(data.invention)
        proposal = invention.proposals.get(data.determination) if invention else None
        self._match(expected=proposal.attested.hash if proposal else "content to attest", got=data.det_hash)
        if proposal is not None:
            proposal.attested.deem(data.party, data.det_hash, legal_day(envelope.time))

    @_read.register
    def _(self, data: AssetFrozen, _envelope: Envelope) -> None:
        if invention := self._inventions.get(data.invention):
            invention.disputes.add(data.dispute)
            # Nobody is silent in a dispute.
            for proposal in invention.proposals.values():
                proposal.attested.silent_until = None

    @_read.register
    def _(self, data: AssetUnfrozen, _envelope: Envelope) -> None:
        if invention := self._inventions.get(data.invention):
            invention.disputes.discard(data.dispute)

    @_read.register
    def _(self, data: InventionRetired, _envelope: Envelope) -> None:
        if invention := self._inventions.get(data.invention):
            invention.retired = True

    # -- the account --------------------------------------------------------------------------------------------------

    @_read.register
    def _(self, data: DeterminationAdopted, _envelope: Envelope) -> None:
        if invention := self._inventions.get(data.invention):
            invention.account.determine(determination_of(data, self._position))

    @_read.register
    def _(self, data: OwnershipTransferred, _envelope: Envelope) -> None:
        if invention := self._inventions.get(data.invention):
            invention.account.transfer(transfer_of(data, self._position))

    @_read.register
    def _(self, data: TransferRescinded, _envelope: Envelope) -> None:
        if invention := self._inventions.get(data.invention):
            invention.account.rescind(data.transfer)

    # -- what the methods share ---------------------------------------------------------------------------------------

    def _participant(self, project: str, person: str) -> _Participant:
        return self._participants.setdefault(project, {}).setdefault(person, _Participant())

    def _asked(self, stated: str, written_by: str, required: tuple[str, ...], envelope: Envelope) -> Attested:
        terms = self._standing.terms(envelope.agreement).attestation
        return Attested.asked(stated, written_by, required, terms, envelope)

    def _put_contribution(self, data: ContributionRecorded | ContributionCorrected, envelope: Envelope) -> None:
        """Keep the content in force; a correction starts without attestations."""
        content = msgspec.convert(data, ContributionContent, from_attributes=True)
        self._match(expected=content_hash(content), got=data.content_hash)
        attested = self._asked(content_hash(content), data.recorded_by, data.attesting_parties, envelope)
        self._drop_contribution(data.contribution)
        contribution = self._contributions[data.contribution] = _Contribution(content, attested)
        if content.invention is not None:
            self._contributions_to.setdefault(content.invention, {})[data.contribution] = contribution

    def _drop_contribution(self, name: str) -> None:
        dropped = self._contributions.pop(name, None)
        if dropped and dropped.content.invention is not None:
            del self._contributions_to[dropped.content.invention][name]

    def _match(self, *, expected: str, got: str) -> None:
        if expected != got and self.mismatch is None:
            self.mismatch = Mismatch(expected, got)

    def _attest(self, attested: Attested | None, party: str, person: str, attested_hash: str, agreement: str) -> None:
        self._match(expected=attested.hash if attested else "content to attest", got=attested_hash)
        if attested is not None:
            four_eyes = self._standing.terms(agreement).attestation.four_eyes
            attested.attest(party, person, attested_hash, four_eyes=four_eyes)

    def _derive(self, invention: str, inputs: DeterminationInputs) -> Derivation | DerivationRefused:
        # Kept, not raised: a proposal that the facts do not bear out matters only if it is ever adopted.
        try:
            return derive(self.facts_about(invention, inputs))
        except DerivationRefused as refused:
            return refused
        except (NotARatio, SharesDoNotSumToOne) as refused:
            return DerivationRefused(refused.code(), got=str(refused.got))


def _as_fact(contribution: _Contribution) -> Contribution:
    content = contribution.content
    return Contribution(
        content.contributor,
        content.element,
        parse_ratio(content.points) if content.points is not None else None,
        inventive=content.kind == "INVENTIVE",
        confirmed=contribution.attested.complete,
    )


def _as_person(participant: _Participant) -> Person:
    split = participant.appointment_split
    return Person(
        tuple(participant.instruments),
        {party: parse_ratio(ratio) for party, ratio in split.items()} if split else None,
    )


def _expect(at: str, *, expected: object, got: object) -> None:
    if expected != got:
        raise LedgerInconsistencyDetected(expected=expected, got=got, at=at)
