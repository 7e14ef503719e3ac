"""Opportunities over HTTP."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.commands import Command
from services.agreements.contracts.errors import (
    AgreementNotFound,
    PartiesRepeated,
    PartyNotInAgreement,
)
from services.agreements.contracts.finding import list_known
from services.agreements.contracts.handling import agreement_of
from services.agreements.errors import IdentifierTaken, IdsRepeated
from services.agreements.fields import Id
from services.agreements.finding import HAS_STATUS, OfAgreement, OfProject, one_of, taking_part
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.opportunities import decisions, errors, handling
from services.agreements.opportunities.bodies import (
    AcceptOpportunityBody,
    DeclineOpportunityBody,
    IdentifyOpportunityBody,
    ReviewOpportunityBody,
    ShareOpportunityBody,
)
from services.agreements.opportunities.model import OPPORTUNITY, Opportunity, OpportunityStatus
from services.agreements.opportunities.views import OPPORTUNITIES, OpportunityView
from services.agreements.projects.errors import ProjectIsOver
from services.agreements.requests import ChangeRequest, CommandRequest, ListRequest, ReadRequest, names_ids
from services.agreements.responses import changing, creating, finding, remembering, showing
from shared.events.registry import Event
from shared.ids import new_id
from shared.web.auth import requires
from shared.web.pages import Page

HasStatus = Annotated[Annotated[str, one_of(OpportunityStatus)] | None, HAS_STATUS]
OfParty = Annotated[Id | None, taking_part("in `parties`")]
C = TypeVar("C", bound=Command)
_WAITING = (
    errors.OpportunityNotFound,
    errors.OpportunityNotShared,
    errors.OpportunityDecided,
    errors.OpportunityOverdue,
)


@post(
    "/",
    responses=creating(
        OpportunityView,
        decisions.IdentifyOpportunity,
        AgreementNotFound,
        errors.BackgroundUnknown,
        errors.BackgroundOfEachSideMissing,
        errors.NotAnAffiliate,
        IdsRepeated,
        IdentifierTaken,
    ),
)
async def identify_opportunity(
    data: JSONBody[IdentifyOpportunityBody],
    command: NamedDependency[CommandRequest],
) -> Response[bytes]:
    """Write down what could be done jointly, on background of each side; nobody else is told yet."""
    identify = decisions.IdentifyOpportunity(
        **command.said,
        opportunity=data.opportunity or new_id("opp"),
        agreement=data.agreement,
        title=data.title,
        field=data.field,
        leverages_background=data.leverages_background,
        affiliate=data.affiliate,
    )
    return await command.create(OPPORTUNITIES, partial(handling.identify, command=identify))


@post(
    "/{opportunity:str}/share",
    status_code=200,
    responses=changing(
        OpportunityView,
        decisions.ShareOpportunity,
        errors.OpportunityNotFound,
        PartiesRepeated,
        PartyNotInAgreement,
        errors.NotWhoIdentified,
        errors.SharedWithItself,
        errors.OpportunitySharedAlready,
        errors.RespondByPassed,
    ),
)
async def share_opportunity(
    opportunity: FromPath[Id], data: JSONBody[ShareOpportunityBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Put an opportunity before other parties of the agreement, until a day."""
    share = decisions.ShareOpportunity(**change.said, shared_with=data.shared_with, respond_by=data.respond_by)
    work = partial(handling.share, opportunity=opportunity, command=share)
    return await change.record(OPPORTUNITIES, opportunity, work)


@post(
    "/{opportunity:str}/review",
    status_code=200,
    responses=changing(OpportunityView, decisions.ReviewOpportunity, *_WAITING, errors.ReasonExpected),
)
async def review_opportunity(
    opportunity: FromPath[Id], data: JSONBody[ReviewOpportunityBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Say what the caller's party thinks of it."""
    review = decisions.ReviewOpportunity(**change.said, verdict=data.verdict, reason_code=data.reason_code)
    return await _change(change, opportunity, review, decisions.review_opportunity)


@post(
    "/{opportunity:str}/accept",
    status_code=200,
    responses=changing(
        OpportunityView,
        decisions.AcceptOpportunity,
        *_WAITING,
        errors.SupportMissing,
        IdentifierTaken,
        ProjectIsOver,
    ),
)
async def accept_opportunity(
    opportunity: FromPath[Id], data: JSONBody[AcceptOpportunityBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Take it up as a project under an id, which the project is then created with.

    The id may also be that of a project of the same agreement that is not over and in which all who know of the
    opportunity take part.
    """
    accept = decisions.AcceptOpportunity(**change.said, project=data.project or new_id("prj"))
    return await _change(change, opportunity, accept, decisions.accept_opportunity)


@post(
    "/{opportunity:str}/decline",
    status_code=200,
    responses=changing(OpportunityView, decisions.DeclineOpportunity, *_WAITING),
)
async def decline_opportunity(
    opportunity: FromPath[Id], data: JSONBody[DeclineOpportunityBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Say that nothing will come of it, and why."""
    decline = decisions.DeclineOpportunity(**change.said, reason_code=data.reason_code)
    return await _change(change, opportunity, decline, decisions.decline_opportunity)


@get("/", responses=finding(AgreementNotFound))
async def list_opportunities(
    pages: NamedDependency[ListRequest],
    agreement: OfAgreement = None,
    status: HasStatus = None,
    project: OfProject = None,
    party: OfParty = None,
) -> Response[Page[OpportunityView]]:
    """List the opportunities that the caller's party knows of, under one agreement or under all."""
    if agreement is not None:
        await agreement_of(pages.reader, agreement, pages.by)
    filters = {"status": status, "project": project, "party": party}
    return await list_known(pages, OPPORTUNITIES, handling.opportunity_of, agreement, filters)


@get("/{opportunity:str}", responses=showing(OpportunityView, errors.OpportunityNotFound))
async def show_opportunity(opportunity: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show an opportunity."""
    state, _ = await handling.opportunity_of(read.reader, opportunity, read.by)
    return await read.shown(OPPORTUNITIES, opportunity, state)


async def _change(
    change: ChangeRequest, opportunity: str, command: C, decide: Callable[[Opportunity, C], tuple[Event, ...]]
) -> Response[bytes]:
    work = partial(handling.change, opportunity=opportunity, command=command, decide=decide)
    return await change.record(OPPORTUNITIES, opportunity, work)


@get("/{opportunity:str}/history", responses=remembering(errors.OpportunityNotFound))
async def show_history_of_opportunity(
    opportunity: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what happened to an opportunity, oldest first, as far as the caller's party sees it."""
    await handling.opportunity_of(history.reader, opportunity, history.by)
    return await history.shown(OPPORTUNITY, opportunity)


ROUTES = Router(
    "/v1/opportunities",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        identify_opportunity,
        share_opportunity,
        review_opportunity,
        accept_opportunity,
        decline_opportunity,
        list_opportunities,
        show_opportunity,
        show_history_of_opportunity,
    ],
    tags=["opportunities"],
)
