"""What requests about agreements say."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, Days, HashText, Id, Line, Paragraph, Parties, PeriodBody, RatioText
from shared.contracts.agreement import AgreementKind
from shared.contracts.terms import (
    AttestationTerms,
    ConsentRule,
    ConsentTerms,
    OwnershipTerms,
    SurvivalTerm,
    Terms,
)

_Months = Annotated[int, Meta(ge=1, le=1_200)]


class OwnershipBody(OwnershipTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    escalate_after_days: Days = 90


class AttestationBody(AttestationTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    deemed_days: Days | None = None


class ConsentRuleBody(ConsentRule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    days: Days | None = None
    ratio: RatioText | None = None


class ConsentBody(ConsentTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    own_use: ConsentRuleBody | None = None
    non_exclusive: ConsentRuleBody | None = None
    sole: ConsentRuleBody | None = None
    exclusive: ConsentRuleBody | None = None
    assign: ConsentRuleBody | None = None
    assign_affiliate: ConsentRuleBody | None = None
    charge: ConsentRuleBody | None = None
    enforce: ConsentRuleBody | None = None
    abandon: ConsentRuleBody | None = None


class SurvivalBody(SurvivalTerm, frozen=True, kw_only=True, forbid_unknown_fields=True):
    clause: Line
    months: _Months | None = None


class TermsBody(Terms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ownership: OwnershipBody = OwnershipBody()
    attestation: AttestationBody = AttestationBody()
    consent: ConsentBody = ConsentBody()
    survival: Annotated[tuple[SurvivalBody, ...], Meta(max_length=50)] = ()


class SetTermsBody(Body, frozen=True, kw_only=True):
    terms: TermsBody
    period: PeriodBody
    document_hash: HashText


class DraftAgreementBody(SetTermsBody, frozen=True, kw_only=True):
    agreement: Id | None = None
    kind: AgreementKind
    title: Line
    parties: Parties
    parent: Id | None = None
    binding: bool = True
    ip_terms_binding: bool = True


class SignAgreementBody(Body, frozen=True, kw_only=True):
    terms_hash: HashText
    signed_on: date
    signature: Paragraph | None = None
