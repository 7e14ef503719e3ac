"""What happens to an opportunity: seen by one party, shared with others, reviewed, and taken up as a project or not."""

from datetime import date
from typing import Literal

from shared.events.registry import Event, event

Verdict = Literal["SUPPORT", "NEEDS_WORK", "OPPOSE"]
ReasonCode = Literal[
    "TOO_EARLY",
    "BENEFIT_UNCLEAR",
    "ROUTE_UNCLEAR",
    "DESCRIPTION_UNCLEAR",
    "SCIENTIFIC",
    "NOT_STRATEGIC",
    "IP_POSITION",
    "RESOURCES",
]


@event("agreements.OpportunityIdentified.v1", entity="opportunity")
class OpportunityIdentified(Event, frozen=True, kw_only=True):
    """A party saw what could be done jointly, on background of its own and of another; nobody else is told yet.

    So this alone of an agreement's events is published under `_` and not under the agreement, whose id is in the data.
    """

    agreement: str
    opportunity: str
    by_party: str
    title: str
    field: str
    leverages_background: tuple[str, ...]
    affiliate: str | None


@event("agreements.OpportunityShared.v1", entity="opportunity")
class OpportunityShared(Event, frozen=True, kw_only=True):
    """The party put it before others; `parties` are itself and them. Undecided by the end of `respond_by` it lapses."""

    agreement: str
    opportunity: str
    parties: tuple[str, ...]
    by_party: str
    respond_by: date


@event("agreements.OpportunityReviewed.v1", entity="opportunity")
class OpportunityReviewed(Event, frozen=True, kw_only=True):
    """A party said what it thinks of it; a later review replaces its earlier one."""

    agreement: str
    opportunity: str
    parties: tuple[str, ...]
    party: str
    person: str
    verdict: Verdict
    reason_code: ReasonCode | None


@event("agreements.OpportunityAccepted.v1", entity="opportunity")
class OpportunityAccepted(Event, frozen=True, kw_only=True):
    """All support it, and it is to become the project with this id."""

    agreement: str
    opportunity: str
    parties: tuple[str, ...]
    party: str
    project: str


@event("agreements.OpportunityDeclined.v1", entity="opportunity")
class OpportunityDeclined(Event, frozen=True, kw_only=True):
    """A party does not want it; nothing comes of it."""

    agreement: str
    opportunity: str
    parties: tuple[str, ...]
    party: str
    reason_code: ReasonCode


@event("agreements.OpportunityLapsed.v1", entity="opportunity")
class OpportunityLapsed(Event, frozen=True, kw_only=True):
    """The day to respond by passed without a decision."""

    agreement: str
    opportunity: str
    parties: tuple[str, ...]
    respond_by: date
