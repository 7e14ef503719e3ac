"""What parties declare of their own affiliations, over HTTP: what one end says, and the other confirms."""

from functools import partial
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.affiliations import declarations, errors, handling
from services.agreements.affiliations.bodies import EndDeclarationBody, EndDeclaredBody, MakeDeclarationBody
from services.agreements.affiliations.model import DECLARATION, DeclarationStatus
from services.agreements.affiliations.views import DECLARATIONS, DeclarationView
from services.agreements.errors import IdentifierTaken, PartyIsInactive, PeriodEmpty, RecordedOtherwise
from services.agreements.fields import Id, published
from services.agreements.finding import HAS_STATUS, list_under, lookup, one_of, taking_part
from services.agreements.headings import EVERY, UNANSWERED, Heading, ListsBehind, of_party
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.parties.errors import PartyNotFound
from services.agreements.requests import ChangeRequest, CommandRequest, Index, ListRequest, ReadRequest, names_ids
from services.agreements.responses import changing, creating, finding, remembering, showing
from shared.events.values import Period
from shared.ids import new_id
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import Reader
from shared.ratio import NotARatio
from shared.web.auth import requires
from shared.web.pages import Page

HasStatus = Annotated[Annotated[str, one_of(DeclarationStatus)] | None, HAS_STATUS]
OfParty = Annotated[Id | None, taking_part("`parent` or `child`")]
_ENTERING = (
    errors.AffiliationDeclaredAlready,
    errors.AccrualParentTaken,
    errors.AffiliationCycle,
    errors.TooManyAffiliations,
    errors.TooManyOfTwo,
    errors.ControlTooSmall,
)


@post(
    "/",
    responses=creating(
        DeclarationView,
        declarations.MakeDeclaration,
        PartyNotFound,
        PeriodEmpty,
        NotARatio,
        IdentifierTaken,
        errors.OwnParent,
        errors.ControlRatioInvalid,
        errors.NotAnEnd,
        errors.BeginsBeforeDeclared,
        errors.DeclarationWaits,
        errors.TooManyUnanswered,
        ListsBehind,
        *_ENTERING,
    ),
)
async def make_declaration(
    data: JSONBody[MakeDeclarationBody], command: NamedDependency[CommandRequest], index: NamedDependency[Index]
) -> Response[bytes]:
    """Declare that the caller's party is under another's control, or another under its own, from today on or later.

    It counts for nothing until the other confirms it, and then for these two; whom else it would take something from,
    it binds only once an operator declares it. What begins before today an operator declares.
    """
    make = declarations.MakeDeclaration(
        **command.said,
        declaration=data.declaration or new_id("dec"),
        parent=data.parent,
        child=data.child,
        basis=data.basis,
        control_ratio=data.control_ratio,
        accrual=data.accrual,
        period=published(data.period, Period),
    )
    return await command.create(
        DECLARATIONS, partial(handling.make, command=make, unanswered=partial(_unanswered, index))
    )


@post(
    "/{declaration:str}/confirm",
    status_code=200,
    responses=changing(
        DeclarationView,
        declarations.ConfirmDeclaration,
        errors.DeclarationNotFound,
        errors.OwnDeclaration,
        errors.DeclarationDecided,
        errors.ConfirmationOverdue,
        PartyIsInactive,
        *_ENTERING,
    ),
)
async def confirm_declaration(declaration: FromPath[Id], change: NamedDependency[ChangeRequest]) -> Response[bytes]:
    """Confirm what the other declared: from then on it is among the affiliations."""
    confirm = declarations.ConfirmDeclaration(**change.said)
    work = partial(handling.confirm, declaration=declaration, command=confirm)
    return await change.record(DECLARATIONS, declaration, work)


@post(
    "/{declaration:str}/decline",
    status_code=200,
    responses=changing(
        DeclarationView,
        declarations.DeclineDeclaration,
        errors.DeclarationNotFound,
        errors.OwnDeclaration,
        errors.DeclarationDecided,
        RecordedOtherwise,
    ),
)
async def decline_declaration(
    declaration: FromPath[Id], data: JSONBody[EndDeclarationBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Say that it is not so."""
    decline = declarations.DeclineDeclaration(**change.said, reason=data.reason)
    decide = declarations.decline_declaration
    work = partial(handling.change, declaration=declaration, command=decline, decide=decide)
    return await change.record(DECLARATIONS, declaration, work)


@post(
    "/{declaration:str}/withdraw",
    status_code=200,
    responses=changing(
        DeclarationView,
        declarations.WithdrawDeclaration,
        errors.DeclarationNotFound,
        errors.NotWhoDeclared,
        errors.DeclarationDecided,
        RecordedOtherwise,
    ),
)
async def withdraw_declaration(
    declaration: FromPath[Id], data: JSONBody[EndDeclarationBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Take back what nobody has confirmed yet."""
    withdraw = declarations.WithdrawDeclaration(**change.said, reason=data.reason)
    decide = declarations.withdraw_declaration
    work = partial(handling.change, declaration=declaration, command=withdraw, decide=decide)
    return await change.record(DECLARATIONS, declaration, work)


@post(
    "/{declaration:str}/end",
    status_code=200,
    responses=changing(
        DeclarationView,
        declarations.EndDeclaration,
        errors.DeclarationNotFound,
        errors.DeclarationNotConfirmed,
        errors.DeclaredByOperator,
        errors.EndsBeforeToday,
        errors.AffiliationEndInvalid,
        RecordedOtherwise,
    ),
)
async def end_declaration(
    declaration: FromPath[Id], data: JSONBody[EndDeclaredBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """End, as either of the two, what both have declared: from today or a later day on it is no affiliation."""
    end = declarations.EndDeclaration(**change.said, to=data.to, reason=data.reason)
    work = partial(handling.end_own, declaration=declaration, command=end)
    return await change.record(DECLARATIONS, declaration, work)


async def _unanswered(index: Index, _reader: Reader, party: str) -> list[str]:
    entity = DECLARATION.name
    # First: what is followed meanwhile stands under its heading by then.
    touched = await index.touched(entity, agreements=[NO_AGREEMENT])
    listed = await index.under(entity, [Heading(of_party(party), UNANSWERED)], after=0, limit=EVERY)
    return [each.identifier for each in (*listed, *touched)]


@get("/", responses=finding())
async def list_declarations(
    pages: NamedDependency[ListRequest], status: HasStatus = None, party: OfParty = None
) -> Response[Page[DeclarationView]]:
    """List what the caller's party has declared of its affiliations, and what others have of it."""
    filters = {"status": status, "party": party}
    own = Heading(of_party(pages.by.party), *lookup(filters))
    look = partial(handling.declaration_of, by=pages.by)
    return await list_under(pages, DECLARATIONS, [own], look, filters, agreements=[NO_AGREEMENT])


@get("/{declaration:str}", responses=showing(DeclarationView, errors.DeclarationNotFound))
async def show_declaration(declaration: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show what was declared, and what the other says of it: to these two alone."""
    state = await handling.declaration_of(read.reader, declaration, read.by)
    return await read.shown(DECLARATIONS, declaration, state)


@get("/{declaration:str}/history", responses=remembering(errors.DeclarationNotFound))
async def show_history_of_declaration(
    declaration: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what happened to a declaration, oldest first."""
    await handling.declaration_of(history.reader, declaration, history.by)
    return await history.shown(DECLARATION, declaration)


ROUTES = Router(
    "/v1/declarations",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        make_declaration,
        confirm_declaration,
        decline_declaration,
        withdraw_declaration,
        end_declaration,
        list_declarations,
        show_declaration,
        show_history_of_declaration,
    ],
    tags=["affiliations"],
)
