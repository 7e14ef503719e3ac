"""Previews of amendments over HTTP."""

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.answers import names_ids, showing
from services.agreements.contracts.amending_api import PROPOSAL, proposal_of
from services.agreements.contracts.bodies import AmendmentBody
from services.agreements.contracts.handling import agreement_of
from services.agreements.fields import Id
from services.agreements.parties.errors import PartyNotFound
from services.agreements.preview import handling
from services.agreements.preview.views import AmendmentPreview
from shared.log.handle import CommandContext, Handler, Reader
from shared.web.auth import requires


@post(
    "/{agreement:str}/amendments/preview",
    status_code=200,
    responses=showing(AmendmentPreview, *PROPOSAL, PartyNotFound),
)
async def preview_amendment(
    agreement: FromPath[Id],
    data: JSONBody[AmendmentBody],
    handler: NamedDependency[Handler],
    command: NamedDependency[CommandContext],
) -> AmendmentPreview:
    """Show what an amendment would change and touch, and propose nothing."""
    proposal = proposal_of(data, command)
    state = await agreement_of(Reader(handler, trusting=False), agreement, proposal.by)
    return await handling.preview(handler, state, proposal)


ROUTES = Router(
    "/v1/agreements",
    guards=[requires("representative"), names_ids],
    route_handlers=[preview_amendment],
    tags=["agreements"],
)
