"""Disputes over HTTP."""

from functools import partial
from typing import Annotated

import msgspec
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.acknowledgements.model import ContestNotFound
from services.agreements.affiliations.errors import NotRepresented
from services.agreements.contracts.errors import AgreementNotFound
from services.agreements.contracts.finding import list_found
from services.agreements.contributions.errors import ElementUnknown
from services.agreements.disputes import bodies, decisions, errors, handling, resolving
from services.agreements.disputes.model import DISPUTE, Dispute, DisputeStatus
from services.agreements.disputes.views import DISPUTES, DisputeView, ExposureView
from services.agreements.errors import IdentifierTaken, NotAProjectParty, RecordedOtherwise
from services.agreements.fields import Id
from services.agreements.finding import HAS_STATUS, OfAgreement, OfAsset, OfProject, one_of, taking_part
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.inventions.errors import HolderUnknown, InventionIsRetired, InventionNotFound, SharesTooFine
from services.agreements.notices.views import told
from services.agreements.ownership.errors import OwnershipReplayConflict
from services.agreements.ownership.exposure import claims_of, floor_of, held_back, overclaim_of
from services.agreements.requests import ChangeRequest, CommandRequest, ListRequest, ReadRequest, names_ids, speaker
from services.agreements.responses import answering, changing, creating, finding, remembering, showing
from shared.ids import new_id
from shared.log.handle import Handler, Reader
from shared.ratio import NotARatio, SharesDoNotSumToOne, format_ratio, format_shares, parse_shares
from shared.web.auth import Caller, requires
from shared.web.pages import Page

HasStatus = Annotated[Annotated[str, one_of(DisputeStatus)] | None, HAS_STATUS]
OfParty = Annotated[Id | None, taking_part("in `parties` or `waiting_for`, or named in a position or outcome")]
_EVERY = (errors.DisputeNotFound, NotAProjectParty, errors.DisputeIsOver)
_BY_HOLDERS = (*_EVERY, NotRepresented)
_VECTOR = (NotARatio, SharesDoNotSumToOne, HolderUnknown)
_RESOLVING = (OwnershipReplayConflict, SharesTooFine)


@post(
    "/",
    responses=creating(
        DisputeView,
        decisions.OpenDispute,
        InventionNotFound,
        InventionIsRetired,
        NotAProjectParty,
        ElementUnknown,
        errors.DisputeIsOpen,
        errors.PositionOrContest,
        ContestNotFound,
        *_VECTOR,
        IdentifierTaken,
    ),
)
async def open_dispute(
    data: JSONBody[bodies.OpenDisputeBody], command: NamedDependency[CommandRequest]
) -> Response[bytes]:
    """Claim other shares of an asset, which freezes the acts that the terms name."""
    opening = decisions.OpenDispute(
        **command.said,
        dispute=data.dispute or new_id("dsp"),
        asset=data.asset,
        kind=data.kind,
        position=data.position or {},
        element=data.element,
        summary_hash=data.summary_hash,
    )
    work = partial(handling.open_dispute, command=opening, contest=data.contest)
    return await command.create(DISPUTES, work)


@post(
    "/{dispute:str}/positions",
    status_code=200,
    responses=changing(DisputeView, decisions.FilePosition, *_BY_HOLDERS, *_VECTOR),
)
async def file_position(
    dispute: FromPath[Id], data: JSONBody[bodies.FilePositionBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Say which shares are right in the view of the caller's party, or of one that it controls."""
    said = change.said
    filing = decisions.FilePosition(**said, holder=data.holder or said["by"].party, position=data.position)
    work = partial(handling.file_position, dispute=dispute, command=filing)
    return await change.record(DISPUTES, dispute, work)


@post(
    "/{dispute:str}/evidence",
    status_code=200,
    responses=changing(DisputeView, decisions.FileEvidence, *_BY_HOLDERS, errors.EvidenceTooLate),
)
async def file_evidence(
    dispute: FromPath[Id], data: JSONBody[bodies.FileEvidenceBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Put a document in evidence by its hash, before the step's last day is over."""
    said = change.said
    filing = decisions.FileEvidence(**said, holder=data.holder or said["by"].party, hash=data.hash)
    work = partial(handling.file_evidence, dispute=dispute, command=filing)
    return await change.record(DISPUTES, dispute, work)


@post(
    "/{dispute:str}/withdraw",
    status_code=200,
    responses=changing(DisputeView, decisions.WithdrawDispute, *_EVERY, errors.NotTheClaimant, RecordedOtherwise),
)
async def withdraw_dispute(
    dispute: FromPath[Id], data: JSONBody[bodies.WithdrawDisputeBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Give up the claim that opened the dispute."""
    withdraw = decisions.WithdrawDispute(**change.said, reason=data.reason)
    work = partial(handling.withdraw, dispute=dispute, command=withdraw)
    return await change.record(DISPUTES, dispute, work)


@post(
    "/{dispute:str}/resolution",
    status_code=200,
    responses=changing(
        DisputeView,
        resolving.ProposeResolution,
        *_EVERY,
        *_VECTOR,
        errors.StepNotReached,
        errors.OutcomeIsPending,
        *_RESOLVING,
    ),
)
async def propose_resolution(
    dispute: FromPath[Id], data: JSONBody[bodies.ProposeResolutionBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Lay down an outcome: what was decided stands when all who would hold less by it, or the registrar, confirm it."""
    propose = resolving.ProposeResolution(
        **change.said,
        outcome=data.outcome,
        basis=data.basis,
        document_hash=data.document_hash,
        determination=data.determination or new_id("det"),
    )
    work = partial(handling.resolve, dispute=dispute, command=propose, decide=resolving.propose_resolution)
    return await change.record(DISPUTES, dispute, work)


@post(
    "/{dispute:str}/resolution/confirm",
    status_code=200,
    responses=changing(
        DisputeView,
        resolving.ConfirmResolution,
        *_BY_HOLDERS,
        errors.ResolutionNotProposed,
        errors.RegistrarNotAsked,
        errors.RegistrarNotNeutral,
        *_RESOLVING,
    ),
)
async def confirm_resolution(
    dispute: FromPath[Id], data: JSONBody[bodies.ConfirmResolutionBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Confirm exactly the outcome with this hash, for the caller's party or one that it controls."""
    said = change.said
    confirm = resolving.ConfirmResolution(
        **said,
        holder=data.holder or said["by"].party,
        resolution_hash=data.resolution_hash,
        determination=data.determination or new_id("det"),
    )
    work = partial(handling.resolve, dispute=dispute, command=confirm, decide=resolving.confirm_resolution)
    return await change.record(DISPUTES, dispute, work)


@post(
    "/{dispute:str}/resolution/object",
    status_code=200,
    responses=changing(
        DisputeView,
        resolving.ObjectToResolution,
        *_BY_HOLDERS,
        errors.ResolutionNotProposed,
        errors.OutcomeIsAgreed,
        errors.OutcomeIsConfirmed,
        errors.NotAffected,
        errors.ObjectionTooLate,
        RecordedOtherwise,
        *_RESOLVING,
    ),
)
async def object_to_resolution(
    dispute: FromPath[Id], data: JSONBody[bodies.ObjectToResolutionBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Object to what one side laid down, for the caller's party or one that it controls."""
    said = change.said
    command = resolving.ObjectToResolution(
        **said,
        holder=data.holder or said["by"].party,
        resolution_hash=data.resolution_hash,
        reason=data.reason,
    )
    work = partial(handling.resolve, dispute=dispute, command=command, decide=resolving.object_to_resolution)
    return await change.record(DISPUTES, dispute, work)


@post(
    "/{dispute:str}/resolution/decline",
    status_code=200,
    responses=changing(
        DisputeView,
        resolving.DeclineResolution,
        errors.DisputeNotFound,
        errors.DisputeIsOver,
        errors.ResolutionNotProposed,
        errors.OutcomeIsAgreed,
        errors.NotTheRegistrar,
        errors.RegistrarNotNeutral,
        RecordedOtherwise,
    ),
)
async def decline_resolution(
    dispute: FromPath[Id], data: JSONBody[bodies.DeclineResolutionBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Say, as the registrar, that there is no such document, or that it does not say this."""
    command = resolving.DeclineResolution(**change.said, resolution_hash=data.resolution_hash, reason=data.reason)
    work = partial(handling.resolve, dispute=dispute, command=command, decide=resolving.decline_resolution)
    return await change.record(DISPUTES, dispute, work)


@post(
    "/{dispute:str}/resolution/withdraw",
    status_code=200,
    responses=changing(
        DisputeView,
        resolving.WithdrawResolution,
        *_EVERY,
        errors.ResolutionNotProposed,
        errors.NotLaidDownByYou,
    ),
)
async def withdraw_resolution(
    dispute: FromPath[Id], data: JSONBody[bodies.WithdrawResolutionBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Take back an outcome that the caller's party has laid down and that binds nobody yet."""
    command = resolving.WithdrawResolution(**change.said, resolution_hash=data.resolution_hash)
    work = partial(handling.resolve, dispute=dispute, command=command, decide=resolving.withdraw_resolution)
    return await change.record(DISPUTES, dispute, work)


@get("/{dispute:str}/exposure", responses=answering(ExposureView, errors.DisputeNotFound))
async def show_exposure(
    dispute: FromPath[Id], handler: NamedDependency[Handler], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Show what is undisputed, what is held back, and by how much the claims exceed the whole."""
    state, _ = await handling.dispute_of(Reader(handler, trusting=False), dispute, speaker(caller))
    return Response(msgspec.json.encode(_exposure(state)), media_type="application/json")


@get("/", responses=finding(AgreementNotFound))
async def list_disputes(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    pages: NamedDependency[ListRequest],
    agreement: OfAgreement = None,
    status: HasStatus = None,
    project: OfProject = None,
    asset: OfAsset = None,
    party: OfParty = None,
) -> Response[Page[DisputeView]]:
    """List the disputes that the caller's party may see, of one agreement or of all."""
    return await list_found(
        pages,
        DISPUTES,
        handling.shown_to,
        agreement,
        {"status": status, "project": project, "asset": asset, "party": party},
        registrars_read=True,
    )


@get("/{dispute:str}", responses=showing(DisputeView, errors.DisputeNotFound))
async def show_dispute(dispute: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show a dispute, its positions and how far up the ladder it is."""
    state, _ = await handling.shown_to(read.reader, dispute, read.by)
    return await read.shown(DISPUTES, dispute, state, beside=told(state.silence.until if state.silence else {}))


def _exposure(state: Dispute) -> ExposureView:
    adopted = parse_shares(state.adopted) if state.adopted else {}
    filed = {party: parse_shares(position) for party, position in sorted(state.positions.items())}
    positions = [*([adopted] if adopted else []), *filed.values()]
    # One position alone, of an asset that has no shares yet, is not undisputed: nobody else has spoken.
    floor = floor_of(positions) if len(positions) > 1 else {}
    claims = claims_of(filed, adopted)
    return ExposureView(
        dispute=state.dispute,
        asset=state.asset,
        positions=tuple(format_shares(each) for each in positions),
        floor=format_shares(floor),
        held=format_ratio(held_back(floor)),
        claims=format_shares(claims),
        overclaim=format_ratio(overclaim_of(claims)),
    )


@get("/{dispute:str}/history", responses=remembering(errors.DisputeNotFound))
async def show_history_of_dispute(
    dispute: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what happened to a dispute, oldest first, as far as the caller's party sees it; its registrar sees all."""
    is_registrar = handling.is_registrar(history.by, *await handling.dispute_of(history.reader, dispute, history.by))
    return await history.shown(DISPUTE, dispute, besides=lambda _envelope: is_registrar)


ROUTES = Router(
    "/v1/disputes",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        open_dispute,
        file_position,
        file_evidence,
        withdraw_dispute,
        propose_resolution,
        confirm_resolution,
        object_to_resolution,
        decline_resolution,
        withdraw_resolution,
        show_exposure,
        list_disputes,
        show_dispute,
        show_history_of_dispute,
    ],
    tags=["disputes"],
)
