"""Giving up inventions over HTTP."""

from functools import partial

from litestar import Response, Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.affiliations.errors import NotRepresented
from services.agreements.consent.errors import NoVeto
from services.agreements.errors import RecordedOtherwise
from services.agreements.fields import Id
from services.agreements.inventions.errors import InventionIsRetired, InventionNotFound
from services.agreements.inventions.views import INVENTIONS, InventionView
from services.agreements.requests import ChangeRequest, names_ids
from services.agreements.responses import changing
from services.agreements.retirement import bodies, decisions, errors, handling
from shared.web.auth import requires

_EVERY = (
    InventionNotFound,
    NotRepresented,
    errors.OnlyHoldersRetire,
)


@post(
    "/",
    status_code=200,
    responses=changing(
        InventionView,
        decisions.ProposeRetirement,
        *_EVERY,
        errors.InventionIsDisputed,
        errors.RetirementIsProposed,
        RecordedOtherwise,
    ),
)
async def propose_retirement(
    invention: FromPath[Id], data: JSONBody[bodies.ProposeRetirementBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Propose to give the invention up, by the rule that the terms have for abandoning."""
    said = change.said
    propose = decisions.ProposeRetirement(**said, holder=data.holder or said["by"].party, reason=data.reason)
    work = partial(handling.propose, invention=invention, command=propose)
    return await change.record(INVENTIONS, invention, work)


@post(
    "/consent",
    status_code=200,
    responses=changing(InventionView, decisions.ConsentToRetirement, *_EVERY, errors.RetirementNotOpen),
)
async def consent_to_retirement(
    invention: FromPath[Id], data: JSONBody[bodies.ConsentToRetirementBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Agree to give the invention up."""
    said = change.said
    consent = decisions.ConsentToRetirement(**said, holder=data.holder or said["by"].party)
    work = partial(handling.consent, invention=invention, command=consent)
    return await change.record(INVENTIONS, invention, work)


@post(
    "/oppose",
    status_code=200,
    responses=changing(
        InventionView, decisions.OpposeRetirement, *_EVERY, errors.RetirementNotOpen, InventionIsRetired, NoVeto
    ),
)
async def oppose_retirement(
    invention: FromPath[Id], data: JSONBody[bodies.OpposeRetirementBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Keep the invention, or take back one's own proposal to give it up."""
    said = change.said
    oppose = decisions.OpposeRetirement(**said, holder=data.holder or said["by"].party, reason=data.reason)
    work = partial(handling.oppose, invention=invention, command=oppose)
    return await change.record(INVENTIONS, invention, work)


ROUTES = Router(
    "/v1/inventions/{invention:str}/retirement",
    guards=[requires("representative"), names_ids],
    route_handlers=[propose_retirement, consent_to_retirement, oppose_retirement],
    tags=["inventions"],
)
