"""Reading what commands on projects need."""

from collections.abc import Callable
from datetime import date
from typing import Final, TypeVar

import msgspec

from services.agreements.commands import Command, Representative
from services.agreements.contracts.handling import admit, agreement_of
from services.agreements.contracts.model import Agreement
from services.agreements.contracts.sight import seen
from services.agreements.projects import decisions
from services.agreements.projects.errors import ProjectNotFound
from services.agreements.projects.model import PROJECT, Project
from shared.errors import NotFound
from shared.events.registry import Event
from shared.log.handle import Change, Decided, Reader

C = TypeVar("C", bound=Command)
_TWO: Final = 2


async def create(reader: Reader, command: decisions.CreateProject) -> Decided:
    agreement = await agreement_of(reader, command.agreement, command.by)
    await admit(reader, agreement, command)
    events = decisions.create_project(await reader.new(PROJECT, command.project), agreement, command)
    return Decided(command.agreement, (Change(PROJECT, command.project, events, command.period.start),))


async def approve(reader: Reader, project: str, command: decisions.ApproveProject) -> Decided:
    state, agreement = await project_of(reader, project, command.by)
    await admit(reader, agreement, command)
    events = decisions.approve_project(state, command)
    return Decided(state.agreement, (Change(PROJECT, project, events, command.today),))


async def start(reader: Reader, project: str, command: decisions.StartProject) -> Decided:
    state, agreement = await project_of(reader, project, command.by)
    await admit(reader, agreement, command)
    events = decisions.start_project(state, command)
    return Decided(state.agreement, (Change(PROJECT, project, events, command.day),))


async def resume(reader: Reader, project: str, command: decisions.ResumeProject) -> Decided:
    state, agreement = await project_of(reader, project, command.by)
    await admit(reader, agreement, command)
    events = decisions.resume_project(state, command)
    return Decided(state.agreement, (Change(PROJECT, project, events, command.today),))


async def stop(
    reader: Reader, project: str, command: C, decide: Callable[[Project, C], tuple[Event, ...]], effective_on: date
) -> Decided:
    """Pause or end a project."""
    state, agreement = await project_of(reader, project, command.by)
    await admit(reader, agreement, command)
    return Decided(state.agreement, (Change(PROJECT, project, decide(state, command), effective_on),))


def on_the_day(project: Project, agreement: Agreement, day: date) -> Project:
    """Return a project with its parties of a day: to what is conceived then those that had left before are none.

    Unless one alone were left: somebody else has to bear out what it says.
    """
    staying = tuple(party for party in project.parties if not agreement.has_left(party, day))
    return project if len(staying) < _TWO else msgspec.structs.replace(project, parties=staying)


async def project_of(
    reader: Reader, project: str, by: Representative, hidden: NotFound | None = None
) -> tuple[Project, Agreement]:
    """Return a project as far as the representative's party sees it, and its agreement."""
    state, agreement = await seen(reader, PROJECT, project, by, hidden=hidden)
    if not state.is_there:
        raise hidden or ProjectNotFound(project=project)
    return state, agreement
