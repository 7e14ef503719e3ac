"""What was proposed as an invention's shares, who attested it, and whether the facts bear out what was adopted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import singledispatchmethod
from typing import NamedTuple

from services.ledger.errors import DerivationRefused, LedgerInconsistencyDetected
from services.ledger.rules.facts.attested import Attested, Mismatch, mismatch
from services.ledger.rules.facts.disputes import Dispute, DisputeBook, Outcome
from services.ledger.rules.facts.inventions import Inventions
from services.ledger.rules.facts.notices import Notices
from services.ledger.rules.facts.standing import Standing
from services.ledger.rules.history import Derivation
from services.ledger.rules.holdings import losing_by
from shared.calendar import days_after, legal_day
from shared.canonical import content_hash
from shared.events.dispute import DisputeResolved
from shared.events.invention import (
    AssetFrozen,
    DeterminationAdopted,
    DeterminationAttestationDeemed,
    DeterminationAttested,
    DeterminationContent,
    DeterminationProposed,
)
from shared.events.registry import Event
from shared.log.envelope import Envelope
from shared.ratio import format_shares, parse_shares

Unheard = Callable[[str], dict[str, str]]
"""Who is named in what counts for an invention and has not confirmed it, by contribution."""

Derive = Callable[[DeterminationProposed], Derivation | DerivationRefused]
"""What the facts of this moment give for a proposal, or why they give nothing."""


@dataclass
class _Proposal:
    """A proposed determination and what the facts of that moment give instead of it, or why they give nothing."""

    content: DeterminationContent
    attested: Attested
    mode: str
    derived: Derivation | DerivationRefused


class Rooms(NamedTuple):
    """Where else in the book is looked up what an entry about a determination means."""

    standing: Standing
    inventions: Inventions
    disputes: DisputeBook
    notices: Notices


class Determinations:
    """The determinations that entries propose; `derive` says what the facts give when one is, `unheard` who is not."""

    def __init__(self, rooms: Rooms, derive: Derive, unheard: Unheard) -> None:
        self._standing, self._inventions, self._disputes, self._notices = rooms
        self._derive = derive
        self._unheard = unheard
        self._proposed: dict[str, dict[str, _Proposal]] = {}
        self._read_on = date.min

    def read(self, envelope: Envelope) -> Mismatch | None:
        """Take in what an entry says; what it claims by a hash that does not hold counts for nothing, and is told."""
        self._read_on = legal_day(envelope.time)
        return self._read(envelope.data, envelope)

    def proposal_of(self, proposed: DeterminationProposed) -> Derivation | DerivationRefused:
        """Return what the facts gave when shares were proposed, or why they gave none."""
        proposal = self._proposal(proposed.invention, proposed.determination)
        return proposal.derived if proposal else DerivationRefused("INVENTION_UNKNOWN")

    def derivation_of(self, adopted: DeterminationAdopted, *, at: str) -> Derivation:
        """Return the ledger's own derivation of an adopted determination.

        Raises LedgerInconsistencyDetected unless all of this holds:
        1. It was proposed for this invention, with these shares, to hold from conception or, prospective, from a day.
        2. Every party whose attestation was needed has attested exactly that.
        3. Everybody named in what counts has confirmed it, where the terms in force ask for that first.
        4. The facts on record when it was proposed give exactly these shares.

        What ends a dispute follows from no contribution: it is an outcome that was laid down in that dispute, and was
        confirmed by everybody who loses by it, by all parties to what they settle, or by the registrar of the terms.
        Where one side laid it down as decided elsewhere, not to object in time, after notice, is as good as to confirm.
        """
        if adopted.dispute is not None:
            return self._decided(adopted, adopted.dispute, at)
        # 1. Proposed as adopted.
        proposal = self._proposal(adopted.invention, adopted.determination)
        if proposal is None:
            raise LedgerInconsistencyDetected(expected="a proposal", got=f"none of {adopted.determination}", at=at)
        _expect(at, expected=proposal.attested.hash, got=adopted.det_hash)
        _expect(at, expected=proposal.content.inputs_hash, got=adopted.inputs_hash)
        _expect(at, expected=str(proposal.content.effective_on), got=str(adopted.effective_on))
        _expect(at, expected=proposal.mode, got=adopted.mode)
        _expect(at, expected=proposal.content.shares, got=adopted.shares)
        # 2. Attested by all.
        if not proposal.attested.complete:
            missing = sorted(proposal.attested.required - proposal.attested.given)
            raise LedgerInconsistencyDetected(expected=f"attestations of {', '.join(missing)}", got="none", at=at)
        # 3. Confirmed by those who are named.
        if self._standing.terms(adopted.agreement).attestation.contributors == "REQUIRED":
            unheard = self._unheard(adopted.invention)
            if unheard:
                words = ", ".join(f"{person} on {name}" for name, person in sorted(unheard.items()))
                raise LedgerInconsistencyDetected(expected=f"the word of {words}", got="none", at=at)
        # 4. Borne out by the facts.
        if isinstance(proposal.derived, DerivationRefused):
            raise LedgerInconsistencyDetected(expected=f"no shares: {proposal.derived}", got=adopted.shares, at=at)
        _expect(at, expected=format_shares(proposal.derived.holders), got=adopted.shares)
        return proposal.derived

    def check_resolved(self, resolved: DisputeResolved, *, at: str) -> None:
        """Raise LedgerInconsistencyDetected for what ends a dispute without the word of who gets less than it claims.

        Who would hold less is asked by the adoption that follows; what leaves the shares as they are has none.
        """
        dispute = self._disputes.opened[resolved.dispute]
        outcome = dispute.outcome_of(resolved.outcome)
        if outcome is not None and outcome.claims_until is not None:
            self._check_said(dispute, outcome, set(), at)

    def _decided(self, adopted: DeterminationAdopted, name: str, at: str) -> Derivation:
        dispute = self._disputes.opened.get(name)
        if dispute is None:
            raise LedgerInconsistencyDetected(expected="a dispute", got=f"none of {name}", at=at)
        _expect(at, expected=dispute.asset, got=adopted.invention)
        outcome = dispute.outcome_of(adopted.shares)
        if outcome is None or not (outcome.awaits or dispute.ends_with(adopted.shares)):
            raise LedgerInconsistencyDetected(expected=f"an outcome that stands in {name}", got=adopted.shares, at=at)
        if outcome.awaits:
            self._check_confirmed(adopted, dispute, outcome, at)
        return Derivation(holders=parse_shares(adopted.shares))

    def _check_confirmed(self, adopted: DeterminationAdopted, dispute: Dispute, outcome: Outcome, at: str) -> None:
        """Raise LedgerInconsistencyDetected unless an outcome has the word of everybody whose it needs."""
        account = self._inventions.disclosed[adopted.invention].account
        before = account.without_last()
        losing = (
            losing_by(before.timeline(), account.timeline(), self._read_on)
            if before.determinations
            else dispute.claiming_more(parse_shares(adopted.shares))
        )
        self._check_said(dispute, outcome, losing, at)
        _expect(at, expected=outcome.document_hash, got=adopted.inputs_hash)
        _expect(at, expected=outcome.decision, got=adopted.decision)

    def _check_said(self, dispute: Dispute, outcome: Outcome, losing: set[str], at: str) -> None:
        losing = losing | dispute.denied_by(outcome, self._read_on)
        one = outcome.laid_down_by
        concerned = {*losing, *dispute.parties}
        # What binds by silence did so on the day after the last to object on, whenever that was recorded.
        days = {self._read_on}
        if outcome.unopposed_by:
            days.add(days_after(outcome.unopposed_on, 1) or date.max)
        one_side = {each for each in concerned for day in days if self._standing.in_one_hand(one, each, day)}
        if missing := outcome.missing(dispute.parties, losing, one_side):
            expected = f"confirmations of {', '.join(sorted(missing))}"
            raise LedgerInconsistencyDetected(expected=expected, got="none", at=at)

    @singledispatchmethod
    def _read(self, data: Event, envelope: Envelope) -> Mismatch | None:
        """Pass over an event that says nothing of this."""

    @_read.register
    def _(self, data: DeterminationProposed, envelope: Envelope) -> Mismatch | None:
        invention = self._inventions.disclosed.get(data.invention)
        if invention is None:
            return None
        content = _content_of(data)
        terms = self._standing.terms(envelope.agreement)
        attested = Attested.asked(content_hash(content), data, terms, envelope, written_by=data.proposed_by)
        if invention.disputes:
            attested.break_silence()
        proposal = _Proposal(content, attested, data.mode, self._derive(data))
        self._proposed.setdefault(data.invention, {})[data.determination] = proposal
        return mismatch_in_proposal(data)

    @_read.register
    def _(self, data: DeterminationAttested, envelope: Envelope) -> Mismatch | None:
        attested = self._attested(data.invention, data.determination)
        if attested is not None:
            four_eyes = self._standing.terms(envelope.agreement).attestation.four_eyes
            attested.attest(data.party, data.person, data.det_hash, four_eyes=four_eyes)
        return mismatch(expected=attested, got=data.det_hash)

    @_read.register
    def _(self, data: DeterminationAttestationDeemed, envelope: Envelope) -> Mismatch | None:
        attested = self._attested(data.invention, data.determination)
        if attested is not None:
            attested.deem(data, data.det_hash, legal_day(envelope.time), self._notices)
        return mismatch(expected=attested, got=data.det_hash)

    @_read.register
    def _(self, data: AssetFrozen, _envelope: Envelope) -> None:
        # Nobody is silent in a dispute.
        for proposal in self._proposed.get(data.invention, {}).values():
            proposal.attested.break_silence()

    def _proposal(self, invention: str, determination: str) -> _Proposal | None:
        return self._proposed.get(invention, {}).get(determination)

    def _attested(self, invention: str, determination: str) -> Attested | None:
        proposal = self._proposal(invention, determination)
        return proposal.attested if proposal else None


def mismatch_in_proposal(data: DeterminationProposed) -> Mismatch | None:
    """Return in what a hash that proposed shares state differs from that of their own content, if one does."""
    content = _content_of(data)
    inputs_differ = mismatch(expected=content.inputs_hash, got=data.inputs_hash)
    return inputs_differ or mismatch(expected=content_hash(content), got=data.det_hash)


def _content_of(data: DeterminationProposed) -> DeterminationContent:
    return DeterminationContent(
        invention=data.invention,
        determination=data.determination,
        version=data.version,
        inputs_hash=content_hash(data.inputs),
        shares=data.shares,
        effective_on=data.effective_on or data.conceived_on,
    )


def _expect(at: str, *, expected: object, got: object) -> None:
    if expected != got:
        raise LedgerInconsistencyDetected(expected=expected, got=got, at=at)
