"""An agreement, as its events made it."""

from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.contracts.errors import AgreementNotFound
from services.agreements.creation import origin_of
from shared.contracts.agreement import (
    AgreementActivated,
    AgreementDrafted,
    AgreementFullySigned,
    AgreementKind,
    AgreementProposed,
    AgreementSigned,
    TermsVersionDrafted,
)
from shared.contracts.terms import Terms
from shared.contracts.values import Period
from shared.log.aggregate import Aggregate
from shared.log.events import Event


class AgreementStatus(StrEnum):
    DRAFT = "DRAFT"
    PROPOSED = "PROPOSED"
    PARTIALLY_SIGNED = "PARTIALLY_SIGNED"
    SIGNED = "SIGNED"
    ACTIVE = "ACTIVE"


class TermsInForce(msgspec.Struct, frozen=True, kw_only=True):
    """The terms version that stands: drafted, proposed or agreed, as the agreement's status says."""

    terms_version: int
    terms: Terms
    period: Period
    document_hash: str
    terms_hash: str


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    person: str
    signed_on: date


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    agreement: str
    kind: AgreementKind
    title: str
    parties: tuple[str, ...]
    parent: str | None
    binding: bool
    ip_terms_binding: bool
    status: AgreementStatus
    # None only between the two events of a draft.
    terms_in_force: TermsInForce | None
    first_terms_hash: str | None
    signatures: dict[str, Signature]
    origin: str

    @property
    def standing(self) -> TermsInForce:
        assert self.terms_in_force is not None
        return self.terms_in_force


def evolve(state: Agreement | None, event: Event) -> Agreement:
    if isinstance(event, AgreementDrafted):
        return _drafted(event)
    assert state is not None
    changes: dict[str, object] = {}
    match event:
        case TermsVersionDrafted():
            changes["terms_in_force"] = _terms(event)
            changes["first_terms_hash"] = state.first_terms_hash or event.terms_hash
        case AgreementProposed():
            changes["status"] = AgreementStatus.PROPOSED
        case AgreementSigned():
            signature = Signature(person=event.person, signed_on=event.signed_on)
            changes["signatures"] = {**state.signatures, event.party: signature}
            changes["status"] = AgreementStatus.PARTIALLY_SIGNED
        case AgreementFullySigned():
            changes["status"] = AgreementStatus.SIGNED
        case AgreementActivated():
            changes["status"] = AgreementStatus.ACTIVE
    return msgspec.structs.replace(state, **changes)


def next_due(state: Agreement) -> date | None:
    """Return the next day on which time alone does something to an agreement."""
    return state.standing.period.start if state.status is AgreementStatus.SIGNED else None


def _drafted(event: AgreementDrafted) -> Agreement:
    return Agreement(
        agreement=event.agreement,
        kind=event.kind,
        title=event.title,
        parties=event.parties,
        parent=event.parent,
        binding=event.binding,
        ip_terms_binding=event.ip_terms_binding,
        status=AgreementStatus.DRAFT,
        terms_in_force=None,
        first_terms_hash=None,
        signatures={},
        origin=origin_of(event),
    )


def _terms(event: TermsVersionDrafted) -> TermsInForce:
    return TermsInForce(
        terms_version=event.terms_version,
        terms=event.terms,
        period=event.period,
        document_hash=event.document_hash,
        terms_hash=event.terms_hash,
    )


AGREEMENT = Aggregate("agreement", Agreement, evolve, AgreementNotFound)
