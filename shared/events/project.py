"""What happens to a project, the frame in which foreground arises."""

from datetime import date

import msgspec

from shared.events.registry import Event, event
from shared.events.terms import Method, RevenueStep
from shared.events.values import Period


class PolicyOverrides(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a project does otherwise than its agreement's terms; approving the project is approving these."""

    method: Method | None = None
    """The method by which contributions become shares in the project; null where it follows the terms."""
    revenue_steps: tuple[RevenueStep, ...] | None = None


@event("agreements.ProjectReserved.v1", entity="project")
class ProjectReserved(Event, frozen=True, kw_only=True):
    """An opportunity is to become the project with this id, which only its parties create."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    opportunity: str


# The later fields are left out where nobody said anything, so that what was recorded before stays as it is.
@event("agreements.ProjectCreated.v1", entity="project")
class ProjectCreated(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A party put a project before those of the agreement's parties that take part in it."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    created_by_party: str
    title: str
    fields: tuple[str, ...]
    period: Period
    trl_start: int | None = None
    policy_overrides: PolicyOverrides | None = None


@event("agreements.ProjectApproved.v1", entity="project")
class ProjectApproved(Event, frozen=True, kw_only=True):
    """One of the project's parties approved it."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    party: str
    person: str


@event("agreements.ProjectStarted.v1", entity="project")
class ProjectStarted(Event, frozen=True, kw_only=True):
    """All had approved, and work began on `started_on`."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    started_on: date


@event("agreements.ProjectPaused.v1", entity="project")
class ProjectPaused(Event, frozen=True, kw_only=True):
    """Work stopped for a while."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    party: str
    reason: str


@event("agreements.ProjectResumed.v1", entity="project")
class ProjectResumed(Event, frozen=True, kw_only=True):
    """Work went on."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    party: str


@event("agreements.ProjectCompleted.v1", entity="project")
class ProjectCompleted(Event, frozen=True, kw_only=True):
    """The work is done, since `completed_on`; what was conceived in it before may still be recorded."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    party: str
    completed_on: date


@event("agreements.ProjectPeriodEnded.v1", entity="project")
class ProjectPeriodEnded(Event, frozen=True, kw_only=True):
    """The period of a project that had begun was over, and by that it is completed."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    ended_on: date


@event("agreements.ProjectCancelled.v1", entity="project")
class ProjectCancelled(Event, frozen=True, kw_only=True):
    """The project was given up; what had been conceived in it stays its parties'."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    party: str
    reason: str
