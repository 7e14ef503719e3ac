"""A project, as its events made it."""

from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.creation import origin_of
from services.agreements.projects.errors import ProjectNotFound
from shared.contracts.project import ProjectApproved, ProjectCreated, ProjectStarted
from shared.contracts.values import Period
from shared.log.aggregate import Aggregate
from shared.log.events import Event


class ProjectStatus(StrEnum):
    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    ACTIVE = "ACTIVE"


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
    origin: str


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
            origin=origin_of(event),
        )
    assert state is not None
    match event:
        case ProjectApproved():
            approved_by = (*state.approved_by, event.party)
            everyone = set(approved_by) == set(state.parties)
            status = ProjectStatus.APPROVED if everyone else ProjectStatus.PROPOSED
            return msgspec.structs.replace(state, approved_by=approved_by, status=status)
        case ProjectStarted():
            return msgspec.structs.replace(state, status=ProjectStatus.ACTIVE, started_on=event.started_on)
    return state


PROJECT = Aggregate("project", Project, evolve, ProjectNotFound)
