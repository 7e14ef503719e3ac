"""Background over HTTP."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.background import access, decisions, errors, handling
from services.agreements.background.bodies import (
    ContestBackgroundBody,
    DeclareBackgroundBody,
    GiveUpAccessBody,
    GrantAccessBody,
    RefuseAccessBody,
    RequestAccessBody,
    RestrictBackgroundBody,
    WithdrawBackgroundBody,
)
from services.agreements.background.model import BACKGROUND, BackgroundItem, BackgroundStatus
from services.agreements.background.views import ITEMS, BackgroundView
from services.agreements.commands import Command
from services.agreements.contracts.errors import AgreementNotFound
from services.agreements.contracts.finding import list_found
from services.agreements.contracts.model import Agreement
from services.agreements.errors import (
    IdentifierTaken,
    NotAProjectParty,
    PartyIsInactive,
    PeriodEmpty,
    RecordedOtherwise,
)
from services.agreements.fields import Id, published
from services.agreements.finding import HAS_STATUS, OfAgreement, OfOwner, one_of, taking_part
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.progress.errors import SharingRestricted
from services.agreements.projects.errors import ProjectNotActive
from services.agreements.requests import ChangeRequest, CommandRequest, ListRequest, ReadRequest, names_ids
from services.agreements.responses import changing, creating, finding, remembering, showing
from shared.events.registry import Event
from shared.events.values import Period
from shared.ids import new_id
from shared.web.auth import requires
from shared.web.pages import Page

HasStatus = Annotated[Annotated[str, one_of(BackgroundStatus)] | None, HAS_STATUS]
OfParty = Annotated[Id | None, taking_part("`owner_party`, or of those who are asked to agree")]
C = TypeVar("C", bound=Command)
_OTHERS = (errors.BackgroundNotFound, errors.OwnBackground, errors.BackgroundIsWithdrawn)
_OWNERS = (errors.BackgroundNotFound, errors.NotTheOwner)
_USABLE = (errors.BackgroundIsContested, errors.BackgroundIsWithdrawn)
_NEEDED = (ProjectNotActive, errors.NeededForUnknown)


@post(
    "/",
    responses=creating(
        BackgroundView,
        decisions.DeclareBackground,
        AgreementNotFound,
        errors.ReferenceEmpty,
        errors.BackgroundDeclaredAlready,
        errors.BackgroundIsWithdrawn,
    ),
)
async def declare_background(
    data: JSONBody[DeclareBackgroundBody], command: NamedDependency[CommandRequest]
) -> Response[bytes]:
    """Declare what the caller's party brings in; what another party has declared is contested from then on."""
    declare = decisions.DeclareBackground(
        **command.said,
        agreement=data.agreement,
        kind=data.kind,
        ref=data.ref,
        restrictions=data.restrictions,
        evidence_hash=data.evidence_hash,
    )
    return await command.create(ITEMS, partial(handling.declare, command=declare))


@post("/{item:str}/agree", status_code=200, responses=changing(BackgroundView, decisions.AgreeToBackground, *_OTHERS))
async def agree_to_background(item: FromPath[Id], change: NamedDependency[ChangeRequest]) -> Response[bytes]:
    """Agree that an item is its owner's background; an objection of the caller's party is over."""
    return await _change(change, item, decisions.AgreeToBackground(**change.said), decisions.agree_to_background)


@post("/{item:str}/contest", status_code=200, responses=changing(BackgroundView, decisions.ContestBackground, *_OTHERS))
async def contest_background(
    item: FromPath[Id], data: JSONBody[ContestBackgroundBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Contest that an item is its owner's background."""
    contest = decisions.ContestBackground(**change.said, reason=data.reason)
    return await _change(change, item, contest, decisions.contest_background)


@post(
    "/{item:str}/restrict",
    status_code=200,
    responses=changing(BackgroundView, decisions.RestrictBackground, *_OWNERS, errors.BackgroundIsWithdrawn),
)
async def restrict_background(
    item: FromPath[Id], data: JSONBody[RestrictBackgroundBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Restrict what may be asked for from now on."""
    restrict = decisions.RestrictBackground(
        **change.said, restrictions=data.restrictions, excluded_purposes=data.excluded_purposes
    )
    return await _change(change, item, restrict, decisions.restrict_background)


@post(
    "/{item:str}/withdraw",
    status_code=200,
    responses=changing(
        BackgroundView,
        decisions.WithdrawBackground,
        *_OWNERS,
        errors.BackgroundIsWithdrawn,
        errors.BackgroundWithdrawalBackdated,
        RecordedOtherwise,
    ),
)
async def withdraw_background(
    item: FromPath[Id], data: JSONBody[WithdrawBackgroundBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Bring an item in no more, from today or a later day on."""
    withdraw = decisions.WithdrawBackground(**change.said, effective_on=data.effective_on, reason=data.reason)
    return await _change(change, item, withdraw, decisions.withdraw_background)


@post(
    "/{item:str}/access",
    status_code=200,
    responses=changing(
        BackgroundView,
        access.RequestAccess,
        errors.BackgroundNotFound,
        *_USABLE,
        *_NEEDED,
        NotAProjectParty,
        errors.OwnBackground,
        errors.PurposeExcluded,
        errors.ExploitationRequestsOver,
        errors.TooManyRequests,
        IdentifierTaken,
    ),
)
async def request_access(
    item: FromPath[Id], data: JSONBody[RequestAccessBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Ask to use an item, to implement a project or to exploit an invention."""
    request = access.RequestAccess(
        **change.said, request=data.request or new_id("req"), purpose=data.purpose, needed_for=data.needed_for
    )
    work = partial(handling.request_access, item=item, command=request)
    return await change.record(ITEMS, item, work)


@post(
    "/{item:str}/access/{access_id:str}/grant",
    status_code=200,
    responses=changing(
        BackgroundView,
        access.GrantAccess,
        errors.BackgroundNotFound,
        *_USABLE,
        *_NEEDED,
        errors.NotTheOwner,
        errors.AccessRequestUnknown,
        errors.AccessDecided,
        errors.AccessOutsideProject,
        PartyIsInactive,
        SharingRestricted,
        PeriodEmpty,
    ),
)
async def grant_access(
    item: FromPath[Id],
    access_id: FromPath[Id],
    data: JSONBody[GrantAccessBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Let a party use an item for what it asked."""
    grant = access.GrantAccess(
        **change.said,
        request=access_id,
        price=data.price,
        period=published(data.period, Period),
        terms_hash=data.terms_hash,
    )
    work = partial(handling.grant_access, item=item, command=grant)
    return await change.record(ITEMS, item, work)


@post(
    "/{item:str}/access/{access_id:str}/refuse",
    status_code=200,
    responses=changing(
        BackgroundView,
        access.RefuseAccess,
        *_OWNERS,
        errors.AccessRequestUnknown,
        errors.AccessDecided,
        RecordedOtherwise,
    ),
)
async def refuse_access(
    item: FromPath[Id],
    access_id: FromPath[Id],
    data: JSONBody[RefuseAccessBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Refuse a party the use of an item."""
    refuse = access.RefuseAccess(**change.said, request=access_id, reason=data.reason)
    return await _change(change, item, refuse, access.refuse_access)


@post(
    "/{item:str}/access/{access_id:str}/end",
    status_code=200,
    responses=changing(
        BackgroundView,
        access.GiveUpAccess,
        errors.BackgroundNotFound,
        errors.AccessRequestUnknown,
        errors.NotTheirAccess,
        errors.AccessNotGranted,
        errors.AccessEndBackdated,
        RecordedOtherwise,
    ),
)
async def give_up_access(
    item: FromPath[Id],
    access_id: FromPath[Id],
    data: JSONBody[GiveUpAccessBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Give the caller's own access up."""
    give_up = access.GiveUpAccess(**change.said, request=access_id, on=data.on)
    return await _change(change, item, give_up, access.give_up_access)


@get("/", responses=finding(AgreementNotFound))
async def list_background(
    pages: NamedDependency[ListRequest],
    agreement: OfAgreement = None,
    status: HasStatus = None,
    owner: OfOwner = None,
    party: OfParty = None,
) -> Response[Page[BackgroundView]]:
    """List the background that the caller's party may see, of one agreement or of all."""
    filters = {"status": status, "owner": owner, "party": party}
    return await list_found(pages, ITEMS, handling.item_of, agreement, filters)


@get("/{item:str}", responses=showing(BackgroundView, errors.BackgroundNotFound))
async def show_background(item: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show an item of background."""
    state, _ = await handling.item_of(read.reader, item, read.by)
    return await read.shown(ITEMS, item, state)


async def _change(
    change: ChangeRequest,
    item: str,
    command: C,
    decide: Callable[[BackgroundItem, Agreement, C], tuple[Event, ...]],
) -> Response[bytes]:
    work = partial(handling.change, item=item, command=command, decide=decide)
    return await change.record(ITEMS, item, work)


@get("/{item:str}/history", responses=remembering(errors.BackgroundNotFound))
async def show_history_of_background(
    item: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what happened to an item of background, oldest first, as far as the caller's party sees it."""
    await handling.item_of(history.reader, item, history.by)
    return await history.shown(BACKGROUND, item)


ROUTES = Router(
    "/v1/background",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        declare_background,
        agree_to_background,
        contest_background,
        restrict_background,
        withdraw_background,
        request_access,
        grant_access,
        refuse_access,
        give_up_access,
        list_background,
        show_background,
        show_history_of_background,
    ],
    tags=["background"],
)
