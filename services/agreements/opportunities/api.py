"""Opportunities over HTTP."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.agreements.answers import (
    ChangeRequest,
    changing,
    created,
    creating,
    listing,
    names_ids,
    page_of,
    representing,
    said,
    showing,
    shown,
    speaker,
)
from services.agreements.commands import Command
from services.agreements.contracts.errors import (
    AgreementNotActive,
    AgreementNotFound,
    PartiesRepeated,
    PartyHasLeft,
    PartyNotInAgreement,
)
from services.agreements.contracts.handling import agreement_of
from services.agreements.errors import IdentifierTaken
from services.agreements.fields import Id
from services.agreements.opportunities import decisions, errors, handling
from services.agreements.opportunities.bodies import (
    AcceptOpportunityBody,
    DeclineOpportunityBody,
    IdentifyOpportunityBody,
    ReviewOpportunityBody,
    ShareOpportunityBody,
)
from services.agreements.opportunities.model import OPPORTUNITY, Opportunity
from services.agreements.opportunities.views import OpportunityView
from shared.events.registry import Event
from shared.ids import new_id
from shared.log.handle import CommandContext, Handler, Reader
from shared.web.auth import Caller, requires
from shared.web.pages import Page, PageRequest, start_of

C = TypeVar("C", bound=Command)
_represent = representing(OpportunityView)
_EVERY = (errors.OpportunityNotFound, AgreementNotActive, PartyHasLeft)
_WAITING = (*_EVERY, errors.OpportunityNotShared, errors.OpportunityDecided, errors.OpportunityOverdue)


@post(
    "/",
    responses=creating(
        OpportunityView,
        AgreementNotFound,
        AgreementNotActive,
        PartyHasLeft,
        errors.BackgroundUnknown,
        errors.BackgroundOfEachSideMissing,
        errors.NotAnAffiliate,
        IdentifierTaken,
    ),
)
async def identify_opportunity(
    data: JSONBody[IdentifyOpportunityBody],
    handler: NamedDependency[Handler],
    command: NamedDependency[CommandContext],
) -> Response[bytes]:
    """Write down what could be done jointly, on background of each side; nobody else is told yet."""
    identify = decisions.IdentifyOpportunity(
        **said(command),
        opportunity=data.opportunity or new_id("opp"),
        agreement=data.agreement,
        title=data.title,
        field=data.field,
        leverages_background=data.leverages_background,
        affiliate=data.affiliate,
    )
    outcome = await handler.handle(partial(handling.identify, command=identify), command, represent=_represent)
    return created(outcome, lambda view: f"/v1/opportunities/{view['opportunity']}")


@post(
    "/{opportunity:str}/share",
    status_code=200,
    responses=changing(
        OpportunityView,
        *_EVERY,
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
    return await change.record(work, OPPORTUNITY.stream(opportunity), _represent)


@post(
    "/{opportunity:str}/review",
    status_code=200,
    responses=changing(OpportunityView, *_WAITING, errors.ReasonExpected),
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
    responses=changing(OpportunityView, *_WAITING, errors.SupportMissing, IdentifierTaken),
)
async def accept_opportunity(
    opportunity: FromPath[Id], data: JSONBody[AcceptOpportunityBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Take it up as a project under an id, which the project is then created with."""
    accept = decisions.AcceptOpportunity(**change.said, project=data.project or new_id("prj"))
    return await _change(change, opportunity, accept, decisions.accept_opportunity)


@post("/{opportunity:str}/decline", status_code=200, responses=changing(OpportunityView, *_WAITING))
async def decline_opportunity(
    opportunity: FromPath[Id], data: JSONBody[DeclineOpportunityBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Say that nothing will come of it, and why."""
    decline = decisions.DeclineOpportunity(**change.said, reason_code=data.reason_code)
    return await _change(change, opportunity, decline, decisions.decline_opportunity)


@get("/", responses=listing(AgreementNotFound))
async def list_opportunities(
    agreement: FromQuery[Id],
    handler: NamedDependency[Handler],
    caller: NamedDependency[Caller],
    page: NamedDependency[PageRequest],
) -> Response[Page[OpportunityView]]:
    """List the opportunities under an agreement that the caller's party knows of."""
    by = speaker(caller)
    await agreement_of(Reader(handler, trusting=False), agreement, by)
    entries = await handling.opportunities_of(handler, agreement, by.party, after=start_of(page), limit=page.limit + 1)
    return await page_of(handler, page, OPPORTUNITY, OpportunityView, entries)


@get("/{opportunity:str}", responses=showing(OpportunityView, errors.OpportunityNotFound))
async def show_opportunity(
    opportunity: FromPath[Id], handler: NamedDependency[Handler], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Show an opportunity."""
    reader = Reader(handler, trusting=False)
    state, _ = await handling.opportunity_of(reader, opportunity, speaker(caller))
    return shown(OpportunityView, state, reader.version(OPPORTUNITY, opportunity))


async def _change(
    change: ChangeRequest, opportunity: str, command: C, decide: Callable[[Opportunity, C], tuple[Event, ...]]
) -> Response[bytes]:
    work = partial(handling.change, opportunity=opportunity, command=command, decide=decide)
    return await change.record(work, OPPORTUNITY.stream(opportunity), _represent)


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
    ],
    tags=["opportunities"],
)
