"""Previews of amendments over HTTP."""

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.contracts.amendments import ProposeAmendment
from services.agreements.contracts.amendments_api import PROPOSAL, proposal_of
from services.agreements.contracts.bodies import AmendmentBody
from services.agreements.contracts.handling import agreement_of
from services.agreements.errors import PartyHasLeft
from services.agreements.fields import Id
from services.agreements.parties.errors import PartyNotFound
from services.agreements.preview import handling
from services.agreements.preview.views import AmendmentPreview
from services.agreements.requests import QuestionRequest, names_ids
from services.agreements.responses import answering
from shared.web.auth import requires
from shared.web.refusals import IdempotencyKeyNotTaken


@post(
    "/{agreement:str}/amendments/preview",
    status_code=200,
    responses=answering(
        AmendmentPreview,
        *ProposeAmendment.gate.refusals_of_agreement,
        *PROPOSAL,
        PartyHasLeft,
        PartyNotFound,
        IdempotencyKeyNotTaken,
    ),
)
async def preview_amendment(
    agreement: FromPath[Id],
    data: JSONBody[AmendmentBody],
    question: NamedDependency[QuestionRequest],
) -> AmendmentPreview:
    """Show what an amendment would change and touch, and propose nothing."""
    proposal = proposal_of(data, question.said)
    state = await agreement_of(question.reader, agreement, proposal.by)
    if state.has_left(proposal.by.party, question.today):
        # What it would touch is there now, and not as it was when the party left.
        raise PartyHasLeft(got=proposal.by.party, agreement=agreement, party=proposal.by.party)
    return await handling.preview(question.handler, state, proposal)


ROUTES = Router(
    "/v1/agreements",
    guards=[requires("representative"), names_ids],
    route_handlers=[preview_amendment],
    tags=["agreements"],
)
