"""Agreements over HTTP."""

from datetime import date
from functools import partial
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from services.agreements.contracts import decisions, errors, handling
from services.agreements.contracts.amendments_api import ROUTES as AMENDING
from services.agreements.contracts.bodies import (
    DraftAgreementBody,
    SetTermsBody,
    SignAgreementBody,
    WithdrawAgreementBody,
)
from services.agreements.contracts.ending_api import ROUTES as LASTING
from services.agreements.contracts.finding import list_own
from services.agreements.contracts.model import AGREEMENT, AgreementStatus
from services.agreements.contracts.sight import horizon_of
from services.agreements.contracts.views import AGREEMENTS, AgreementView, TermsAsOf
from services.agreements.errors import DayNotReached, IdentifierTaken, PeriodEmpty, RecordedOtherwise
from services.agreements.fields import Id, published
from services.agreements.finding import HAS_STATUS, one_of, taking_part
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.parties.errors import PartyNotFound
from services.agreements.requests import (
    ChangeRequest,
    CommandRequest,
    ListRequest,
    QuestionRequest,
    ReadRequest,
    names_ids,
)
from services.agreements.responses import answering, changing, creating, finding, remembering, showing
from shared.events.terms import Terms
from shared.events.values import Period
from shared.ids import new_id
from shared.known import KNOWN_PATTERN, KnownTimeNotOver, KnownTimeUnreadable, parse_known
from shared.ratio import NotARatio
from shared.web.auth import requires
from shared.web.pages import Page

HasStatus = Annotated[Annotated[str, one_of(AgreementStatus)] | None, HAS_STATUS]
OfParty = Annotated[Id | None, taking_part("in `parties`, or asked to join by an open amendment")]
Effective = Annotated[
    date | None,
    QueryParameter(name="effective", required=False, description="The legal day asked about; today if left out."),
]
KnownAs = Annotated[
    str | None,
    QueryParameter(
        name="known",
        required=False,
        description="As known at the end of a day (2024-08-15), at an instant (2024-08-15T12:00:00Z) or at a position.",
        schema_extra={"pattern": KNOWN_PATTERN},
    ),
]
Resolved = Annotated[
    bool,
    QueryParameter(
        name="resolved",
        required=False,
        description="Whether each key is told with its value and its source, before all have signed as well.",
    ),
]

_TERMS = (errors.ConsentRuleIncomplete, errors.TermInvalid, NotARatio, PeriodEmpty)


@post(
    "/",
    responses=creating(
        AgreementView,
        decisions.DraftAgreement,
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
    data: JSONBody[DraftAgreementBody], command: NamedDependency[CommandRequest]
) -> Response[bytes]:
    """Draft an agreement with its terms."""
    draft = decisions.DraftAgreement(
        **command.said,
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
    return await command.create(AGREEMENTS, partial(handling.draft, command=draft))


@post(
    "/{agreement:str}/terms",
    status_code=200,
    responses=changing(AgreementView, decisions.SetTerms, errors.AgreementNotFound, errors.AgreementNotDraft, *_TERMS),
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
    return await change.record(AGREEMENTS, agreement, work)


@post(
    "/{agreement:str}/propose",
    status_code=200,
    responses=changing(
        AgreementView,
        decisions.ProposeAgreement,
        errors.AgreementNotFound,
        errors.TermNotSupported,
        errors.TermInvalid,
        errors.AgreementIsWithdrawn,
    ),
)
async def propose_agreement(
    agreement: FromPath[Id],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Put the terms before the parties for signature."""
    propose = decisions.ProposeAgreement(**change.said)
    work = partial(handling.bind, agreement=agreement, command=propose, decide=decisions.propose_agreement)
    return await change.record(AGREEMENTS, agreement, work)


@post(
    "/{agreement:str}/sign",
    status_code=200,
    responses=changing(
        AgreementView,
        decisions.SignAgreement,
        errors.AgreementNotFound,
        errors.AgreementNotProposed,
        errors.AgreementIsSigned,
        errors.TermsHashMismatch,
        errors.PartyHasSigned,
        errors.AgreementIsWithdrawn,
        errors.TermInvalid,
        DayNotReached,
        RecordedOtherwise,
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
    work = partial(handling.bind, agreement=agreement, command=sign, decide=decisions.sign_agreement)
    return await change.record(AGREEMENTS, agreement, work)


@post(
    "/{agreement:str}/activate",
    status_code=200,
    responses=changing(
        AgreementView,
        decisions.ActivateAgreement,
        errors.AgreementNotFound,
        errors.AgreementNotFullySigned,
        errors.AgreementIsWithdrawn,
        errors.EffectiveDateNotReached,
        errors.TermsIncomplete,
        errors.TermInvalid,
    ),
)
async def activate_agreement(
    agreement: FromPath[Id],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Let a fully signed agreement take effect, on or after the first day of its period."""
    activate = decisions.ActivateAgreement(**change.said)
    work = partial(handling.bind, agreement=agreement, command=activate, decide=decisions.activate_agreement)
    return await change.record(AGREEMENTS, agreement, work)


@post(
    "/{agreement:str}/withdraw",
    status_code=200,
    responses=changing(
        AgreementView,
        decisions.WithdrawAgreement,
        errors.AgreementNotFound,
        errors.AgreementIsSigned,
        RecordedOtherwise,
    ),
)
async def withdraw_agreement(
    agreement: FromPath[Id],
    data: JSONBody[WithdrawAgreementBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Give an agreement up before everybody has signed."""
    withdraw = decisions.WithdrawAgreement(**change.said, reason=data.reason)
    work = partial(handling.change, agreement=agreement, command=withdraw, decide=decisions.withdraw_agreement)
    return await change.record(AGREEMENTS, agreement, work)


@get("/", responses=finding())
async def list_agreements(
    pages: NamedDependency[ListRequest],
    status: HasStatus = None,
    party: OfParty = None,
) -> Response[Page[AgreementView]]:
    """List the agreements of the caller's party."""
    return await list_own(pages, {"status": status, "party": party})


@get("/{agreement:str}", responses=showing(AgreementView, errors.AgreementNotFound))
async def show_agreement(agreement: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show an agreement."""
    state = await handling.seen_by(read.reader, agreement, read.by)
    return await read.shown(AGREEMENTS, agreement, state)


@get(
    "/{agreement:str}/terms",
    responses=answering(
        TermsAsOf, errors.AgreementNotFound, errors.TermsNotYetInForce, KnownTimeUnreadable, KnownTimeNotOver
    ),
)
async def show_terms(
    agreement: FromPath[Id],
    question: NamedDependency[QuestionRequest],
    effective: Effective = None,
    known: KnownAs = None,
    resolved: Resolved = False,  # noqa: FBT002  # the framework names it
) -> TermsAsOf:
    """Show the terms that stand on a legal day, as known now or at an earlier time, and what each key comes to."""
    as_known = parse_known(known)
    reader, day = question.reader, effective or question.today
    state = await handling.seen_by(reader, agreement, question.by)
    as_known.check_over(question.now)
    horizon = await horizon_of(reader, state, question.by.party) if reader.past else None
    store = question.handler.store
    return await handling.terms_as_of(store, agreement, day, as_known, horizon=horizon, key_by_key=resolved)


@get("/{agreement:str}/history", responses=remembering(errors.AgreementNotFound))
async def show_history_of_agreement(
    agreement: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what happened to an agreement, oldest first, as far as the caller's party sees it.

    To one that is only asked to join that is the amendment by which it would.
    """
    asks = await handling.asking(history.reader, agreement, history.by)
    return await history.shown(AGREEMENT, agreement, besides=asks)


ROUTES = Router(
    "/v1/agreements",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        draft_agreement,
        set_terms,
        propose_agreement,
        sign_agreement,
        activate_agreement,
        withdraw_agreement,
        *AMENDING,
        *LASTING,
        list_agreements,
        show_agreement,
        show_history_of_agreement,
        show_terms,
    ],
    tags=["agreements"],
)
