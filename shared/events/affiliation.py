"""What happens to affiliations: which organisation is under which other's control, and when.

All of them are in one stream, `affiliation:all`: that nobody is their own parent, on any day, is a rule about all of
them together, and only what is in one stream can be kept from changing at the same moment.
"""

from datetime import date
from typing import Literal

from shared.events.registry import Event, event
from shared.events.values import Period

AffiliationBasis = Literal["CONTROL", "LISTED", "SPIN_OFF"]


@event("agreements.AffiliationDeclared.v1", entity="affiliation")
class AffiliationDeclared(Event, frozen=True, kw_only=True):
    """The child is the parent's affiliate for a period; shares may accrue to the parent if it is the `accrual` one."""

    parent: str
    child: str
    basis: AffiliationBasis
    control_ratio: str | None
    accrual: bool
    period: Period


@event("agreements.AffiliationEnded.v1", entity="affiliation")
class AffiliationEnded(Event, frozen=True, kw_only=True):
    """The affiliation that began on `since` holds up to, but not including, the day `to`."""

    parent: str
    child: str
    since: date
    to: date
