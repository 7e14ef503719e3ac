"""An opportunity as those who know of it see it."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.opportunities.model import OPPORTUNITY, OpportunityStatus, Review
from services.agreements.things import Can, Thing
from shared.events.opportunity import ReasonCode


class OpportunityView(msgspec.Struct, frozen=True, kw_only=True):
    opportunity: str
    agreement: str
    by_party: str
    """The party that identified it."""
    title: str
    field: str
    leverages_background: tuple[str, ...]
    affiliate: str | None
    status: OpportunityStatus
    parties: tuple[str, ...]
    """The ids of the parties that know of it."""
    respond_by: date | None
    reviews: dict[str, Review]
    project: str | None
    """The id of the project that it is to become; null while it is not accepted."""
    declined_by: str | None
    reason_code: ReasonCode | None
    version: int
    can: Can | UnsetType = UNSET


OPPORTUNITIES = Thing(OPPORTUNITY, OpportunityView, "/v1/opportunities/{opportunity}")
