"""What happens to an agreement, from its draft to the day it takes effect."""

from datetime import date
from typing import Literal

from shared.contracts.terms import Terms
from shared.contracts.values import Period
from shared.log.events import Event, event

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
class AgreementActivated(Event, frozen=True, kw_only=True):
    """The agreement took effect on the first day of its period."""

    agreement: str
    parties: tuple[str, ...]
    terms_version: int
    period: Period
