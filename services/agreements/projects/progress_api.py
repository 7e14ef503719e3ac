"""A project's progress over HTTP: what parties put in, what was reached, what may not be shared."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, TypeVar

import msgspec
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from services.agreements.answers import (
    changed,
    creating,
    names_ids,
    representing,
    said,
    showing,
    shown,
    speaker,
)
from services.agreements.commands import Command
from services.agreements.contracts.errors import AgreementNotActive
from services.agreements.contracts.handling import check_active
from services.agreements.errors import DayNotReached, IdentifierTaken, NotAProjectParty
from services.agreements.fields import Body, HashText, Id, Line, Paragraph, published
from services.agreements.projects import progress
from services.agreements.projects.decisions import check_started
from services.agreements.projects.errors import ProjectNotActive, ProjectNotFound
from services.agreements.projects.handling import project_of
from services.agreements.projects.model import Project
from services.agreements.projects.progress import PROGRESS, Progress
from shared.contracts.progress import ResourceKind, ScreeningResult
from shared.contracts.values import Money
from shared.ids import new_id
from shared.log.events import Event
from shared.log.handle import Change, CommandContext, Decided, Handler, Reader, Work
from shared.web.auth import Caller, requires

C = TypeVar("C", bound=Command)
# Safe in every JSON reader, and beyond any budget.
_MOST = 10**15
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}(?!\n)$", examples=["HKD"])]


class ProgressView(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    agreement: str
    commitments: tuple[progress.Commitment, ...]
    milestones: tuple[progress.Milestone, ...]
    deliverables: tuple[progress.Acceptance, ...]
    screenings: tuple[progress.Screening, ...]
    version: int


class MoneyBody(Money, frozen=True, kw_only=True, forbid_unknown_fields=True):
    currency: Currency
    minor: Annotated[int, Meta(ge=-_MOST, le=_MOST)]


class CommitResourceBody(Body, frozen=True, kw_only=True):
    commitment: Id | None = None
    kind: ResourceKind
    money: MoneyBody | None = None
    note: Paragraph | None = None


class ReachMilestoneBody(Body, frozen=True, kw_only=True):
    code: Id
    reached_on: date
    evidence_hash: HashText


class AcceptDeliverableBody(Body, frozen=True, kw_only=True):
    code: Id
    document_hash: HashText


class RecordScreeningBody(Body, frozen=True, kw_only=True):
    regime: Line
    classification: Line
    result: ScreeningResult
    person: Id | None = None
    valid_to: date | None = None


_represent = representing(ProgressView)
_EVERY = (ProjectNotFound, AgreementNotActive, NotAProjectParty, progress.TooManyReports)
_RUNNING = (*_EVERY, ProjectNotActive)


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
    check_active(agreement, command.today)
    if running:
        check_started(its_project)
    events = decide(await reader.find(PROGRESS, project), its_project, command)
    effective_on = command.reached_on if isinstance(command, progress.ReachMilestone) else command.today
    return Decided(its_project.agreement, (Change(PROGRESS, project, events, effective_on),))


# No If-Match on these: a report is true whatever else has been reported meanwhile.
@post(
    "/commitments", status_code=200, responses=creating(ProgressView, *_EVERY, progress.MoneyExpected, IdentifierTaken)
)
async def commit_resource(
    project: FromPath[Id],
    data: JSONBody[CommitResourceBody],
    handler: NamedDependency[Handler],
    command: NamedDependency[CommandContext],
) -> Response[bytes]:
    """Promise the project money, work or the use of something."""
    commit = progress.CommitResource(
        **said(command),
        commitment=data.commitment or new_id("res"),
        kind=data.kind,
        money=published(data.money, Money) if data.money else None,
        note=data.note,
    )
    work = partial(report, project=project, command=commit, decide=progress.commit_resource, running=False)
    return await _report(handler, command, project, work)


@post(
    "/milestones",
    status_code=200,
    responses=creating(ProgressView, *_RUNNING, progress.MilestoneReportedAlready, DayNotReached),
)
async def reach_milestone(
    project: FromPath[Id],
    data: JSONBody[ReachMilestoneBody],
    handler: NamedDependency[Handler],
    command: NamedDependency[CommandContext],
) -> Response[bytes]:
    """Report a milestone, with evidence."""
    reach = progress.ReachMilestone(
        **said(command), code=data.code, reached_on=data.reached_on, evidence_hash=data.evidence_hash
    )
    work = partial(report, project=project, command=reach, decide=progress.reach_milestone)
    return await _report(handler, command, project, work)


@post("/deliverables", status_code=200, responses=creating(ProgressView, *_RUNNING))
async def accept_deliverable(
    project: FromPath[Id],
    data: JSONBody[AcceptDeliverableBody],
    handler: NamedDependency[Handler],
    command: NamedDependency[CommandContext],
) -> Response[bytes]:
    """Accept a deliverable for the caller's party."""
    accept = progress.AcceptDeliverable(**said(command), code=data.code, document_hash=data.document_hash)
    work = partial(report, project=project, command=accept, decide=progress.accept_deliverable)
    return await _report(handler, command, project, work)


@post("/screenings", status_code=200, responses=creating(ProgressView, *_EVERY, progress.ScreeningOutdated))
async def record_screening(
    project: FromPath[Id],
    data: JSONBody[RecordScreeningBody],
    handler: NamedDependency[Handler],
    command: NamedDependency[CommandContext],
) -> Response[bytes]:
    """Record what an export screening of the project, or of one person, came to."""
    screen = progress.RecordScreening(
        **said(command),
        regime=data.regime,
        classification=data.classification,
        result=data.result,
        person=data.person,
        valid_to=data.valid_to,
    )
    work = partial(report, project=project, command=screen, decide=progress.record_screening, running=False)
    return await _report(handler, command, project, work)


@get("/", responses=showing(ProgressView, ProjectNotFound))
async def show_progress(
    project: FromPath[Id], handler: NamedDependency[Handler], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Show what was put in, what was reached and what was found by screening."""
    reader = Reader(handler, trusting=False)
    its_project, _ = await project_of(reader, project, speaker(caller))
    nothing = Progress(project=project, agreement=its_project.agreement)
    state = await reader.find(PROGRESS, project) or nothing
    return shown(ProgressView, state, reader.version(PROGRESS, project))


async def _report(handler: Handler, command: CommandContext, project: str, work: Work) -> Response[bytes]:
    outcome = await handler.handle(work, command, represent=_represent, target=PROGRESS.stream(project))
    return changed(outcome)


ROUTES = Router(
    "/v1/projects/{project:str}/progress",
    guards=[requires("representative"), names_ids],
    route_handlers=[commit_resource, reach_milestone, accept_deliverable, record_screening, show_progress],
    tags=["projects"],
)
