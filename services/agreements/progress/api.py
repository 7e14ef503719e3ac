"""A project's progress over HTTP: what parties put in, what was reached, what may not be shared."""

from functools import partial

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.errors import DayNotReached, IdentifierTaken, NotAProjectParty
from services.agreements.fields import Id, published
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.progress import bodies, decisions, errors, handling
from services.agreements.progress.model import PROGRESS
from services.agreements.progress.views import REPORTS, ProgressView
from services.agreements.projects.errors import ProjectNotActive, ProjectNotFound
from services.agreements.requests import CommandRequest, ReadRequest, names_ids
from services.agreements.responses import remembering, reporting, showing
from shared.events.values import Money
from shared.ids import new_id
from shared.web.auth import requires
from shared.web.pages import Page

_EVERY = (ProjectNotFound, NotAProjectParty, errors.TooManyReports)
_RUNNING = (*_EVERY, ProjectNotActive)


# No If-Match on these: a report is true whatever else has been reported meanwhile.
@post(
    "/commitments",
    status_code=200,
    responses=reporting(ProgressView, decisions.CommitResource, *_EVERY, errors.MoneyExpected, IdentifierTaken),
)
async def commit_resource(
    project: FromPath[Id],
    data: JSONBody[bodies.CommitResourceBody],
    command: NamedDependency[CommandRequest],
) -> Response[bytes]:
    """Promise the project money, work or the use of something."""
    commit = decisions.CommitResource(
        **command.said,
        commitment=data.commitment or new_id("res"),
        kind=data.kind,
        money=published(data.money, Money) if data.money else None,
        note=data.note,
    )
    work = partial(handling.report, project=project, command=commit, decide=decisions.commit_resource, running=False)
    return await command.record(REPORTS, project, work)


@post(
    "/milestones",
    status_code=200,
    responses=reporting(
        ProgressView, decisions.ReachMilestone, *_RUNNING, errors.MilestoneReportedAlready, DayNotReached
    ),
)
async def reach_milestone(
    project: FromPath[Id],
    data: JSONBody[bodies.ReachMilestoneBody],
    command: NamedDependency[CommandRequest],
) -> Response[bytes]:
    """Report a milestone, with evidence."""
    reach = decisions.ReachMilestone(
        **command.said, code=data.code, reached_on=data.reached_on, evidence_hash=data.evidence_hash
    )
    work = partial(handling.report, project=project, command=reach, decide=decisions.reach_milestone)
    return await command.record(REPORTS, project, work)


@post("/deliverables", status_code=200, responses=reporting(ProgressView, decisions.AcceptDeliverable, *_RUNNING))
async def accept_deliverable(
    project: FromPath[Id],
    data: JSONBody[bodies.AcceptDeliverableBody],
    command: NamedDependency[CommandRequest],
) -> Response[bytes]:
    """Accept a deliverable for the caller's party."""
    accept = decisions.AcceptDeliverable(**command.said, code=data.code, document_hash=data.document_hash)
    work = partial(handling.report, project=project, command=accept, decide=decisions.accept_deliverable)
    return await command.record(REPORTS, project, work)


@post(
    "/screenings",
    status_code=200,
    responses=reporting(ProgressView, decisions.RecordScreening, *_EVERY, errors.ScreeningOutdated),
)
async def record_screening(
    project: FromPath[Id],
    data: JSONBody[bodies.RecordScreeningBody],
    command: NamedDependency[CommandRequest],
) -> Response[bytes]:
    """Record what an export screening of the project, or of one person, came to."""
    screen = decisions.RecordScreening(
        **command.said,
        regime=data.regime,
        classification=data.classification,
        result=data.result,
        person=data.person,
        valid_to=data.valid_to,
    )
    work = partial(handling.report, project=project, command=screen, decide=decisions.record_screening, running=False)
    return await command.record(REPORTS, project, work)


@get("/", responses=showing(ProgressView, ProjectNotFound))
async def show_progress(project: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show what was put in, what was reached and what was found by screening."""
    state = await handling.progress_of(read.reader, project, read.by)
    return await read.shown(REPORTS, project, state)


@get("/history", responses=remembering(ProjectNotFound))
async def show_history_of_progress(
    project: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what was reported of a project, oldest first, as far as the caller's party sees it."""
    await handling.progress_of(history.reader, project, history.by)
    return await history.shown(PROGRESS, project)


ROUTES = Router(
    "/v1/projects/{project:str}/progress",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        commit_resource,
        reach_milestone,
        accept_deliverable,
        record_screening,
        show_progress,
        show_history_of_progress,
    ],
    tags=["projects"],
)
