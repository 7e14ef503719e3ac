"""What happens to affiliations: which organisation is under which other's control, and when.

All of them are in one stream, `affiliation:all`: that nobody is their own parent, on any day, is a rule about all of
them together, and only what is in one stream can be kept from changing at the same moment. What a party declares of
itself is in a stream of its own, and counts for nothing until the other end confirms it and it is entered there.
"""

from datetime import date
from typing import Literal

from shared.events.registry import Event, event
from shared.events.values import Period

AffiliationBasis = Literal["CONTROL", "LISTED", "SPIN_OFF"]


@event("agreements.AffiliationDeclared.v1", entity="affiliation")
class AffiliationDeclared(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The child is the parent's affiliate for a period; shares may accrue to the parent if it is the `accrual` one.

    `declaration` is the one that both ends have made it by; without it an operator has declared it.
    """

    parent: str
    child: str
    basis: AffiliationBasis
    control_ratio: str | None
    accrual: bool
    period: Period
    declaration: str | None = None


@event("agreements.AffiliationEnded.v1", entity="affiliation")
class AffiliationEnded(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The affiliation that began on `since` holds up to, but not including, the day `to`.

    `declaration` is the one by which its ends have made it, where one of them ends it; without it an operator does.
    """

    parent: str
    child: str
    since: date
    to: date
    declaration: str | None = None


@event("agreements.DeclarationMade.v1", entity="declaration")
class DeclarationMade(Event, frozen=True, kw_only=True):
    """One end of an affiliation says that there is to be one, from that day on at the earliest; the other may confirm.

    Until the other does, no later than `confirm_by`, nobody is anybody's affiliate by it.
    """

    declaration: str
    parent: str
    child: str
    basis: AffiliationBasis
    control_ratio: str | None
    accrual: bool
    period: Period
    declared_by: str
    declared_on: date
    confirm_by: date


@event("agreements.DeclarationConfirmed.v1", entity="declaration")
class DeclarationConfirmed(Event, frozen=True, kw_only=True):
    """The other end confirmed it: the affiliation that it declares is among all of them from now on."""

    declaration: str
    parent: str
    child: str
    party: str


@event("agreements.DeclarationDeclined.v1", entity="declaration")
class DeclarationDeclined(Event, frozen=True, kw_only=True):
    """The other end said that there is no such affiliation."""

    declaration: str
    parent: str
    child: str
    party: str
    reason: str


@event("agreements.DeclarationWithdrawn.v1", entity="declaration")
class DeclarationWithdrawn(Event, frozen=True, kw_only=True):
    """Whoever declared it took it back before anybody had confirmed it."""

    declaration: str
    parent: str
    child: str
    party: str
    reason: str


@event("agreements.DeclarationLapsed.v1", entity="declaration")
class DeclarationLapsed(Event, frozen=True, kw_only=True):
    """The day by which it was to be confirmed is over, and nobody has."""

    declaration: str
    parent: str
    child: str


@event("agreements.DeclarationEnded.v1", entity="declaration")
class DeclarationEnded(Event, frozen=True, kw_only=True):
    """One end said that what both have declared holds up to, but not including, the day `to`."""

    declaration: str
    parent: str
    child: str
    party: str
    to: date
    reason: str
