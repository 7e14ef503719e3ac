"""What happens to parties: the organisations that agree, own and are told."""

from datetime import date
from typing import Literal

from shared.events.registry import Event, event
from shared.events.values import Period

PartyKind = Literal["UNIVERSITY", "APPLIED_RESEARCH_INSTITUTE", "COMPANY", "GOVERNMENT", "FUNDER", "OTHER"]
VerificationMethod = Literal["REGISTER_EXTRACT", "IDENTIFIER", "DOCUMENT", "IN_PERSON"]
# What a representative may do for a party: sign and amend agreements, attest contributions and shares, consent to
# what others do with joint property, transfer shares, take part in disputes, see to people, name representatives.
Power = Literal["SIGN", "ATTEST", "CONSENT", "TRANSFER", "DISPUTE", "PERSONNEL", "APPOINT"]


@event("agreements.PartyRegistered.v1", entity="party")
class PartyRegistered(Event, frozen=True, kw_only=True):
    """An operator entered an organisation; it belongs to no agreement yet."""

    party: str
    kind: PartyKind
    legal_name: str
    country: str
    ror: str | None
    lei: str | None
    local_ids: tuple[str, ...]


@event("agreements.PartyVerified.v1", entity="party")
class PartyVerified(Event, frozen=True, kw_only=True):
    """An operator made sure that the organisation is who it says, by a method that left evidence."""

    party: str
    by: str
    method: VerificationMethod
    evidence_hash: str


@event("agreements.PartyDeactivated.v1", entity="party")
class PartyDeactivated(Event, frozen=True, kw_only=True):
    """The organisation is no more, or takes part in nothing new; what it holds it keeps."""

    party: str
    by: str
    reason: str


@event("agreements.PartyReactivated.v1", entity="party")
class PartyReactivated(Event, frozen=True, kw_only=True):
    """An inactive organisation takes part in what is new again; as verified as it was before."""

    party: str
    by: str
    reason: str


@event("agreements.RepresentativeAppointed.v1", entity="party")
class RepresentativeAppointed(Event, frozen=True, kw_only=True):
    """A person may do certain things for the party for a period; naming them again replaces what was said before."""

    party: str
    person: str
    powers: tuple[Power, ...]
    period: Period
    appointed_by: str


@event("agreements.RepresentativeRevoked.v1", entity="party")
class RepresentativeRevoked(Event, frozen=True, kw_only=True):
    """From the day `to` on the person has no powers any more."""

    party: str
    person: str
    to: date
    revoked_by: str
