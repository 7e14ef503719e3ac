"""Affiliations over HTTP: part of the directory of parties, which operators keep."""

from functools import partial

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from services.agreements.affiliations import decisions, errors, handling
from services.agreements.affiliations.bodies import DeclareAffiliationBody, EndAffiliationBody
from services.agreements.affiliations.model import AFFILIATION, ALL, Affiliations
from services.agreements.affiliations.views import AFFILIATIONS, AffiliationsView
from services.agreements.errors import PartyIsInactive, PeriodEmpty
from services.agreements.fields import published
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.parties.errors import PartyNotFound
from services.agreements.requests import CommandRequest, ReadRequest
from services.agreements.responses import remembering, reporting, showing
from shared.events.values import Period
from shared.ratio import NotARatio
from shared.web.auth import requires
from shared.web.pages import Page


# No If-Match on either: whoever declares one affiliation decides nothing about all the others.
@post(
    "/",
    status_code=200,
    guards=[requires("operator")],
    responses=reporting(
        AffiliationsView,
        decisions.DeclareAffiliation,
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
    data: JSONBody[DeclareAffiliationBody], command: NamedDependency[CommandRequest]
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
    return await command.record(AFFILIATIONS, ALL, partial(handling.declare, command=declare))


@post(
    "/end",
    status_code=200,
    guards=[requires("operator")],
    responses=reporting(
        AffiliationsView, decisions.EndAffiliation, errors.AffiliationNotFound, errors.AffiliationEndInvalid
    ),
)
async def end_affiliation(
    data: JSONBody[EndAffiliationBody], command: NamedDependency[CommandRequest]
) -> Response[bytes]:
    """End the affiliation that holds on the last day before `to`."""
    end = decisions.EndAffiliation(parent=data.parent, child=data.child, to=data.to)
    return await command.record(AFFILIATIONS, ALL, partial(handling.end, command=end))


@get("/", guards=[requires("representative", "operator")], responses=showing(AffiliationsView))
async def show_affiliations(read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show every affiliation that was ever declared, with its period."""
    state = await read.reader.find(AFFILIATION, ALL) or Affiliations()
    return await read.shown(AFFILIATIONS, ALL, state)


@get("/history", guards=[requires("representative", "operator")], responses=remembering())
async def show_history_of_affiliations(history: NamedDependency[HistoryRequest]) -> Response[Page[PastEvent]]:
    """Show what happened to the affiliations, oldest first."""
    await history.reader.find(AFFILIATION, ALL)
    return await history.shown(AFFILIATION, ALL)


ROUTES = Router(
    "/v1/affiliations",
    route_handlers=[declare_affiliation, end_affiliation, show_affiliations, show_history_of_affiliations],
    tags=["affiliations"],
)
