"""Inventions and their determinations over HTTP; a determination is part of its invention and shares its ETag."""

from functools import partial
from typing import Annotated

import msgspec
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.contracts.errors import AgreementNotFound
from services.agreements.contracts.finding import list_found
from services.agreements.errors import (
    AttestationNotAsked,
    DayNotReached,
    FourEyesRequired,
    IdentifierTaken,
    NotAProjectParty,
)
from services.agreements.fields import Id, published
from services.agreements.finding import HAS_STATUS, OfAgreement, OfHolder, OfProject, one_of, taking_part
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.inventions import decisions, determinations, errors, handling
from services.agreements.inventions.bodies import (
    AttestDeterminationBody,
    DefineElementsBody,
    DiscloseInventionBody,
    ProposeDeterminationBody,
    RejectDeterminationBody,
)
from services.agreements.inventions.determine import determine
from services.agreements.inventions.model import INVENTION, InventionStatus
from services.agreements.inventions.views import INVENTIONS, DerivationView, InventionView
from services.agreements.notices.views import told
from services.agreements.ownership.errors import OwnershipReplayConflict
from services.agreements.projects.errors import ProjectNotActive, ProjectNotFound
from services.agreements.requests import ChangeRequest, CommandRequest, ListRequest, ReadRequest, names_ids, speaker
from services.agreements.responses import answering, changing, creating, finding, remembering, showing
from shared.canonical import content_hash
from shared.events.invention import Element
from shared.ids import new_id
from shared.log.handle import Handler, Reader
from shared.ratio import NotARatio, SharesDoNotSumToOne
from shared.web.auth import Caller, requires
from shared.web.pages import Page

HasStatus = Annotated[Annotated[str, one_of(InventionStatus)] | None, HAS_STATUS]
OfParty = Annotated[
    Id | None,
    taking_part("in `parties`, a holder, or asked to attest proposed shares"),
]
_EVERY = (errors.InventionNotFound, NotAProjectParty)
_COMPUTING = (
    errors.NothingToDetermine,
    errors.ElementWithoutContribution,
    errors.SharesTooFine,
)


@post(
    "/",
    responses=creating(
        InventionView,
        decisions.DiscloseInvention,
        ProjectNotFound,
        ProjectNotActive,
        NotAProjectParty,
        errors.TitleOrItsHash,
        errors.ConceivedAfterDisclosed,
        errors.ConceivedOutsideProject,
        DayNotReached,
        IdentifierTaken,
    ),
)
async def disclose_invention(
    data: JSONBody[DiscloseInventionBody], command: NamedDependency[CommandRequest]
) -> Response[bytes]:
    """Disclose an invention to its project."""
    speaking = command.said
    disclose = decisions.DiscloseInvention(
        **speaking,
        invention=data.invention or new_id("inv"),
        project=data.project,
        title=data.title,
        title_hash=data.title_hash,
        conceived_on=data.conceived_on,
        disclosed_on=data.disclosed_on or speaking["today"],
        class_=data.class_,
        confidentiality=data.confidentiality,
    )
    return await command.create(INVENTIONS, partial(handling.disclose, command=disclose))


@post(
    "/{invention:str}/elements",
    status_code=200,
    responses=changing(
        InventionView,
        decisions.DefineElements,
        *_EVERY,
        errors.InventionIsRetired,
        errors.InventionAlreadyDetermined,
        errors.ElementsRepeated,
        errors.WeightNotPositive,
        errors.ElementHasContributions,
        NotARatio,
    ),
)
async def define_elements(
    invention: FromPath[Id], data: JSONBody[DefineElementsBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Lay down the invention's elements and what they weigh."""
    elements = tuple(published(element, Element) for element in data.elements)
    define = decisions.DefineElements(**change.said, elements=elements)
    work = partial(handling.define_elements, invention=invention, command=define)
    return await change.record(INVENTIONS, invention, work)


@post(
    "/{invention:str}/determinations",
    status_code=200,
    responses=changing(
        InventionView,
        determinations.ProposeDetermination,
        *_EVERY,
        *_COMPUTING,
        errors.ContributorsNotHeard,
        errors.InventionIsRetired,
        errors.InventionAlreadyDetermined,
        errors.DeterminationOpen,
        errors.AgreedSharesMissing,
        errors.HolderUnknown,
        errors.NotProspective,
        NotARatio,
        SharesDoNotSumToOne,
    ),
)
async def propose_determination(
    invention: FromPath[Id], data: JSONBody[ProposeDeterminationBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Propose the shares that follow from what is confirmed now."""
    propose = determinations.ProposeDetermination(
        **change.said,
        determination=data.determination or new_id("det"),
        shares=data.shares,
        effective_on=data.effective_on,
    )
    work = partial(handling.propose, invention=invention, command=propose)
    return await change.record(INVENTIONS, invention, work)


@post(
    "/{invention:str}/determinations/{determination:str}/attest",
    status_code=200,
    responses=changing(
        InventionView,
        determinations.AttestDetermination,
        *_EVERY,
        AttestationNotAsked,
        errors.DeterminationNotFound,
        errors.DeterminationHashMismatch,
        FourEyesRequired,
    ),
)
async def attest_determination(
    invention: FromPath[Id],
    determination: FromPath[Id],
    data: JSONBody[AttestDeterminationBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Attest exactly the determination with this hash, for the caller's party."""
    attest = determinations.AttestDetermination(**change.said, determination=determination, det_hash=data.det_hash)
    work = partial(handling.attest, invention=invention, command=attest)
    return await change.record(INVENTIONS, invention, work)


@post(
    "/{invention:str}/determinations/{determination:str}/reject",
    status_code=200,
    responses=changing(InventionView, determinations.RejectDetermination, *_EVERY, errors.DeterminationNotFound),
)
async def reject_determination(
    invention: FromPath[Id],
    determination: FromPath[Id],
    data: JSONBody[RejectDeterminationBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """End an open determination."""
    reject = determinations.RejectDetermination(**change.said, determination=determination, reason=data.reason)
    work = partial(handling.reject, invention=invention, command=reject)
    return await change.record(INVENTIONS, invention, work)


@post(
    "/{invention:str}/determinations/{determination:str}/adopt",
    status_code=200,
    responses=changing(
        InventionView,
        determinations.AdoptDetermination,
        *_EVERY,
        *_COMPUTING,
        errors.InventionIsRetired,
        errors.DeterminationNotFound,
        errors.AttestationsMissing,
        errors.ContributorsNotHeard,
        errors.InputsChanged,
        errors.TitleGap,
        OwnershipReplayConflict,
    ),
)
async def adopt_determination(
    invention: FromPath[Id], determination: FromPath[Id], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Make the shares of a fully attested determination those of the invention, from its conception."""
    adopt = determinations.AdoptDetermination(**change.said, determination=determination)
    work = partial(handling.adopt, invention=invention, command=adopt)
    return await change.record(INVENTIONS, invention, work)


@get("/{invention:str}/derivation", responses=answering(DerivationView, errors.InventionNotFound, *_COMPUTING))
async def show_derivation(
    invention: FromPath[Id], handler: NamedDependency[Handler], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Show the shares that follow from what is confirmed now, and why: what a proposal would say."""
    reader = Reader(handler, trusting=False)
    state, _, agreement = await handling.invention_of(reader, invention, speaker(caller))
    if reader.past:
        # It follows from what stands now, which whoever has left does not see.
        raise errors.InventionNotFound(invention=invention)
    inputs = await handling.inputs_of(reader, state, agreement)
    determined = determine(inputs)
    view = DerivationView(
        inputs=inputs,
        inputs_hash=content_hash(inputs),
        shares=determined.shares,
        derivation=determined.derivation,
        alarms=determined.alarms,
        gaps=determined.gaps,
    )
    return Response(msgspec.json.encode(view), media_type="application/json")


@get("/", responses=finding(AgreementNotFound))
async def list_inventions(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    pages: NamedDependency[ListRequest],
    agreement: OfAgreement = None,
    status: HasStatus = None,
    project: OfProject = None,
    holder: OfHolder = None,
    party: OfParty = None,
) -> Response[Page[InventionView]]:
    """List the inventions that the caller's party may see, of one agreement or of all."""
    return await list_found(
        pages,
        INVENTIONS,
        handling.shown_to,
        agreement,
        {"status": status, "project": project, "holder": holder, "party": party},
    )


@get("/{invention:str}", responses=showing(InventionView, errors.InventionNotFound))
async def show_invention(invention: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show an invention, with its open and its adopted determination."""
    state, _, _ = await handling.shown_to(read.reader, invention, read.by)
    of_shares = told(state.open.silent_until) if state.open else ()
    of_retirement = told(state.retirement.silent_until) if state.retirement else ()
    beside = (*of_shares, *(f"retires {each}" for each in of_retirement))
    return await read.shown(INVENTIONS, invention, state, beside=beside)


@get("/{invention:str}/history", responses=remembering(errors.InventionNotFound))
async def show_history_of_invention(
    invention: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what happened to an invention, oldest first, as far as the caller's party sees it."""
    await handling.invention_of(history.reader, invention, history.by)
    return await history.shown(INVENTION, invention)


ROUTES = Router(
    "/v1/inventions",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        disclose_invention,
        define_elements,
        propose_determination,
        attest_determination,
        reject_determination,
        adopt_determination,
        list_inventions,
        show_invention,
        show_history_of_invention,
        show_derivation,
    ],
    tags=["inventions"],
)
