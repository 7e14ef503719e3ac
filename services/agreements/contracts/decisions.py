"""What may be done with an agreement, and what then happened."""

from datetime import date

import msgspec

from services.agreements.commands import Command
from services.agreements.contracts.errors import (
    AgreementNotDraft,
    AgreementNotFullySigned,
    AgreementNotProposed,
    ConsentRuleIncomplete,
    DrafterNotAParty,
    EffectiveDateNotReached,
    PartiesRepeated,
    PartyHasSigned,
    TermNotSupported,
    TermsHashMismatch,
    TermsIncomplete,
    TooFewParties,
)
from services.agreements.contracts.model import Agreement, AgreementStatus, next_due
from services.agreements.creation import create
from services.agreements.errors import DayNotReached, IdentifierTaken, PeriodEmpty
from shared.canonical import content_hash
from shared.contracts.agreement import (
    AgreementActivated,
    AgreementDrafted,
    AgreementFullySigned,
    AgreementKind,
    AgreementProposed,
    AgreementSigned,
    TermsVersionDrafted,
)
from shared.contracts.terms import ConsentRule, Terms
from shared.contracts.values import Period
from shared.log.events import Event
from shared.ratio import parse_ratio

Events = tuple[Event, ...]
_MIN_PARTIES = 2
_RULES_WITH_DAYS = frozenset({"NOTICE", "NOTICE_AND_FAIR_COMPENSATION", "LEAD_DEEMED"})


class DraftAgreement(Command, frozen=True, kw_only=True):
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
    terms: Terms
    period: Period
    document_hash: str


class ProposeAgreement(Command, frozen=True, kw_only=True):
    pass


class SignAgreement(Command, frozen=True, kw_only=True):
    terms_hash: str
    signed_on: date
    signature: str | None = None


class ActivateAgreement(Command, frozen=True, kw_only=True):
    pass


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
    terms = _terms_version(command.agreement, 1, command)
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
    return (_terms_version(state.agreement, standing.terms_version + 1, command),)


def propose_agreement(state: Agreement, command: ProposeAgreement) -> Events:
    if state.status is not AgreementStatus.DRAFT:
        return ()
    _check_supported(state.standing.terms)
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
    if state.status is AgreementStatus.DRAFT:
        raise AgreementNotProposed(agreement=state.agreement)
    standing = state.standing
    if command.terms_hash != standing.terms_hash:
        raise TermsHashMismatch(expected=standing.terms_hash, got=command.terms_hash, agreement=state.agreement)
    if signature := state.signatures.get(command.by.party):
        if signature.person == command.by.person:
            return ()
        raise PartyHasSigned(agreement=state.agreement, party=command.by.party)
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
    if state.status is AgreementStatus.ACTIVE:
        return ()
    if state.status is not AgreementStatus.SIGNED:
        missing = [party for party in state.parties if party not in state.signatures]
        raise AgreementNotFullySigned(agreement=state.agreement, missing=missing)
    standing = state.standing
    if command.today < standing.period.start:
        raise EffectiveDateNotReached(expected=standing.period.start, got=command.today, agreement=state.agreement)
    if empty := _empty_keys(standing.terms):
        raise TermsIncomplete(agreement=state.agreement, keys=empty)
    return (_activated(state),)


def advance(state: Agreement, today: date) -> Events:
    """Return what time alone has done to an agreement by a day: from its first day on a signed one is active."""
    due = next_due(state)
    if due is None or today < due or _empty_keys(state.standing.terms):
        return ()
    return (_activated(state),)


def check_parties(parties: tuple[str, ...]) -> None:
    """Raise unless two or more different parties are named."""
    check_distinct(parties)
    if len(parties) < _MIN_PARTIES:
        raise TooFewParties(expected=f"at least {_MIN_PARTIES}", got=len(parties))


def check_distinct(parties: tuple[str, ...]) -> None:
    if len(set(parties)) != len(parties):
        raise PartiesRepeated(got=list(parties))


def _activated(state: Agreement) -> AgreementActivated:
    return AgreementActivated(
        agreement=state.agreement,
        parties=state.parties,
        terms_version=state.standing.terms_version,
        period=state.standing.period,
    )


def _terms_version(agreement: str, version: int, command: DraftAgreement | SetTerms) -> TermsVersionDrafted:
    if command.period.is_empty():
        raise PeriodEmpty(got=f"{command.period.start} to {command.period.end}")
    _check_rules(command.terms)
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


def _check_rules(terms: Terms) -> None:
    for act in msgspec.structs.fields(terms.consent):
        rule: ConsentRule | None = getattr(terms.consent, act.name)
        if rule is None:
            continue
        if (rule.days is not None) != (rule.rule in _RULES_WITH_DAYS):
            raise ConsentRuleIncomplete(got=rule.rule, key=f"consent.{act.encode_name}")
        # A supermajority that names no part is of two thirds.
        if rule.ratio is not None and (rule.rule != "SUPERMAJORITY" or not 0 < parse_ratio(rule.ratio) <= 1):
            raise ConsentRuleIncomplete(got=rule.ratio, key=f"consent.{act.encode_name}")


def _check_supported(terms: Terms) -> None:
    """Raise TermNotSupported for a term that would be signed here and then not be kept."""
    promised = {
        "attestation.required": (terms.attestation.required, "ALL_PROJECT_PARTIES"),
        "attestation.deemed_days": (terms.attestation.deemed_days, None),
        "ownership.redetermination": (terms.ownership.redetermination, "AB_INITIO"),
    }
    for key, (got, kept) in promised.items():
        if got != kept:
            raise TermNotSupported(expected=kept or "null", got=got, key=key)


def _empty_keys(terms: Terms) -> list[str]:
    acts = msgspec.structs.fields(terms.consent)
    empty = [f"consent.{act.encode_name}" for act in acts if getattr(terms.consent, act.name) is None]
    return empty if terms.survival else [*empty, "survival"]
