"""What callers send of opportunities."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, FieldPath, Id, Line, Parties
from shared.events.opportunity import ReasonCode, Verdict


class IdentifyOpportunityBody(Body, frozen=True, kw_only=True):
    opportunity: Id | None = None
    """The id it is to have; without one it is given one."""
    agreement: Id
    title: Line
    field: FieldPath
    leverages_background: Annotated[tuple[Id, ...], Meta(min_length=2, max_length=50)]
    affiliate: Id | None = None


class ShareOpportunityBody(Body, frozen=True, kw_only=True):
    shared_with: Parties
    respond_by: date


class ReviewOpportunityBody(Body, frozen=True, kw_only=True):
    verdict: Verdict
    reason_code: ReasonCode | None = None


class AcceptOpportunityBody(Body, frozen=True, kw_only=True):
    project: Id | None = None
    """The id of the project that it is to become; without one it is given one."""


class DeclineOpportunityBody(Body, frozen=True, kw_only=True):
    reason_code: ReasonCode
    """Why, by its code."""
