"""Agreements over HTTP."""

from functools import partial

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

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
from services.agreements.contracts import decisions, errors, handling
from services.agreements.contracts.bodies import DraftAgreementBody, SetTermsBody, SignAgreementBody
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contracts.views import AgreementView
from services.agreements.errors import DayNotReached, IdentifierTaken, PeriodEmpty
from services.agreements.fields import Id, published
from services.agreements.parties.errors import PartyNotFound
from shared.contracts.terms import Terms
from shared.contracts.values import Period
from shared.ids import new_id
from shared.log.handle import CommandContext, Handler, Reader
from shared.ratio import NotARatio
from shared.web.auth import Caller, requires
from shared.web.pages import Page, PageRequest, start_of

_represent = representing(AgreementView)
_TERMS = (errors.ConsentRuleIncomplete, NotARatio, PeriodEmpty)


@post(
    "/",
    responses=creating(
        AgreementView,
        errors.DrafterNotAParty,
        errors.PartiesRepeated,
        errors.TooFewParties,
        errors.AgreementNotFound,
        PartyNotFound,
        IdentifierTaken,
        *_TERMS,
    ),
)
async def draft_agreement(
    data: JSONBody[DraftAgreementBody], handler: NamedDependency[Handler], command: NamedDependency[CommandContext]
) -> Response[bytes]:
    """Draft an agreement with its terms."""
    draft = decisions.DraftAgreement(
        **said(command),
        agreement=data.agreement or new_id("agr"),
        kind=data.kind,
        title=data.title,
        parties=data.parties,
        parent=data.parent,
        binding=data.binding,
        ip_terms_binding=data.ip_terms_binding,
        terms=published(data.terms, Terms),
        period=published(data.period, Period),
        document_hash=data.document_hash,
    )
    outcome = await handler.handle(partial(handling.draft, command=draft), command, represent=_represent)
    return created(outcome, lambda view: f"/v1/agreements/{view['agreement']}")


@post(
    "/{agreement:str}/terms",
    status_code=200,
    responses=changing(AgreementView, errors.AgreementNotFound, errors.AgreementNotDraft, *_TERMS),
)
async def set_terms(
    agreement: FromPath[Id],
    data: JSONBody[SetTermsBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Replace the terms of a draft."""
    terms = decisions.SetTerms(
        **change.said,
        terms=published(data.terms, Terms),
        period=published(data.period, Period),
        document_hash=data.document_hash,
    )
    work = partial(handling.change, agreement=agreement, command=terms, decide=decisions.set_terms)
    return await change.record(work, AGREEMENT.stream(agreement), _represent)


@post(
    "/{agreement:str}/propose",
    status_code=200,
    responses=changing(AgreementView, errors.AgreementNotFound, errors.TermNotSupported),
)
async def propose_agreement(
    agreement: FromPath[Id],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Put the terms before the parties for signature."""
    propose = decisions.ProposeAgreement(**change.said)
    work = partial(handling.change, agreement=agreement, command=propose, decide=decisions.propose_agreement)
    return await change.record(work, AGREEMENT.stream(agreement), _represent)


@post(
    "/{agreement:str}/sign",
    status_code=200,
    responses=changing(
        AgreementView,
        errors.AgreementNotFound,
        errors.AgreementNotProposed,
        errors.TermsHashMismatch,
        errors.PartyHasSigned,
        DayNotReached,
    ),
)
async def sign_agreement(
    agreement: FromPath[Id],
    data: JSONBody[SignAgreementBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Sign exactly the terms with this hash, for the caller's party."""
    sign = decisions.SignAgreement(
        **change.said, terms_hash=data.terms_hash, signed_on=data.signed_on, signature=data.signature
    )
    work = partial(handling.change, agreement=agreement, command=sign, decide=decisions.sign_agreement)
    return await change.record(work, AGREEMENT.stream(agreement), _represent)


@post(
    "/{agreement:str}/activate",
    status_code=200,
    responses=changing(
        AgreementView,
        errors.AgreementNotFound,
        errors.AgreementNotFullySigned,
        errors.EffectiveDateNotReached,
        errors.TermsIncomplete,
    ),
)
async def activate_agreement(
    agreement: FromPath[Id],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Let a fully signed agreement take effect, on or after the first day of its period."""
    activate = decisions.ActivateAgreement(**change.said)
    work = partial(handling.change, agreement=agreement, command=activate, decide=decisions.activate_agreement)
    return await change.record(work, AGREEMENT.stream(agreement), _represent)


@get("/", responses=listing())
async def list_agreements(
    handler: NamedDependency[Handler], caller: NamedDependency[Caller], page: NamedDependency[PageRequest]
) -> Response[Page[AgreementView]]:
    """List the agreements of the caller's party."""
    party = speaker(caller).party
    entries = await handling.agreements_of(handler.store, party, after=start_of(page), limit=page.limit + 1)
    return await page_of(handler, page, AGREEMENT, AgreementView, entries)


@get("/{agreement:str}", responses=showing(AgreementView, errors.AgreementNotFound))
async def show_agreement(
    agreement: FromPath[Id], handler: NamedDependency[Handler], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Show an agreement."""
    reader = Reader(handler, trusting=False)
    state = await handling.agreement_of(reader, agreement, speaker(caller))
    return shown(AgreementView, state, reader.version(AGREEMENT, agreement))


ROUTES = Router(
    "/v1/agreements",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        draft_agreement,
        set_terms,
        propose_agreement,
        sign_agreement,
        activate_agreement,
        list_agreements,
        show_agreement,
    ],
    tags=["agreements"],
)
