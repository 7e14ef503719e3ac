"""Projects over HTTP."""

from functools import partial
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.contracts.errors import (
    AgreementNotFound,
    PartiesRepeated,
    PartyNotInAgreement,
    TermInvalid,
    TooFewParties,
)
from services.agreements.contracts.finding import list_found
from services.agreements.errors import DayNotReached, IdentifierTaken, NotAProjectParty, PeriodEmpty, RecordedOtherwise
from services.agreements.fields import Id, published
from services.agreements.finding import HAS_STATUS, OfAgreement, one_of, taking_part
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.projects import decisions, errors, handling
from services.agreements.projects.bodies import (
    CompleteProjectBody,
    CreateProjectBody,
    StartProjectBody,
    StopProjectBody,
)
from services.agreements.projects.model import PROJECT, ProjectStatus
from services.agreements.projects.views import PROJECTS, ProjectView
from services.agreements.requests import ChangeRequest, CommandRequest, ListRequest, ReadRequest, names_ids
from services.agreements.responses import changing, creating, finding, remembering, showing
from shared.events.project import PolicyOverrides, ProjectReserved
from shared.events.values import Period
from shared.ids import new_id
from shared.web.auth import requires
from shared.web.pages import Page

HasStatus = Annotated[Annotated[str, one_of(ProjectStatus, ProjectStatus.RESERVED)] | None, HAS_STATUS]
OfParty = Annotated[Id | None, taking_part("in `parties`")]
_EVERY = (errors.ProjectNotFound, NotAProjectParty)


@post(
    "/",
    responses=creating(
        ProjectView,
        decisions.CreateProject,
        AgreementNotFound,
        PartiesRepeated,
        TooFewParties,
        PartyNotInAgreement,
        NotAProjectParty,
        errors.AgreementNotBinding,
        errors.ProjectOutsideAgreement,
        errors.OverrideWithoutRevenue,
        TermInvalid,
        PeriodEmpty,
        IdentifierTaken,
    ),
)
async def create_project(
    data: JSONBody[CreateProjectBody], command: NamedDependency[CommandRequest]
) -> Response[bytes]:
    """Put a project before those of the agreement's parties that shall take part."""
    create = decisions.CreateProject(
        **command.said,
        project=data.project or new_id("prj"),
        agreement=data.agreement,
        parties=data.parties,
        title=data.title,
        fields=data.fields,
        period=published(data.period, Period),
        trl_start=data.trl_start,
        policy_overrides=published(data.policy_overrides, PolicyOverrides) if data.policy_overrides else None,
    )
    return await command.create(PROJECTS, partial(handling.create, command=create))


@post(
    "/{project:str}/approve",
    status_code=200,
    responses=changing(ProjectView, decisions.ApproveProject, *_EVERY, errors.ProjectIsOver),
)
async def approve_project(
    project: FromPath[Id],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Approve a project for the caller's party."""
    work = partial(handling.approve, project=project, command=decisions.ApproveProject(**change.said))
    return await change.record(PROJECTS, project, work)


@post(
    "/{project:str}/start",
    status_code=200,
    responses=changing(
        ProjectView,
        decisions.StartProject,
        *_EVERY,
        errors.ProjectIsOver,
        errors.ApprovalsMissing,
        errors.StartOutsideProject,
        DayNotReached,
        RecordedOtherwise,
    ),
)
async def start_project(
    project: FromPath[Id],
    data: JSONBody[StartProjectBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Start a project that all its parties approved."""
    start = decisions.StartProject(**change.said, started_on=data.started_on)
    work = partial(handling.start, project=project, command=start)
    return await change.record(PROJECTS, project, work)


@post(
    "/{project:str}/pause",
    status_code=200,
    responses=changing(ProjectView, decisions.PauseProject, *_EVERY, errors.ProjectNotActive, RecordedOtherwise),
)
async def pause_project(
    project: FromPath[Id], data: JSONBody[StopProjectBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Stop work for a while."""
    pause = decisions.PauseProject(**change.said, reason=data.reason)
    work = partial(
        handling.stop, project=project, command=pause, decide=decisions.pause_project, effective_on=pause.today
    )
    return await change.record(PROJECTS, project, work)


@post(
    "/{project:str}/resume",
    status_code=200,
    responses=changing(ProjectView, decisions.ResumeProject, *_EVERY, errors.ProjectNotActive),
)
async def resume_project(project: FromPath[Id], change: NamedDependency[ChangeRequest]) -> Response[bytes]:
    """Let work go on."""
    work = partial(handling.resume, project=project, command=decisions.ResumeProject(**change.said))
    return await change.record(PROJECTS, project, work)


@post(
    "/{project:str}/complete",
    status_code=200,
    responses=changing(
        ProjectView,
        decisions.CompleteProject,
        *_EVERY,
        errors.ProjectNotActive,
        errors.ProjectIsOver,
        errors.CompletionBeforeStart,
        DayNotReached,
    ),
)
async def complete_project(
    project: FromPath[Id], data: JSONBody[CompleteProjectBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Say that the work is done."""
    complete = decisions.CompleteProject(**change.said, completed_on=data.completed_on)
    work = partial(
        handling.stop, project=project, command=complete, decide=decisions.complete_project, effective_on=complete.day
    )
    return await change.record(PROJECTS, project, work)


@post(
    "/{project:str}/cancel",
    status_code=200,
    responses=changing(ProjectView, decisions.CancelProject, *_EVERY, errors.ProjectIsOver, RecordedOtherwise),
)
async def cancel_project(
    project: FromPath[Id], data: JSONBody[StopProjectBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Give a project up."""
    cancel = decisions.CancelProject(**change.said, reason=data.reason)
    work = partial(
        handling.stop, project=project, command=cancel, decide=decisions.cancel_project, effective_on=cancel.today
    )
    return await change.record(PROJECTS, project, work)


@get("/", responses=finding(AgreementNotFound))
async def list_projects(
    pages: NamedDependency[ListRequest],
    agreement: OfAgreement = None,
    status: HasStatus = None,
    party: OfParty = None,
) -> Response[Page[ProjectView]]:
    """List the projects that the caller's party may see, of one agreement or of all."""
    return await list_found(
        pages, PROJECTS, handling.project_of, agreement, {"status": status, "party": party}, all_are_there=False
    )


@get("/{project:str}", responses=showing(ProjectView, errors.ProjectNotFound))
async def show_project(project: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show a project."""
    state, _ = await handling.project_of(read.reader, project, read.by)
    return await read.shown(PROJECTS, project, state)


@get("/{project:str}/history", responses=remembering(errors.ProjectNotFound))
async def show_history_of_project(
    project: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what happened to a project, oldest first, as far as the caller's party sees it."""
    await handling.project_of(history.reader, project, history.by)
    # What it is to become was told to those alone who know of the opportunity.
    return await history.shown(PROJECT, project, hides=lambda envelope: isinstance(envelope.data, ProjectReserved))


ROUTES = Router(
    "/v1/projects",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        create_project,
        approve_project,
        start_project,
        pause_project,
        resume_project,
        complete_project,
        cancel_project,
        list_projects,
        show_project,
        show_history_of_project,
    ],
    tags=["projects"],
)
