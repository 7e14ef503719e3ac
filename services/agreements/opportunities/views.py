"""An opportunity as those who know of it see it."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.opportunities.model import OPPORTUNITY, Opportunity, OpportunityStatus, Review
from services.agreements.things import Can, Found, Thing
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


def _found_by(state: Opportunity, _since: date) -> Found:
    """Return by what it is found in lists."""
    return {
        "agreement": (state.agreement,),
        "status": (state.status,),
        "project": (state.project,) if state.project is not None else (),
        "party": state.parties,
    }


OPPORTUNITIES = Thing(OPPORTUNITY, OpportunityView, "/v1/opportunities/{opportunity}", _found_by)
