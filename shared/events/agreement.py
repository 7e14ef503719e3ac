"""What happens to an agreement, from its draft to the day on which nothing of it is left."""

from datetime import date
from typing import Any, Literal

import msgspec

from shared.events.registry import Event, event
from shared.events.terms import LawCode, Terms
from shared.events.values import Period

LapseReason = Literal["UNSIGNED", "RETRACTED", "AGREEMENT_ENDED"]
AgreementKind = Literal["MOU", "MASTER", "PROJECT", "IIA", "NDA", "MTA"]


@event("agreements.AgreementDrafted.v1", entity="agreement")
class AgreementDrafted(Event, frozen=True, kw_only=True):
    """A party opened a draft with others. An agreement that is not `binding` binds on ownership only if it says so."""

    agreement: str
    kind: AgreementKind
    title: str
    parties: tuple[str, ...]
    parent: str | None
    binding: bool
    ip_terms_binding: bool


@event("agreements.TermsVersionDrafted.v1", entity="agreement")
class TermsVersionDrafted(Event, frozen=True, kw_only=True):
    """The draft got terms; `terms_hash` is taken over the other fields, so a signature binds all of them."""

    agreement: str
    terms_version: int
    terms: Terms
    period: Period
    document_hash: str
    terms_hash: str


@event("agreements.AgreementProposed.v1", entity="agreement")
class AgreementProposed(Event, frozen=True, kw_only=True):
    """The terms stand and wait for every party's signature."""

    agreement: str
    parties: tuple[str, ...]
    proposed_by_party: str
    terms_version: int
    terms_hash: str


@event("agreements.AgreementSigned.v1", entity="agreement")
class AgreementSigned(Event, frozen=True, kw_only=True):
    """A party signed exactly the terms with this hash."""

    agreement: str
    parties: tuple[str, ...]
    party: str
    person: str
    terms_hash: str
    signed_on: date
    signature: str | None


@event("agreements.AgreementFullySigned.v1", entity="agreement")
class AgreementFullySigned(Event, frozen=True, kw_only=True):
    """The last party signed."""

    agreement: str
    parties: tuple[str, ...]
    terms_hash: str


@event("agreements.AgreementActivated.v1", entity="agreement")
class AgreementActivated(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The agreement took effect on the first day of its period.

    `by_law` are the consent keys that it leaves to the law `law_default`, which nobody may have read.
    """

    agreement: str
    parties: tuple[str, ...]
    terms_version: int
    period: Period
    law_default: LawCode | None = None
    by_law: tuple[str, ...] = ()


@event("agreements.AgreementWithdrawn.v1", entity="agreement")
class AgreementWithdrawn(Event, frozen=True, kw_only=True):
    """A party gave the agreement up before everybody had signed; nothing will come of it."""

    agreement: str
    parties: tuple[str, ...]
    withdrawn_by_party: str
    reason: str


class TermChange(msgspec.Struct, frozen=True, kw_only=True):
    """What an amendment does to one key: its path, and the JSON values before and after, null for none."""

    key: str
    before: Any
    after: Any


@event("agreements.AmendmentProposed.v1", entity="agreement")
class AmendmentProposed(Event, frozen=True, kw_only=True):
    """A party proposed other terms from a day on; `signatories` must all sign `new_terms_hash` for them to be agreed.

    `base_terms` is the version that `diff` compares with; `acceding` join on the day on which it takes effect.
    """

    agreement: str
    parties: tuple[str, ...]
    no: int
    proposed_by_party: str
    base_terms: int
    terms_version: int
    terms: Terms
    period: Period
    document_hash: str
    new_terms_hash: str
    effective_on: date
    acceding: tuple[str, ...]
    signatories: tuple[str, ...]
    diff: tuple[TermChange, ...]


@event("agreements.AmendmentSigned.v1", entity="agreement")
class AmendmentSigned(Event, frozen=True, kw_only=True):
    """A party signed exactly the amended terms with this hash."""

    agreement: str
    parties: tuple[str, ...]
    no: int
    party: str
    person: str
    new_terms_hash: str
    signed_on: date
    signature: str | None


@event("agreements.AmendmentTookEffect.v1", entity="agreement")
class AmendmentTookEffect(Event, frozen=True, kw_only=True):
    """The day of an amendment that all had signed came; from it on its terms stand."""

    agreement: str
    parties: tuple[str, ...]
    no: int
    terms_version: int
    effective_on: date


@event("agreements.AmendmentLapsed.v1", entity="agreement")
class AmendmentLapsed(Event, frozen=True, kw_only=True):
    """An amendment will not take effect: not signed by all on its day, retracted, or the agreement ended before."""

    agreement: str
    parties: tuple[str, ...]
    no: int
    reason: LapseReason


@event("agreements.PartyAcceded.v1", entity="agreement")
class PartyAcceded(Event, frozen=True, kw_only=True):
    """A party joined by an amendment; what was owned before stays whose it was."""

    agreement: str
    parties: tuple[str, ...]
    party: str
    amendment: int
    effective_on: date


@event("agreements.PartyWithdrew.v1", entity="agreement")
class PartyWithdrew(Event, frozen=True, kw_only=True):
    """A party leaves the agreement on a day and keeps what it holds."""

    agreement: str
    parties: tuple[str, ...]
    party: str
    effective_on: date
    reason: str


@event("agreements.AgreementRenewalAgreed.v1", entity="agreement")
class AgreementRenewalAgreed(Event, frozen=True, kw_only=True):
    """A party agreed that the agreement shall last until `new_to`."""

    agreement: str
    parties: tuple[str, ...]
    party: str
    person: str
    new_to: date


@event("agreements.AgreementRenewed.v1", entity="agreement")
class AgreementRenewed(Event, frozen=True, kw_only=True):
    """All agreed: `new_to` is the day after the agreement's last."""

    agreement: str
    parties: tuple[str, ...]
    new_to: date


@event("agreements.AgreementSuspended.v1", entity="agreement")
class AgreementSuspended(Event, frozen=True, kw_only=True):
    """A party suspended the agreement; nothing new is done under it until that party lets it go on."""

    agreement: str
    parties: tuple[str, ...]
    suspended_by_party: str
    ground: str


@event("agreements.AgreementResumed.v1", entity="agreement")
class AgreementResumed(Event, frozen=True, kw_only=True):
    """The agreement goes on."""

    agreement: str
    parties: tuple[str, ...]
    resumed_by_party: str


@event("agreements.TerminationNoticeGiven.v1", entity="agreement")
class TerminationNoticeGiven(Event, frozen=True, kw_only=True):
    """A party gave notice: the agreement ends on `effective_on`."""

    agreement: str
    parties: tuple[str, ...]
    by_party: str
    notice_on: date
    effective_on: date
    ground: str


@event("agreements.AgreementTerminated.v1", entity="agreement")
class AgreementTerminated(Event, frozen=True, kw_only=True):
    """The day of a notice came: no new projects, and what is owned stays owned."""

    agreement: str
    parties: tuple[str, ...]
    effective_on: date


@event("agreements.AgreementExpired.v1", entity="agreement")
class AgreementExpired(Event, frozen=True, kw_only=True):
    """The agreement's period was over on `effective_on`, the day after its last."""

    agreement: str
    parties: tuple[str, ...]
    effective_on: date


class SurvivingClause(msgspec.Struct, frozen=True, kw_only=True):
    """A clause that outlives the agreement: up to but not including `until`, for ever without."""

    clause: str
    until: date | None


@event("agreements.SurvivalBegan.v1", entity="agreement")
class SurvivalBegan(Event, frozen=True, kw_only=True):
    """The agreement ended and these of its clauses go on."""

    agreement: str
    parties: tuple[str, ...]
    clauses: tuple[SurvivingClause, ...]
    effective_on: date


@event("agreements.SurvivalEnded.v1", entity="agreement")
class SurvivalEnded(Event, frozen=True, kw_only=True):
    """A clause's time after the agreement was over."""

    agreement: str
    parties: tuple[str, ...]
    clause: str
    effective_on: date


@event("agreements.AgreementClosed.v1", entity="agreement")
class AgreementClosed(Event, frozen=True, kw_only=True):
    """No clause of the agreement is left."""

    agreement: str
    parties: tuple[str, ...]
    effective_on: date
