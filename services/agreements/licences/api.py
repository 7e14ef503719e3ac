"""Licences over HTTP."""

from functools import partial
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.affiliations.errors import NotRepresented
from services.agreements.consent.errors import (
    ConsentMissing,
    ConsentRuleNotSupported,
    ConsentShareTooSmall,
    NoticeNotProven,
    NoticePeriodRunning,
)
from services.agreements.contracts.errors import (
    AgreementNotFound,
    PartiesRepeated,
    PartyNotInAgreement,
)
from services.agreements.contracts.finding import list_found
from services.agreements.errors import IdentifierTaken, IdsRepeated, NotAProjectParty, PeriodEmpty
from services.agreements.fields import Id, published
from services.agreements.finding import HAS_STATUS, OfAgreement, OfAsset, one_of, taking_part
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.inventions.errors import AssetsOfSeveralAgreements, InventionIsRetired, InventionNotFound
from services.agreements.licences import decisions, errors, handling
from services.agreements.licences.bodies import ConsentToLicenceBody, DraftLicenceBody
from services.agreements.licences.model import LICENCE, LicenceStatus
from services.agreements.licences.views import LICENCES, LicenceCheck, LicenceView
from services.agreements.notices.views import told
from services.agreements.ownership.errors import AssetIsFrozen
from services.agreements.parties.errors import PartyNotFound
from services.agreements.progress.errors import SharingRestricted
from services.agreements.requests import (
    ChangeRequest,
    CommandRequest,
    ListRequest,
    QuestionRequest,
    ReadRequest,
    names_ids,
)
from services.agreements.responses import answering, changing, creating, finding, remembering, showing
from shared.events.licence import Scope
from shared.ids import new_id
from shared.web.auth import requires
from shared.web.pages import Page
from shared.web.refusals import Refused

HasStatus = Annotated[Annotated[str, one_of(LicenceStatus)] | None, HAS_STATUS]
OfParty = Annotated[Id | None, taking_part("`licensee`, `drafted_by_party`, or in `licensors` or `parties`")]


@post(
    "/",
    responses=creating(
        LicenceView,
        decisions.DraftLicence,
        InventionNotFound,
        InventionIsRetired,
        PartyNotFound,
        NotAProjectParty,
        PartyNotInAgreement,
        PartiesRepeated,
        IdsRepeated,
        AssetsOfSeveralAgreements,
        errors.LicenceKindNotSupported,
        errors.NotALicensor,
        errors.LicenceToItself,
        errors.LicenceNotFound,
        errors.TerritoryUnknown,
        PeriodEmpty,
        IdentifierTaken,
    ),
)
async def draft_licence(data: JSONBody[DraftLicenceBody], command: NamedDependency[CommandRequest]) -> Response[bytes]:
    """Draft a licence, which gives the other parties notice of it."""
    draft = decisions.DraftLicence(
        **command.said,
        licence=data.licence or new_id("lic"),
        kind=data.kind,
        licensors=data.licensors,
        licensee=data.licensee,
        scope=published(data.scope, Scope),
        document_hash=data.document_hash,
        subject_to=data.subject_to,
    )
    return await command.create(LICENCES, partial(handling.draft, command=draft))


@post(
    "/{licence:str}/consent",
    status_code=200,
    responses=changing(
        LicenceView,
        decisions.ConsentToLicence,
        errors.LicenceNotFound,
        errors.OnlyHoldersConsent,
        NotRepresented,
        errors.LicenceHashMismatch,
        errors.LicenceIsGranted,
        InventionIsRetired,
    ),
)
async def consent_to_licence(
    licence: FromPath[Id], data: JSONBody[ConsentToLicenceBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Consent to exactly the licence with this hash, for the caller's party or one that it controls."""
    holder = data.holder or change.said["by"].party
    consent = decisions.ConsentToLicence(**change.said, holder=holder, terms_hash=data.terms_hash)
    work = partial(handling.consent, licence=licence, command=consent)
    return await change.record(LICENCES, licence, work)


@post(
    "/{licence:str}/grant",
    status_code=200,
    responses=changing(
        LicenceView,
        decisions.GrantLicence,
        errors.LicenceNotFound,
        errors.NotALicensor,
        errors.AssetNotDetermined,
        InventionIsRetired,
        AssetIsFrozen,
        errors.LicensorHoldsNoShare,
        errors.LicensorSilent,
        errors.LicenceConflict,
        ConsentRuleNotSupported,
        ConsentMissing,
        ConsentShareTooSmall,
        NoticeNotProven,
        NoticePeriodRunning,
        SharingRestricted,
    ),
)
async def grant_licence(licence: FromPath[Id], change: NamedDependency[ChangeRequest]) -> Response[bytes]:
    """Grant a drafted licence, from the first day of its period; a refusal names everything in its way, in `also`."""
    work = partial(handling.grant, licence=licence, command=decisions.GrantLicence(**change.said))
    return await change.record(LICENCES, licence, work)


@get("/", responses=finding(AgreementNotFound))
async def list_licences(
    pages: NamedDependency[ListRequest],
    agreement: OfAgreement = None,
    status: HasStatus = None,
    asset: OfAsset = None,
    party: OfParty = None,
) -> Response[Page[LicenceView]]:
    """List the licences that the caller's party may see, of one agreement or of all."""
    return await list_found(
        pages, LICENCES, handling.shown_to, agreement, {"status": status, "asset": asset, "party": party}
    )


@get("/{licence:str}", responses=showing(LicenceView, errors.LicenceNotFound))
async def show_licence(licence: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show a licence."""
    state, _ = await handling.shown_to(read.reader, licence, read.by)
    return await read.shown(LICENCES, licence, state, beside=told(state.silent_until))


@get("/{licence:str}/check", responses=answering(LicenceCheck, errors.LicenceNotFound))
async def check_licence(
    licence: FromPath[Id],
    question: NamedDependency[QuestionRequest],
) -> LicenceCheck:
    """Show everything that the licence would be refused for if the caller's party granted it today; record nothing."""
    reader = question.reader
    _, found = await handling.check(reader, licence, question.by, question.today)
    return LicenceCheck(
        licence=licence,
        version=reader.version(LICENCE, licence),
        grantable=not found,
        refusals=tuple(Refused.of(each) for each in found),
    )


@get("/{licence:str}/history", responses=remembering(errors.LicenceNotFound))
async def show_history_of_licence(
    licence: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what happened to a licence, oldest first, as far as the caller's party sees it."""
    await handling.licence_of(history.reader, licence, history.by)
    return await history.shown(LICENCE, licence)


ROUTES = Router(
    "/v1/licences",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        draft_licence,
        consent_to_licence,
        grant_licence,
        list_licences,
        show_licence,
        show_history_of_licence,
        check_licence,
    ],
    tags=["licences"],
)
