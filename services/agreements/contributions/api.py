"""Contributions over HTTP."""

from functools import partial
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.contracts.errors import AgreementNotFound
from services.agreements.contracts.finding import list_found
from services.agreements.contributions import decisions, errors, handling
from services.agreements.contributions.bodies import (
    AttestContributionBody,
    ContestContributionBody,
    ParticularsBody,
    RecordContributionBody,
    WithdrawContributionBody,
)
from services.agreements.contributions.model import CONTRIBUTION, ContributionStatus
from services.agreements.contributions.views import CONTRIBUTIONS, ContributionView
from services.agreements.errors import (
    AttestationNotAsked,
    DayNotReached,
    FourEyesRequired,
    IdentifierTaken,
    NotAProjectParty,
    RecordedOtherwise,
)
from services.agreements.fields import Id
from services.agreements.finding import HAS_STATUS, OfAgreement, OfInvention, OfProject, one_of, taking_part
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.inventions.errors import InventionIsRetired, InventionNotFound, TooManyContributions
from services.agreements.notices.views import told
from services.agreements.participants.errors import ParticipantNotEngaged, ParticipantNotFound
from services.agreements.projects.errors import ProjectNotActive, ProjectNotFound
from services.agreements.requests import ChangeRequest, CommandRequest, ListRequest, ReadRequest, names_ids
from services.agreements.responses import changing, creating, finding, remembering, showing
from shared.ids import new_id
from shared.ratio import NotARatio
from shared.web.auth import requires
from shared.web.pages import Page

HasStatus = Annotated[Annotated[str, one_of(ContributionStatus)] | None, HAS_STATUS]
OfParty = Annotated[Id | None, taking_part("`recorded_by_party`, or in `attesting_parties`")]
_CONTENT = (
    ParticipantNotFound,
    ParticipantNotEngaged,
    InventionNotFound,
    InventionIsRetired,
    errors.InventionOfAnotherProject,
    errors.ElementMissing,
    errors.ElementUnknown,
    errors.PointsMissing,
    errors.PointsOnNonInventive,
    NotARatio,
    DayNotReached,
)


@post(
    "/",
    responses=creating(
        ContributionView,
        decisions.RecordContribution,
        ProjectNotFound,
        ProjectNotActive,
        NotAProjectParty,
        *_CONTENT,
        IdentifierTaken,
    ),
)
async def record_contribution(
    data: JSONBody[RecordContributionBody], command: NamedDependency[CommandRequest]
) -> Response[bytes]:
    """Record what a person did, which is the caller's party's own attestation of it."""
    record = decisions.RecordContribution(
        **command.said,
        contribution=data.contribution or new_id("ctb"),
        project=data.project,
        invention=data.invention,
        particulars=data.particulars,
    )
    return await command.create(CONTRIBUTIONS, partial(handling.record, command=record))


@post(
    "/{contribution:str}/attest",
    status_code=200,
    responses=changing(
        ContributionView,
        decisions.AttestContribution,
        errors.ContributionNotFound,
        AttestationNotAsked,
        errors.ContributionIsWithdrawn,
        errors.ContentHashMismatch,
        FourEyesRequired,
        errors.ElementUnknown,
        InventionIsRetired,
        TooManyContributions,
    ),
)
async def attest_contribution(
    contribution: FromPath[Id], data: JSONBody[AttestContributionBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Attest exactly the content with this hash, for the caller's party."""
    attest = decisions.AttestContribution(**change.said, content_hash=data.content_hash)
    work = partial(handling.attest, contribution=contribution, command=attest)
    queue = await handling.queue_of(change.handler, contribution)
    return await change.record(CONTRIBUTIONS, contribution, work, queue=queue)


@post(
    "/{contribution:str}/contest",
    status_code=200,
    responses=changing(
        ContributionView,
        decisions.ContestContribution,
        errors.ContributionNotFound,
        NotAProjectParty,
        errors.RecorderCorrects,
        errors.ContributionIsWithdrawn,
        errors.ContributionIsConfirmed,
        errors.ContentHashMismatch,
        errors.PointsOnNonInventive,
        errors.PointsMissing,
        NotARatio,
    ),
)
async def contest_contribution(
    contribution: FromPath[Id], data: JSONBody[ContestContributionBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Deny exactly the content with this hash, and say what would be right."""
    contest = decisions.ContestContribution(
        **change.said, content_hash=data.content_hash, reason=data.reason, proposed_points=data.proposed_points
    )
    work = partial(handling.contest, contribution=contribution, command=contest)
    queue = await handling.queue_of(change.handler, contribution)
    return await change.record(CONTRIBUTIONS, contribution, work, queue=queue)


@post(
    "/{contribution:str}/correct",
    status_code=200,
    responses=changing(
        ContributionView,
        decisions.CorrectContribution,
        errors.ContributionNotFound,
        errors.NotTheRecordingParty,
        errors.ContributionIsWithdrawn,
        *_CONTENT,
    ),
)
async def correct_contribution(
    contribution: FromPath[Id], data: JSONBody[ParticularsBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Replace the content; every attestation of the old one is void."""
    correct = decisions.CorrectContribution(**change.said, particulars=data.particulars)
    work = partial(handling.correct, contribution=contribution, command=correct)
    queue = await handling.queue_of(change.handler, contribution)
    return await change.record(CONTRIBUTIONS, contribution, work, queue=queue)


@post(
    "/{contribution:str}/withdraw",
    status_code=200,
    responses=changing(
        ContributionView,
        decisions.WithdrawContribution,
        errors.ContributionNotFound,
        errors.NotTheRecordingParty,
        InventionIsRetired,
        RecordedOtherwise,
    ),
)
async def withdraw_contribution(
    contribution: FromPath[Id], data: JSONBody[WithdrawContributionBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Take a contribution back; it counts for nothing any more."""
    withdraw = decisions.WithdrawContribution(**change.said, reason=data.reason)
    work = partial(handling.withdraw, contribution=contribution, command=withdraw)
    queue = await handling.queue_of(change.handler, contribution)
    return await change.record(CONTRIBUTIONS, contribution, work, queue=queue)


@get("/", responses=finding(AgreementNotFound))
async def list_contributions(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    pages: NamedDependency[ListRequest],
    agreement: OfAgreement = None,
    status: HasStatus = None,
    project: OfProject = None,
    invention: OfInvention = None,
    party: OfParty = None,
) -> Response[Page[ContributionView]]:
    """List the contributions that the caller's party may see, of one agreement or of all."""
    return await list_found(
        pages,
        CONTRIBUTIONS,
        handling.shown_to,
        agreement,
        {"status": status, "project": project, "invention": invention, "party": party},
    )


@get("/{contribution:str}", responses=showing(ContributionView, errors.ContributionNotFound))
async def show_contribution(contribution: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show a contribution and who attested it."""
    state, _, _ = await handling.shown_to(read.reader, contribution, read.by)
    return await read.shown(CONTRIBUTIONS, contribution, state, beside=told(state.silent_until))


@get("/{contribution:str}/history", responses=remembering(errors.ContributionNotFound))
async def show_history_of_contribution(
    contribution: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what happened to a contribution, oldest first, as far as the caller's party sees it."""
    await handling.contribution_of(history.reader, contribution, history.by)
    return await history.shown(CONTRIBUTION, contribution)


ROUTES = Router(
    "/v1/contributions",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        record_contribution,
        attest_contribution,
        contest_contribution,
        correct_contribution,
        withdraw_contribution,
        list_contributions,
        show_contribution,
        show_history_of_contribution,
    ],
    tags=["contributions"],
)
