"""What requests about agreements say."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from services.agreements.fields import (
    Body,
    Currency,
    Days,
    HashText,
    Id,
    Line,
    Paragraph,
    Parties,
    PeriodBody,
    RatioText,
)
from shared.events.agreement import AgreementKind
from shared.events.terms import (
    Act,
    AttestationTerms,
    Attesting,
    BackgroundTerms,
    CalendarTerms,
    ConsentRule,
    ConsentTerms,
    CostTerms,
    DisputeTerms,
    FeeTerms,
    LicenceTerms,
    NoticeTerms,
    OptOutTerms,
    OwnershipTerms,
    PublicationTerms,
    RevenueStep,
    RevenueTerms,
    Rung,
    SurvivalTerm,
    Terms,
    Weekday,
)
from shared.events.values import Money

_Months = Annotated[int, Meta(ge=1, le=1_200)]


class OwnershipBody(OwnershipTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    escalate_after_days: Days = 90


class AttestationBody(AttestationTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    required: Attesting = "ALL_PROJECT_PARTIES"
    four_eyes: bool = True
    deemed_days: Days | None = None


class ConsentRuleBody(ConsentRule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    days: Days | None = None
    ratio: RatioText | None = None


class ConsentTermsBody(ConsentTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class CapBody(Money, frozen=True, kw_only=True, forbid_unknown_fields=True):
    currency: Currency
    minor: Annotated[int, Meta(ge=0, le=10**15)]


class FeeBody(FeeTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rate: RatioText
    cap: CapBody | None = None
    payee: Id


class RevenueBody(RevenueTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    steps: Annotated[tuple[RevenueStep, ...], Meta(max_length=10)] = RevenueTerms().steps
    fee: FeeBody | None = None


class CostBody(CostTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ratios: Annotated[dict[Id, RatioText], Meta(max_length=50)] | None = None
    lead: Id | None = None
    cap_per_year: CapBody | None = None
    objection_days: Days = 60
    reimburse_days: Days = 90


class OptOutBody(OptOutTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class PublicationBody(PublicationTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    notice_days: Days = 45
    objection_days: Days = 30
    max_delay_days: Days = 90


class BackgroundBody(BackgroundTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    exploitation_request_months: Annotated[int, Meta(ge=0, le=1_200)] = 12


class LicenceTermsBody(LicenceTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    freeze_on_dispute: Annotated[tuple[Act, ...], Meta(max_length=9)] = LicenceTerms().freeze_on_dispute


class RungBody(Rung, frozen=True, kw_only=True, forbid_unknown_fields=True):
    days: Days | None = None


_LADDER = tuple(RungBody(step=rung.step, days=rung.days) for rung in DisputeTerms().ladder)


class DisputeBody(DisputeTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ladder: Annotated[tuple[RungBody, ...], Meta(min_length=1, max_length=5)] = _LADDER
    registrar: Id | None = None
    one_sided_objection_days: Days = 30


class CalendarBody(CalendarTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    zone: Line = "Asia/Hong_Kong"
    weekend: Annotated[tuple[Weekday, ...], Meta(max_length=6)] = ("SAT", "SUN")
    holidays: Id | None = None
    holiday_dates: Annotated[tuple[date, ...], Meta(max_length=1_000)] = ()


class NoticeTermsBody(NoticeTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    escalate_after_days: Days | None = 7


# What is not written here is not written in the event either, and reads there as the default that terms have.
class TermsBody(Terms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ownership: OwnershipBody = OwnershipBody()
    attestation: AttestationBody = AttestationBody()
    consent: ConsentTermsBody = ConsentTermsBody()
    survival: Annotated[tuple[SurvivalBody, ...], Meta(max_length=50)] = ()
    revenue: RevenueBody | None = None
    cost: CostBody | None = None
    optout: OptOutBody = OptOutBody()
    publication: PublicationBody = PublicationBody()
    background: BackgroundBody = BackgroundBody()
    licence: LicenceTermsBody = LicenceTermsBody()
    dispute: DisputeBody = DisputeBody()
    calendar: CalendarBody = CalendarBody()
    notice: NoticeTermsBody = NoticeTermsBody()


class SetTermsBody(Body, frozen=True, kw_only=True):
    terms: TermsBody
    period: PeriodBody
    document_hash: HashText


class DraftAgreementBody(SetTermsBody, frozen=True, kw_only=True):
    agreement: Id | None = None
    """The id it is to have; without one it is given one."""
    kind: AgreementKind
    """The kind of contract, such as a memorandum of understanding (`MOU`) or an inter-institutional agreement (`IIA`).

    """
    title: Line
    parties: Parties
    """The ids of the parties that are to agree."""
    parent: Id | None = None
    """The id of the agreement under which this one is made; null for none."""
    binding: bool = True
    ip_terms_binding: bool = True


class SignAgreementBody(Body, frozen=True, kw_only=True):
    terms_hash: HashText
    signed_on: date
    signature: Paragraph | None = None


class WithdrawAgreementBody(Body, frozen=True, kw_only=True):
    reason: Paragraph


class LeaveBody(Body, frozen=True, kw_only=True):
    reason: Paragraph
    effective_on: date


class RenewBody(Body, frozen=True, kw_only=True):
    new_to: date
    """The day after the last by the new term: later than the end so far."""


class SuspendBody(Body, frozen=True, kw_only=True):
    ground: Paragraph


class TerminateBody(SuspendBody, frozen=True, kw_only=True):
    notice_on: date | None = None
    effective_on: date


class AmendmentBody(Body, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    terms: TermsBody | None = None
    """The whole terms as they are to be; without them they stay as they are."""
    period: PeriodBody | None = None
    """The period as it is to be; without one it stays as it is."""
    document_hash: HashText
    effective_on: date
    acceding: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()


class SignAmendmentBody(Body, frozen=True, kw_only=True):
    new_terms_hash: HashText
    signed_on: date
    signature: Paragraph | None = None
