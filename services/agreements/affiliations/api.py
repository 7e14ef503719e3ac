"""Affiliations over HTTP: part of the directory of parties, which operators keep."""

from functools import partial

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from services.agreements.affiliations import decisions, errors, handling
from services.agreements.affiliations.bodies import DeclareAffiliationBody, EndAffiliationBody
from services.agreements.affiliations.model import AFFILIATION, ALL, Affiliations
from services.agreements.affiliations.views import AffiliationsView
from services.agreements.answers import changed, creating, representing, showing, shown
from services.agreements.errors import PeriodEmpty
from services.agreements.fields import published
from services.agreements.parties.errors import PartyIsInactive, PartyNotFound
from shared.events.values import Period
from shared.log.handle import CommandContext, Handler
from shared.ratio import NotARatio
from shared.web.auth import requires

_represent = representing(AffiliationsView)


# No If-Match on either: whoever declares one affiliation decides nothing about all the others.
@post(
    "/",
    status_code=200,
    guards=[requires("operator")],
    responses=creating(
        AffiliationsView,
        PartyNotFound,
        PartyIsInactive,
        PeriodEmpty,
        NotARatio,
        errors.OwnParent,
        errors.ControlRatioInvalid,
        errors.AffiliationDeclaredAlready,
        errors.AccrualParentTaken,
        errors.AffiliationCycle,
        errors.TooManyAffiliations,
    ),
)
async def declare_affiliation(
    data: JSONBody[DeclareAffiliationBody], handler: NamedDependency[Handler], command: NamedDependency[CommandContext]
) -> Response[bytes]:
    """Declare that one party is under another's control for a period."""
    declare = decisions.DeclareAffiliation(
        parent=data.parent,
        child=data.child,
        basis=data.basis,
        control_ratio=data.control_ratio,
        accrual=data.accrual,
        period=published(data.period, Period),
    )
    work = partial(handling.declare, command=declare)
    return changed(await handler.handle(work, command, represent=_represent, target=AFFILIATION.stream(ALL)))


@post(
    "/end",
    status_code=200,
    guards=[requires("operator")],
    responses=creating(AffiliationsView, errors.AffiliationNotFound, errors.AffiliationEndInvalid),
)
async def end_affiliation(
    data: JSONBody[EndAffiliationBody], handler: NamedDependency[Handler], command: NamedDependency[CommandContext]
) -> Response[bytes]:
    """End the affiliation that holds on the last day before `to`."""
    end = decisions.EndAffiliation(parent=data.parent, child=data.child, to=data.to)
    work = partial(handling.end, command=end)
    return changed(await handler.handle(work, command, represent=_represent, target=AFFILIATION.stream(ALL)))


@get("/", guards=[requires("representative", "operator")], responses=showing(AffiliationsView))
async def show_affiliations(handler: NamedDependency[Handler]) -> Response[bytes]:
    """Show every affiliation that was ever declared, with its period."""
    known = await handler.load(AFFILIATION, AFFILIATION.stream(ALL))
    return shown(AffiliationsView, known.state or Affiliations(), known.version)


ROUTES = Router(
    "/v1/affiliations",
    route_handlers=[declare_affiliation, end_affiliation, show_affiliations],
    tags=["affiliations"],
)
