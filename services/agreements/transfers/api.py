"""Transfers over HTTP."""

from functools import partial
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.affiliations.errors import NotRepresented
from services.agreements.consent import errors as consents
from services.agreements.contracts.errors import AgreementNotFound
from services.agreements.contracts.finding import list_found
from services.agreements.errors import (
    IdentifierTaken,
    IdsRepeated,
    NotAProjectParty,
    PartyIsInactive,
    RecordedOtherwise,
)
from services.agreements.fields import Id, published
from services.agreements.finding import HAS_STATUS, OfAgreement, OfAsset, one_of, taking_part
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.inventions.errors import (
    AssetsOfSeveralAgreements,
    InventionIsRetired,
    InventionNotFound,
    SharesTooFine,
)
from services.agreements.notices.views import told
from services.agreements.ownership import errors as ownership
from services.agreements.parties.errors import PartyNotFound
from services.agreements.requests import ChangeRequest, CommandRequest, ListRequest, ReadRequest, names_ids
from services.agreements.responses import changing, creating, finding, remembering, showing
from services.agreements.transfers import bodies, decisions, errors, executing, handling
from services.agreements.transfers.model import TRANSFER, TransferStatus
from services.agreements.transfers.views import TRANSFERS, TransferView
from shared.events.transfer import Amount
from shared.ids import new_id
from shared.ratio import NotARatio
from shared.web.auth import requires
from shared.web.pages import Page

HasStatus = Annotated[Annotated[str, one_of(TransferStatus)] | None, HAS_STATUS]
OfParty = Annotated[Id | None, taking_part("`from`, `to`, `proposed_by_party`, or in `preemptions` or `parties`")]
_EVERY = (errors.TransferNotFound, NotAProjectParty)
_POSTING = (*_EVERY, NotRepresented, errors.NotTheTransferor)
_BY_HOLDERS = (*_EVERY, NotRepresented, errors.TransferNotOpen, errors.OnlyHoldersDecide)


@post(
    "/",
    responses=creating(
        TransferView,
        decisions.ProposeTransfer,
        InventionNotFound,
        InventionIsRetired,
        PartyNotFound,
        PartyIsInactive,
        AssetsOfSeveralAgreements,
        consents.ConsentRuleNotSupported,
        errors.NotTheTransferor,
        NotRepresented,
        errors.TransferBeforeConception,
        ownership.AmountNotOne,
        ownership.TransferToItself,
        IdsRepeated,
        NotARatio,
        IdentifierTaken,
    ),
)
async def propose_transfer(
    data: JSONBody[bodies.ProposeTransferBody],
    command: NamedDependency[CommandRequest],
) -> Response[bytes]:
    """Propose to pass shares on, which gives the other holders notice; or record a person's deed."""
    propose = decisions.ProposeTransfer(
        **command.said,
        transfer=data.transfer or new_id("xfr"),
        kind=data.kind,
        assets=data.assets,
        source=data.source,
        to=data.to,
        amount=published(data.amount, Amount),
        consideration=data.consideration,
        effective_on=data.effective_on,
        instrument_hash=data.instrument_hash,
    )
    return await command.create(TRANSFERS, partial(handling.propose, command=propose))


@post(
    "/{transfer:str}/consent",
    status_code=200,
    responses=changing(
        TransferView, decisions.ConsentToTransfer, *_BY_HOLDERS, errors.TransferHashMismatch, InventionIsRetired
    ),
)
async def consent_to_transfer(
    transfer: FromPath[Id], data: JSONBody[bodies.ConsentToTransferBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Consent to exactly the transfer with this hash, for the caller's party or one that it controls."""
    holder = data.holder or change.said["by"].party
    consent = decisions.ConsentToTransfer(**change.said, holder=holder, transfer_hash=data.transfer_hash)
    decide = decisions.consent_to_transfer
    work = partial(handling.on_assets, transfer=transfer, command=consent, decide=decide)
    return await change.record(TRANSFERS, transfer, work)


@post(
    "/{transfer:str}/refuse",
    status_code=200,
    responses=changing(
        TransferView,
        decisions.RefuseTransfer,
        *_BY_HOLDERS,
        consents.NoVeto,
        consents.RefusalTooLate,
        RecordedOtherwise,
    ),
)
async def refuse_transfer(
    transfer: FromPath[Id], data: JSONBody[bodies.RefuseBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Refuse consent, or take one's own proposal back; the transfer will not be executed."""
    holder = data.holder or change.said["by"].party
    refuse = decisions.RefuseTransfer(**change.said, holder=holder, reason=data.reason)
    work = partial(handling.on_assets, transfer=transfer, command=refuse, decide=decisions.refuse_transfer)
    return await change.record(TRANSFERS, transfer, work)


@post(
    "/{transfer:str}/preempt",
    status_code=200,
    responses=changing(
        TransferView,
        decisions.ExercisePreemption,
        *_BY_HOLDERS,
        errors.PreemptionNotOpen,
        errors.PreemptionTooLarge,
        NotARatio,
        InventionIsRetired,
    ),
)
async def exercise_preemption(
    transfer: FromPath[Id], data: JSONBody[bodies.PreemptBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Take over a portion of what is to pass to somebody else, while the notice runs."""
    holder = data.holder or change.said["by"].party
    exercise = decisions.ExercisePreemption(**change.said, holder=holder, portion=data.portion)
    work = partial(handling.on_assets, transfer=transfer, command=exercise, decide=decisions.exercise_preemption)
    return await change.record(TRANSFERS, transfer, work)


@post(
    "/{transfer:str}/execute",
    status_code=200,
    responses=changing(
        TransferView,
        executing.ExecuteTransfer,
        *_POSTING,
        errors.TransferNotOpen,
        PartyIsInactive,
        InventionIsRetired,
        ownership.AssetIsFrozen,
        ownership.InsufficientHolding,
        ownership.OwnershipReplayConflict,
        consents.ConsentMissing,
        consents.ConsentShareTooSmall,
        consents.NoticeNotProven,
        consents.NoticePeriodRunning,
        consents.ConsentRuleNotSupported,
        SharesTooFine,
    ),
)
async def execute_transfer(transfer: FromPath[Id], change: NamedDependency[ChangeRequest]) -> Response[bytes]:
    """Execute a transfer: its shares pass on its day, or wait while its asset is UNALLOCATED."""
    execute = executing.ExecuteTransfer(**change.said)
    work = partial(handling.posting, transfer=transfer, command=execute, decide=executing.execute_transfer)
    return await change.record(TRANSFERS, transfer, work)


@post(
    "/{transfer:str}/rescind",
    status_code=200,
    responses=changing(
        TransferView,
        executing.RescindTransfer,
        *_POSTING,
        errors.TransferNotExecuted,
        RecordedOtherwise,
        ownership.OwnershipReplayConflict,
        SharesTooFine,
    ),
)
async def rescind_transfer(
    transfer: FromPath[Id], data: JSONBody[bodies.RescindBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Undo an executed transfer from its own day on, as if it had never been made."""
    rescind = executing.RescindTransfer(**change.said, ground=data.ground)
    work = partial(handling.posting, transfer=transfer, command=rescind, decide=executing.rescind_transfer)
    return await change.record(TRANSFERS, transfer, work)


@post(
    "/{transfer:str}/recordals",
    status_code=200,
    responses=changing(TransferView, executing.FileRecordal, *_EVERY, errors.TransferNotExecuted, RecordedOtherwise),
)
async def file_recordal(
    transfer: FromPath[Id], data: JSONBody[bodies.FileRecordalBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Say that an executed transfer was filed for recordal at an office."""
    file = executing.FileRecordal(**change.said, right=data.right, office=data.office, filed_on=data.filed_on)
    work = partial(handling.alone, transfer=transfer, command=file, decide=executing.file_recordal)
    return await change.record(TRANSFERS, transfer, work)


@post(
    "/{transfer:str}/recordals/confirm",
    status_code=200,
    responses=changing(
        TransferView, executing.ConfirmRecordal, *_EVERY, errors.TransferNotExecuted, errors.RecordalNotFiled
    ),
)
async def confirm_recordal(
    transfer: FromPath[Id], data: JSONBody[bodies.ConfirmRecordalBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Say that the office recorded the transfer, under its reference."""
    confirm = executing.ConfirmRecordal(**change.said, right=data.right, office=data.office, office_ref=data.office_ref)
    work = partial(handling.alone, transfer=transfer, command=confirm, decide=executing.confirm_recordal)
    return await change.record(TRANSFERS, transfer, work)


@get("/", responses=finding(AgreementNotFound))
async def list_transfers(
    pages: NamedDependency[ListRequest],
    agreement: OfAgreement = None,
    status: HasStatus = None,
    asset: OfAsset = None,
    party: OfParty = None,
) -> Response[Page[TransferView]]:
    """List the transfers that the caller's party may see, of one agreement or of all."""
    return await list_found(
        pages, TRANSFERS, handling.shown_to, agreement, {"status": status, "asset": asset, "party": party}
    )


@get("/{transfer:str}", responses=showing(TransferView, errors.TransferNotFound))
async def show_transfer(transfer: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show a transfer and who consented to it."""
    state, _ = await handling.shown_to(read.reader, transfer, read.by)
    return await read.shown(TRANSFERS, transfer, state, beside=told(state.silent_until))


@get("/{transfer:str}/history", responses=remembering(errors.TransferNotFound))
async def show_history_of_transfer(
    transfer: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what happened to a transfer, oldest first, as far as the caller's party sees it."""
    await handling.transfer_of(history.reader, transfer, history.by)
    return await history.shown(TRANSFER, transfer)


ROUTES = Router(
    "/v1/transfers",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        propose_transfer,
        consent_to_transfer,
        refuse_transfer,
        exercise_preemption,
        execute_transfer,
        rescind_transfer,
        file_recordal,
        confirm_recordal,
        list_transfers,
        show_transfer,
        show_history_of_transfer,
    ],
    tags=["transfers"],
)
