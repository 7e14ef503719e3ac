"""How long an agreement lasts, over HTTP: leaving, renewal, suspension, termination."""

from functools import partial

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from services.agreements.contracts import ending, errors, handling
from services.agreements.contracts.bodies import LeaveBody, RenewBody, SuspendBody, TerminateBody
from services.agreements.contracts.views import AGREEMENTS, AgreementView
from services.agreements.errors import DayNotReached, RecordedOtherwise
from services.agreements.fields import Id
from services.agreements.requests import ChangeRequest
from services.agreements.responses import changing


@post(
    "/{agreement:str}/leave",
    status_code=200,
    responses=changing(
        AgreementView,
        ending.LeaveAgreement,
        errors.AgreementNotFound,
        errors.WithdrawalBackdated,
        errors.TooFewParties,
        RecordedOtherwise,
    ),
)
async def leave_agreement(
    agreement: FromPath[Id], data: JSONBody[LeaveBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Let the caller's party leave on a day; it keeps what it holds."""
    leave = ending.LeaveAgreement(**change.said, effective_on=data.effective_on, reason=data.reason)
    work = partial(handling.change, agreement=agreement, command=leave, decide=ending.leave_agreement)
    return await change.record(AGREEMENTS, agreement, work)


@post(
    "/{agreement:str}/renew",
    status_code=200,
    responses=changing(
        AgreementView,
        ending.RenewAgreement,
        errors.AgreementNotFound,
        errors.RenewalNotLater,
        errors.NoticeGiven,
        errors.AmendmentPending,
    ),
)
async def renew_agreement(
    agreement: FromPath[Id], data: JSONBody[RenewBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Agree, for the caller's party, that the agreement lasts longer; once all have, it does."""
    renew = ending.RenewAgreement(**change.said, new_to=data.new_to)
    work = partial(handling.change, agreement=agreement, command=renew, decide=ending.renew_agreement)
    return await change.record(AGREEMENTS, agreement, work)


@post(
    "/{agreement:str}/suspend",
    status_code=200,
    responses=changing(AgreementView, ending.SuspendAgreement, errors.AgreementNotFound, RecordedOtherwise),
)
async def suspend_agreement(
    agreement: FromPath[Id], data: JSONBody[SuspendBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Suspend the agreement: nothing new is done under it."""
    suspend = ending.SuspendAgreement(**change.said, ground=data.ground)
    work = partial(handling.change, agreement=agreement, command=suspend, decide=ending.suspend_agreement)
    return await change.record(AGREEMENTS, agreement, work)


@post(
    "/{agreement:str}/resume",
    status_code=200,
    responses=changing(AgreementView, ending.ResumeAgreement, errors.AgreementNotFound, errors.NotTheSuspendingParty),
)
async def resume_agreement(agreement: FromPath[Id], change: NamedDependency[ChangeRequest]) -> Response[bytes]:
    """Let the agreement go on, for the party that suspended it."""
    resume = ending.ResumeAgreement(**change.said)
    work = partial(handling.change, agreement=agreement, command=resume, decide=ending.resume_agreement)
    return await change.record(AGREEMENTS, agreement, work)


@post(
    "/{agreement:str}/terminate",
    status_code=200,
    responses=changing(
        AgreementView,
        ending.TerminateAgreement,
        errors.AgreementNotFound,
        errors.NoticeGiven,
        errors.NoticeTooShort,
        DayNotReached,
        RecordedOtherwise,
    ),
)
async def terminate_agreement(
    agreement: FromPath[Id], data: JSONBody[TerminateBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Give notice: the agreement ends on a day, and what survives goes on."""
    terminate = ending.TerminateAgreement(
        **change.said,
        notice_on=data.notice_on,
        effective_on=data.effective_on,
        ground=data.ground,
    )
    work = partial(handling.change, agreement=agreement, command=terminate, decide=ending.terminate_agreement)
    return await change.record(AGREEMENTS, agreement, work)


ROUTES: list[HTTPRouteHandler] = [
    leave_agreement,
    renew_agreement,
    suspend_agreement,
    resume_agreement,
    terminate_agreement,
]
