"""What may be done with an agreement, and what then happened."""

from datetime import date

from services.agreements.commands import Command
from services.agreements.contracts.amendments import lapsed, signed_already, took_effect
from services.agreements.contracts.ending import end_by_notice, end_by_time, end_clauses
from services.agreements.contracts.errors import (
    AgreementIsSigned,
    AgreementIsWithdrawn,
    AgreementNotDraft,
    AgreementNotFullySigned,
    AgreementNotProposed,
    DrafterNotAParty,
    EffectiveDateNotReached,
    PartiesRepeated,
    PartyHasSigned,
    TermsHashMismatch,
    TermsIncomplete,
    TooFewParties,
)
from services.agreements.contracts.model import ENDED, IN_EFFECT, Agreement, AgreementStatus, next_due
from services.agreements.contracts.policy import check_supported, check_terms
from services.agreements.contracts.resolved import by_law
from services.agreements.creation import create
from services.agreements.errors import DayNotReached, IdentifierTaken, PeriodEmpty
from services.agreements.gates import Gate, Standing
from services.agreements.repetition import already
from shared.canonical import content_hash
from shared.events.agreement import (
    AgreementActivated,
    AgreementDrafted,
    AgreementFullySigned,
    AgreementKind,
    AgreementProposed,
    AgreementSigned,
    AgreementWithdrawn,
    TermsVersionDrafted,
)
from shared.events.registry import Event
from shared.events.terms import Terms
from shared.events.values import Period

Events = tuple[Event, ...]
_MIN_PARTIES = 2
_UNSIGNED = frozenset({AgreementStatus.DRAFT, AgreementStatus.PROPOSED, AgreementStatus.PARTIALLY_SIGNED})


class DraftAgreement(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ANY)

    agreement: str
    kind: AgreementKind
    title: str
    parties: tuple[str, ...]
    parent: str | None = None
    binding: bool = True
    ip_terms_binding: bool = True
    terms: Terms
    period: Period
    document_hash: str


class SetTerms(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ANY)

    terms: Terms
    period: Period
    document_hash: str


class ProposeAgreement(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ANY)


class SignAgreement(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", new=True, standing=Standing.ANY)

    terms_hash: str
    signed_on: date
    signature: str | None = None


class ActivateAgreement(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ANY)


class WithdrawAgreement(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", standing=Standing.ANY)

    reason: str


def draft_agreement(state: Agreement | None, command: DraftAgreement) -> Events:
    check_parties(command.parties)
    if command.by.party not in command.parties:
        raise DrafterNotAParty(expected=list(command.parties), got=command.by.party)
    drafted = AgreementDrafted(
        agreement=command.agreement,
        kind=command.kind,
        title=command.title,
        parties=command.parties,
        parent=command.parent,
        binding=command.binding,
        ip_terms_binding=command.ip_terms_binding,
    )
    terms = _terms_version(command.agreement, command.parties, 1, command)
    events = create(state, drafted, terms, agreement=command.agreement)
    if state and state.first_terms_hash != terms.terms_hash:
        raise IdentifierTaken(agreement=command.agreement)
    return events


def set_terms(state: Agreement, command: SetTerms) -> Events:
    standing = state.standing
    if (standing.terms, standing.period, standing.document_hash) == (
        command.terms,
        command.period,
        command.document_hash,
    ):
        return ()
    if state.status is not AgreementStatus.DRAFT:
        raise AgreementNotDraft(got=state.status, agreement=state.agreement)
    return (_terms_version(state.agreement, state.parties, standing.terms_version + 1, command),)


def propose_agreement(state: Agreement, command: ProposeAgreement) -> Events:
    _check_not_withdrawn(state)
    if state.status is not AgreementStatus.DRAFT:
        return ()
    check_supported(state.standing.terms)
    return (
        AgreementProposed(
            agreement=state.agreement,
            parties=state.parties,
            proposed_by_party=command.by.party,
            terms_version=state.standing.terms_version,
            terms_hash=state.standing.terms_hash,
        ),
    )


def sign_agreement(state: Agreement, command: SignAgreement) -> Events:
    _check_not_withdrawn(state)
    if state.status is AgreementStatus.DRAFT:
        raise AgreementNotProposed(agreement=state.agreement)
    standing = state.standing
    if command.terms_hash != standing.terms_hash:
        raise TermsHashMismatch(expected=standing.terms_hash, got=command.terms_hash, agreement=state.agreement)
    if signature := state.signatures.get(command.by.party):
        if signature.person == command.by.person:
            return signed_already(signature, command, agreement=state.agreement)
        raise PartyHasSigned(agreement=state.agreement, party=command.by.party)
    if state.status not in {AgreementStatus.PROPOSED, AgreementStatus.PARTIALLY_SIGNED}:
        # Whoever joined by an amendment has signed that; what it signs here would take effect once more.
        raise AgreementIsSigned(got=state.status, agreement=state.agreement)
    if command.signed_on > command.today:
        raise DayNotReached(expected=f"at most {command.today}", got=command.signed_on, agreement=state.agreement)
    signed = AgreementSigned(
        agreement=state.agreement,
        parties=state.parties,
        party=command.by.party,
        person=command.by.person,
        terms_hash=standing.terms_hash,
        signed_on=command.signed_on,
        signature=command.signature,
    )
    if {*state.signatures, command.by.party} != set(state.parties):
        return (signed,)
    complete = AgreementFullySigned(agreement=state.agreement, parties=state.parties, terms_hash=standing.terms_hash)
    return (signed, complete)


def activate_agreement(state: Agreement, command: ActivateAgreement) -> Events:
    _check_not_withdrawn(state)
    if state.status in IN_EFFECT | ENDED:
        return ()
    if state.status is not AgreementStatus.SIGNED:
        missing = [party for party in state.parties if party not in state.signatures]
        raise AgreementNotFullySigned(agreement=state.agreement, missing=missing)
    standing = state.standing
    if command.today < standing.period.start:
        raise EffectiveDateNotReached(expected=standing.period.start, got=command.today, agreement=state.agreement)
    if state.open_terms:
        raise TermsIncomplete(agreement=state.agreement, keys=list(state.open_terms))
    return (_activated(state),)


def withdraw_agreement(state: Agreement, command: WithdrawAgreement) -> Events:
    if state.status is AgreementStatus.WITHDRAWN:
        said = {"party": command.by.party, "reason": command.reason}
        return already(state.withdrawn, said, agreement=state.agreement)
    # What all have signed binds all, unless it never takes effect: then giving it up is the only way on.
    dead = state.status is AgreementStatus.SIGNED and state.open_terms
    if state.status not in _UNSIGNED and not dead:
        raise AgreementIsSigned(got=state.status, agreement=state.agreement)
    withdrawn = AgreementWithdrawn(
        agreement=state.agreement,
        parties=state.parties,
        withdrawn_by_party=command.by.party,
        reason=command.reason,
    )
    return (withdrawn,)


def advance(state: Agreement, today: date) -> Events:
    """Return what time alone does to an agreement on the next day that is due, if that is not after `today`."""
    due = next_due(state)
    if due is None or today < due:
        return ()
    if state.status is AgreementStatus.SIGNED:
        return (_activated(state),)
    if state.status not in IN_EFFECT:
        return end_clauses(state, due)
    # An amendment before the end of the same day: it may be the one that moves the end.
    amendment = state.open_amendment
    if amendment is not None and amendment.due_on == due:
        return took_effect(state, amendment) if amendment.complete else (lapsed(state, amendment, "UNSIGNED"),)
    if state.notice is not None and state.notice.effective_on == due:
        return end_by_notice(state, due)
    return end_by_time(state, due)


def check_parties(parties: tuple[str, ...]) -> None:
    """Raise unless two or more different parties are named."""
    check_distinct(parties)
    if len(parties) < _MIN_PARTIES:
        raise TooFewParties(expected=f"at least {_MIN_PARTIES}", got=len(parties))


def check_distinct(parties: tuple[str, ...]) -> None:
    if len(set(parties)) != len(parties):
        raise PartiesRepeated(got=list(parties))


def _check_not_withdrawn(state: Agreement) -> None:
    if state.status is AgreementStatus.WITHDRAWN:
        raise AgreementIsWithdrawn(agreement=state.agreement)


def _activated(state: Agreement) -> AgreementActivated:
    law, keys = by_law(state.standing.terms)
    return AgreementActivated(
        agreement=state.agreement,
        parties=state.parties,
        terms_version=state.standing.terms_version,
        period=state.standing.period,
        law_default=law,
        by_law=keys,
    )


def _terms_version(
    agreement: str, parties: tuple[str, ...], version: int, command: DraftAgreement | SetTerms
) -> TermsVersionDrafted:
    if command.period.is_empty():
        raise PeriodEmpty(got=str(command.period))
    check_terms(command.terms, parties)
    fields = {
        "agreement": agreement,
        "terms_version": version,
        "terms": command.terms,
        "period": command.period,
        "document_hash": command.document_hash,
    }
    return TermsVersionDrafted(
        agreement=agreement,
        terms_version=version,
        terms=command.terms,
        period=command.period,
        document_hash=command.document_hash,
        terms_hash=content_hash(fields),
    )
