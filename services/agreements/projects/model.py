"""A project, as its events made it."""

from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.creation import origin_of
from services.agreements.projects.errors import ProjectNotFound
from services.agreements.repetition import Statement
from shared.events.project import (
    PolicyOverrides,
    ProjectApproved,
    ProjectCancelled,
    ProjectCompleted,
    ProjectCreated,
    ProjectPaused,
    ProjectPeriodEnded,
    ProjectReserved,
    ProjectResumed,
    ProjectStarted,
)
from shared.events.registry import Event
from shared.events.terms import Method, RevenueStep, Terms
from shared.events.values import Period
from shared.log.aggregate import Aggregate


class ProjectStatus(StrEnum):
    # Promised by an opportunity and not there yet, so nobody is shown it.
    RESERVED = "RESERVED"
    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


# Of what is not there yet.
_NO_PERIOD = Period(start=date.max, end=date.max)
ENDED_PROJECT = frozenset({ProjectStatus.COMPLETED, ProjectStatus.CANCELLED})


class Project(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    agreement: str
    parties: tuple[str, ...]
    title: str
    fields: tuple[str, ...]
    period: Period
    status: ProjectStatus
    approved_by: tuple[str, ...]
    started_on: date | None
    completed_on: date | None
    # Who paused or cancelled it last, and why.
    stopped: Statement | None
    trl_start: int | None
    policy_overrides: PolicyOverrides | None
    origin: str

    @property
    def is_there(self) -> bool:
        """Tell whether the project was created, and is not only promised."""
        return self.status is not ProjectStatus.RESERVED

    @property
    def overridden(self) -> frozenset[str]:
        """The keys of the agreement's terms that do not hold here."""
        own = self.policy_overrides or PolicyOverrides()
        keys = {"ownership.method": own.method, "revenue.steps": own.revenue_steps}
        return frozenset(key for key, value in keys.items() if value is not None)

    def method(self, terms: Terms) -> Method:
        """Return how shares are determined here."""
        own = self.policy_overrides or PolicyOverrides()
        return own.method or terms.ownership.method

    def revenue_steps(self, terms: Terms) -> tuple[RevenueStep, ...]:
        """Return how a receipt for what arose here is split."""
        own = self.policy_overrides or PolicyOverrides()
        return own.revenue_steps or (terms.revenue.steps if terms.revenue else ())


def evolve(state: Project | None, event: Event) -> Project:
    if isinstance(event, ProjectCreated):
        return Project(
            project=event.project,
            agreement=event.agreement,
            parties=event.parties,
            title=event.title,
            fields=event.fields,
            period=event.period,
            status=ProjectStatus.PROPOSED,
            approved_by=(),
            started_on=None,
            completed_on=None,
            stopped=None,
            trl_start=event.trl_start,
            policy_overrides=event.policy_overrides,
            origin=origin_of(event),
        )
    if isinstance(event, ProjectReserved):
        return Project(
            project=event.project,
            agreement=event.agreement,
            parties=event.parties,
            title="",
            fields=(),
            period=_NO_PERIOD,
            status=ProjectStatus.RESERVED,
            approved_by=(),
            started_on=None,
            completed_on=None,
            stopped=None,
            trl_start=None,
            policy_overrides=None,
            origin=origin_of(event),
        )
    assert state is not None
    changes: dict[str, object] = {}
    match event:
        case ProjectApproved():
            approved_by = (*state.approved_by, event.party)
            everyone = set(approved_by) == set(state.parties)
            changes["approved_by"] = approved_by
            changes["status"] = ProjectStatus.APPROVED if everyone else ProjectStatus.PROPOSED
        case ProjectStarted():
            changes.update(status=ProjectStatus.ACTIVE, started_on=event.started_on)
        case ProjectPaused():
            changes["status"] = ProjectStatus.PAUSED
            changes["stopped"] = Statement(party=event.party, reason=event.reason)
        case ProjectResumed():
            changes["status"] = ProjectStatus.ACTIVE
        case ProjectCompleted():
            changes.update(status=ProjectStatus.COMPLETED, completed_on=event.completed_on)
        case ProjectPeriodEnded():
            changes.update(status=ProjectStatus.COMPLETED, completed_on=event.ended_on)
        case ProjectCancelled():
            changes["status"] = ProjectStatus.CANCELLED
            changes["stopped"] = Statement(party=event.party, reason=event.reason)
    return msgspec.structs.replace(state, **changes)


def next_due(state: Project) -> date | None:
    """Return the first day after the period of a project that has begun and is not over.

    One that has not begun waits: it may be recorded late that it did.
    """
    return state.period.end if state.status in {ProjectStatus.ACTIVE, ProjectStatus.PAUSED} else None


PROJECT = Aggregate("project", Project, evolve, ProjectNotFound)
