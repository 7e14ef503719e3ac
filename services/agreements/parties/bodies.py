"""What callers send of parties."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, Country, HashText, Id, Line, Paragraph, PeriodBody
from shared.events.party import PartyKind, Power, VerificationMethod
from shared.forms import form

Ror = Annotated[
    str, form(r"https://ror\.org/0[a-hj-km-np-tv-z0-9]{6}[0-9]{2}", "a ROR id such as https://ror.org/0abcdef12")
]
Lei = Annotated[str, form("[A-Z0-9]{18}[0-9]{2}", "an LEI: 18 capital letters and digits, and two digits")]


class RegisterPartyBody(Body, frozen=True, kw_only=True):
    party: Id | None = None
    """The id it is to have; without one it is given one."""
    kind: PartyKind
    """What sort of organisation it is."""
    legal_name: Line
    country: Country
    ror: Ror | None = None
    lei: Lei | None = None
    local_ids: Annotated[tuple[Line, ...], Meta(max_length=20)] = ()


class VerifyPartyBody(Body, frozen=True, kw_only=True):
    method: VerificationMethod
    """How the party's identity was verified."""
    evidence_hash: HashText


class DeactivatePartyBody(Body, frozen=True, kw_only=True):
    reason: Paragraph


class ReactivatePartyBody(Body, frozen=True, kw_only=True):
    reason: Paragraph


class AppointRepresentativeBody(Body, frozen=True, kw_only=True):
    person: Id
    """The pseudonym of the representative, which is the subject of their tokens."""
    powers: Annotated[tuple[Power, ...], Meta(min_length=1, max_length=20)]
    period: PeriodBody


class RevokeRepresentativeBody(Body, frozen=True, kw_only=True):
    to: date
    """The first day on which the representative may do nothing for the party any more."""
