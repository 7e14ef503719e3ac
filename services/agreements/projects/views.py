"""A project as its agreement's parties see it."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.projects.model import PROJECT, ProjectStatus
from services.agreements.things import Can, Thing
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


PROJECTS = Thing(PROJECT, ProjectView, "/v1/projects/{project}")
