"""Reading what reports on a project need."""

from collections.abc import Callable
from typing import TypeVar

from services.agreements.commands import Command, Representative
from services.agreements.contracts.handling import admit
from services.agreements.contracts.sight import horizon_of
from services.agreements.progress import decisions
from services.agreements.progress.model import PROGRESS, Progress
from services.agreements.projects.decisions import check_started
from services.agreements.projects.handling import project_of
from services.agreements.projects.model import Project
from shared.events.registry import Event
from shared.log.handle import Change, Decided, Reader

C = TypeVar("C", bound=Command)


async def report(
    reader: Reader,
    project: str,
    command: C,
    decide: Callable[[Progress | None, Project, C], tuple[Event, ...]],
    *,
    running: bool = True,
) -> Decided:
    """Decide a report on a project; `running` ones need it to have started, a screening comes before that."""
    its_project, agreement = await project_of(reader, project, command.by)
    await admit(reader, agreement, command)
    if running:
        check_started(its_project)
    events = decide(await reader.find(PROGRESS, project), its_project, command)
    effective_on = command.reached_on if isinstance(command, decisions.ReachMilestone) else command.today
    return Decided(its_project.agreement, (Change(PROGRESS, project, events, effective_on),))


async def progress_of(reader: Reader, project: str, by: Representative) -> Progress:
    """Return the progress of a project as far as the representative's party sees it."""
    its_project, agreement = await project_of(reader, project, by)
    nothing = Progress(project=project, agreement=its_project.agreement)
    if not reader.past:
        return await reader.find(PROGRESS, project) or nothing
    horizon = await horizon_of(reader, agreement, by.party)
    return await reader.as_of(PROGRESS, project, horizon.reaches) or nothing
