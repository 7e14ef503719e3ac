"""What callers send of projects."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, FieldPath, Id, Line, Paragraph, Parties, PeriodBody
from shared.events.project import PolicyOverrides
from shared.events.terms import RevenueStep


class PolicyOverridesBody(PolicyOverrides, frozen=True, kw_only=True, forbid_unknown_fields=True):
    revenue_steps: Annotated[tuple[RevenueStep, ...], Meta(min_length=1, max_length=10)] | None = None


class CreateProjectBody(Body, frozen=True, kw_only=True):
    project: Id | None = None
    """The id it is to have; without one it is given one."""
    agreement: Id
    parties: Parties
    """The ids of the parties of the agreement that take part."""
    title: Line
    fields: Annotated[tuple[FieldPath, ...], Meta(max_length=50)] = ()
    period: PeriodBody
    trl_start: Annotated[int, Meta(ge=1, le=9)] | None = None
    policy_overrides: PolicyOverridesBody | None = None


class StartProjectBody(Body, frozen=True, kw_only=True):
    started_on: date | None = None


class StopProjectBody(Body, frozen=True, kw_only=True):
    reason: Paragraph


class CompleteProjectBody(Body, frozen=True, kw_only=True):
    completed_on: date | None = None
