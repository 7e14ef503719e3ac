"""A project as its agreement's parties see it."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.projects.model import PROJECT, Project, ProjectStatus
from services.agreements.things import Can, Found, Thing
from shared.events.project import PolicyOverrides
from shared.events.values import Period


class ProjectView(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    agreement: str
    parties: tuple[str, ...]
    """The ids of the parties that take part."""
    title: str
    fields: tuple[str, ...]
    period: Period
    status: ProjectStatus
    approved_by: tuple[str, ...]
    started_on: date | None
    completed_on: date | None
    trl_start: int | None
    policy_overrides: PolicyOverrides | None
    version: int
    can: Can | UnsetType = UNSET


def _found_by(state: Project, _since: date) -> Found:
    """Return by what it is found in lists."""
    return {"agreement": (state.agreement,), "status": (state.status,), "party": state.parties}


PROJECTS = Thing(PROJECT, ProjectView, "/v1/projects/{project}", _found_by)
