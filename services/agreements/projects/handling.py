"""Reading what commands on projects need."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from services.agreements.commands import Command, Representative
from services.agreements.contracts.handling import agreement_of, check_active, check_took_effect
from services.agreements.contracts.model import Agreement
from services.agreements.parties.handling import empowered
from services.agreements.projects import decisions
from services.agreements.projects.errors import ProjectNotFound
from services.agreements.projects.model import PROJECT, Project
from shared.errors import NotFound
from shared.events.registry import Event
from shared.log.handle import Change, Decided, Reader

C = TypeVar("C", bound=Command)


async def create(reader: Reader, command: decisions.CreateProject) -> Decided:
    agreement = await agreement_of(reader, command.agreement, command.by)
    check_active(agreement, command.today)
    events = decisions.create_project(await reader.new(PROJECT, command.project), agreement, command)
    return Decided(command.agreement, (Change(PROJECT, command.project, events, command.period.start),))


async def approve(reader: Reader, project: str, command: decisions.ApproveProject) -> Decided:
    state, agreement = await project_of(reader, project, command.by)
    check_active(agreement)
    # What a project does otherwise than the terms binds as if it had been signed.
    await empowered(reader, command, "SIGN", new=False)
    events = decisions.approve_project(state, command)
    return Decided(state.agreement, (Change(PROJECT, project, events, command.today),))


async def start(reader: Reader, project: str, command: decisions.StartProject) -> Decided:
    state, agreement = await project_of(reader, project, command.by)
    check_active(agreement, command.today)
    events = decisions.start_project(state, command)
    return Decided(state.agreement, (Change(PROJECT, project, events, command.started_on),))


async def resume(reader: Reader, project: str, command: decisions.ResumeProject) -> Decided:
    state, agreement = await project_of(reader, project, command.by)
    check_active(agreement, command.today)
    events = decisions.resume_project(state, command)
    return Decided(state.agreement, (Change(PROJECT, project, events, command.today),))


async def stop(
    reader: Reader, project: str, command: C, decide: Callable[[Project, C], tuple[Event, ...]], effective_on: date
) -> Decided:
    """Pause or end a project: that may be done however its agreement stands."""
    state, agreement = await project_of(reader, project, command.by)
    check_took_effect(agreement)
    return Decided(state.agreement, (Change(PROJECT, project, decide(state, command), effective_on),))


async def project_of(
    reader: Reader, project: str, by: Representative, hidden: NotFound | None = None
) -> tuple[Project, Agreement]:
    """Return a project in an agreement of the representative's party, and that agreement."""
    state = await reader(PROJECT, project)
    hidden = hidden or ProjectNotFound(project=project)
    return state, await agreement_of(reader, state.agreement, by, hidden)
