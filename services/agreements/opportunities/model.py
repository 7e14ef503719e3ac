"""An opportunity, as its events made it."""

from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.creation import origin_of
from services.agreements.opportunities.errors import OpportunityNotFound
from shared.calendar import day_after
from shared.events.opportunity import (
    OpportunityAccepted,
    OpportunityDeclined,
    OpportunityIdentified,
    OpportunityLapsed,
    OpportunityReviewed,
    OpportunityShared,
    ReasonCode,
    Verdict,
)
from shared.events.registry import Event
from shared.log.aggregate import Aggregate


class OpportunityStatus(StrEnum):
    IDENTIFIED = "IDENTIFIED"
    SHARED = "SHARED"
    UNDER_REVIEW = "UNDER_REVIEW"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    LAPSED = "LAPSED"


WAITING = frozenset({OpportunityStatus.SHARED, OpportunityStatus.UNDER_REVIEW})
DECIDED = frozenset({OpportunityStatus.ACCEPTED, OpportunityStatus.DECLINED, OpportunityStatus.LAPSED})


class Review(msgspec.Struct, frozen=True, kw_only=True):
    person: str
    """The pseudonym of the person who reviewed it."""
    verdict: Verdict
    reason_code: ReasonCode | None


class Opportunity(msgspec.Struct, frozen=True, kw_only=True):
    opportunity: str
    agreement: str
    by_party: str
    title: str
    field: str
    leverages_background: tuple[str, ...]
    affiliate: str | None
    status: OpportunityStatus
    # Those who know of it: the party that saw it, and whom it shared it with.
    parties: tuple[str, ...]
    respond_by: date | None
    reviews: dict[str, Review]
    project: str | None
    declined_by: str | None
    reason_code: ReasonCode | None
    origin: str


def next_due(state: Opportunity) -> date | None:
    """Return the day on which an undecided opportunity lapses: the one after the last to respond on."""
    return day_after(state.respond_by) if state.status in WAITING else None


def evolve(state: Opportunity | None, event: Event) -> Opportunity:
    if isinstance(event, OpportunityIdentified):
        return Opportunity(
            opportunity=event.opportunity,
            agreement=event.agreement,
            by_party=event.by_party,
            title=event.title,
            field=event.field,
            leverages_background=event.leverages_background,
            affiliate=event.affiliate,
            status=OpportunityStatus.IDENTIFIED,
            parties=(event.by_party,),
            respond_by=None,
            reviews={},
            project=None,
            declined_by=None,
            reason_code=None,
            origin=origin_of(event),
        )
    assert state is not None
    changes: dict[str, object] = {}
    match event:
        case OpportunityShared():
            changes = {
                "status": OpportunityStatus.SHARED,
                "parties": event.parties,
                "respond_by": event.respond_by,
            }
        case OpportunityReviewed():
            review = Review(person=event.person, verdict=event.verdict, reason_code=event.reason_code)
            changes = {"status": OpportunityStatus.UNDER_REVIEW, "reviews": {**state.reviews, event.party: review}}
        case OpportunityAccepted():
            changes = {"status": OpportunityStatus.ACCEPTED, "project": event.project}
        case OpportunityDeclined():
            changes = {
                "status": OpportunityStatus.DECLINED,
                "declined_by": event.party,
                "reason_code": event.reason_code,
            }
        case OpportunityLapsed():
            changes = {"status": OpportunityStatus.LAPSED}
    return msgspec.structs.replace(state, **changes)


OPPORTUNITY = Aggregate("opportunity", Opportunity, evolve, OpportunityNotFound)
