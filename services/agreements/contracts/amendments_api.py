"""Amendments of agreements over HTTP."""

from functools import partial

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from services.agreements.contracts import amendments, errors, handling
from services.agreements.contracts.bodies import AmendmentBody, SignAmendmentBody
from services.agreements.contracts.views import AGREEMENTS, AgreementView
from services.agreements.errors import DayNotReached, RecordedOtherwise
from services.agreements.fields import Id, published
from services.agreements.parties.errors import PartyNotFound
from services.agreements.requests import ChangeRequest, Said
from services.agreements.responses import changing
from shared.events.terms import Terms
from shared.events.values import Period
from shared.ratio import NotARatio
from shared.web.refusals import RouteUnknown

PROPOSAL = (
    errors.AgreementNotFound,
    errors.AmendmentTooEarly,
    errors.AmendmentAfterEnd,
    errors.AmendmentChangesNothing,
    errors.PartiesRepeated,
    errors.PartyIsAMember,
    errors.TermsIncomplete,
    errors.TermNotSupported,
    errors.TermInvalid,
    errors.ConsentRuleIncomplete,
    NotARatio,
)
# An amendment's number has one spelling in an address.
_SIGNING = (RouteUnknown, errors.AgreementNotFound, errors.AmendmentNotFound, errors.AmendmentSettled)


@post(
    "/{agreement:str}/amendments",
    status_code=200,
    responses=changing(AgreementView, amendments.ProposeAmendment, *PROPOSAL, errors.AmendmentPending, PartyNotFound),
)
async def propose_amendment(
    agreement: FromPath[Id], data: JSONBody[AmendmentBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Propose other terms, a longer period or new parties from a day on; every party has to sign."""
    work = partial(handling.propose_amendment, agreement=agreement, command=proposal_of(data, change.said))
    return await change.record(AGREEMENTS, agreement, work)


@post(
    "/{agreement:str}/amendments/{no:int}/sign",
    status_code=200,
    responses=changing(
        AgreementView,
        amendments.SignAmendment,
        *_SIGNING,
        errors.NotASignatory,
        errors.TermsHashMismatch,
        errors.PartyHasSigned,
        errors.AmendmentDayPassed,
        errors.TermInvalid,
        DayNotReached,
        RecordedOtherwise,
    ),
)
async def sign_amendment(
    agreement: FromPath[Id],
    no: FromPath[int],
    data: JSONBody[SignAmendmentBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Sign exactly the amended terms with this hash, for the caller's party, which may be about to join by them."""
    sign = amendments.SignAmendment(
        **change.said,
        no=no,
        new_terms_hash=data.new_terms_hash,
        signed_on=data.signed_on,
        signature=data.signature,
    )
    work = partial(handling.sign_amendment, agreement=agreement, command=sign)
    return await change.record(AGREEMENTS, agreement, work)


@post(
    "/{agreement:str}/amendments/{no:int}/retract",
    status_code=200,
    responses=changing(AgreementView, amendments.RetractAmendment, *_SIGNING, errors.NotTheProposer),
)
async def retract_amendment(
    agreement: FromPath[Id], no: FromPath[int], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Take back a proposal that not everybody has signed."""
    retract = amendments.RetractAmendment(**change.said, no=no)
    work = partial(handling.change, agreement=agreement, command=retract, decide=amendments.retract_amendment)
    return await change.record(AGREEMENTS, agreement, work)


def proposal_of(data: AmendmentBody, said: Said) -> amendments.ProposeAmendment:
    """Return the command that a body asks for."""
    return amendments.ProposeAmendment(
        **said,
        terms=published(data.terms, Terms) if data.terms else None,
        period=published(data.period, Period) if data.period else None,
        document_hash=data.document_hash,
        effective_on=data.effective_on,
        acceding=data.acceding,
    )


ROUTES: list[HTTPRouteHandler] = [propose_amendment, sign_amendment, retract_amendment]
