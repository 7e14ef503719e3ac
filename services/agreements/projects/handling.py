"""Reading what commands on projects need."""

from services.agreements.commands import Representative
from services.agreements.contracts.handling import agreement_of, check_active
from services.agreements.contracts.model import Agreement
from services.agreements.projects import decisions
from services.agreements.projects.errors import ProjectNotFound
from services.agreements.projects.model import PROJECT, Project
from shared.errors import NotFound
from shared.log.handle import Change, Decided, Reader


async def create(reader: Reader, command: decisions.CreateProject) -> Decided:
    agreement = await agreement_of(reader, command.agreement, command.by)
    check_active(agreement)
    events = decisions.create_project(await reader.new(PROJECT, command.project), agreement, command)
    return Decided(command.agreement, (Change(PROJECT, command.project, events, command.period.start),))


async def approve(reader: Reader, project: str, command: decisions.ApproveProject) -> Decided:
    state, agreement = await project_of(reader, project, command.by)
    check_active(agreement)
    events = decisions.approve_project(state, command)
    return Decided(state.agreement, (Change(PROJECT, project, events, command.today),))


async def start(reader: Reader, project: str, command: decisions.StartProject) -> Decided:
    state, agreement = await project_of(reader, project, command.by)
    check_active(agreement)
    events = decisions.start_project(state, command)
    return Decided(state.agreement, (Change(PROJECT, project, events, command.started_on),))


async def project_of(
    reader: Reader, project: str, by: Representative, hidden: NotFound | None = None
) -> tuple[Project, Agreement]:
    """Return a project in an agreement of the representative's party, and that agreement."""
    state = await reader(PROJECT, project)
    hidden = hidden or ProjectNotFound(project=project)
    return state, await agreement_of(reader, state.agreement, by, hidden)
