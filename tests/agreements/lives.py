"""What happens to an agreement in effect: commands that are valid as they are, and the works they make."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from services.agreements.commands import Representative
from services.agreements.contracts import amendments, decisions, ending, handling
from services.agreements.contracts.model import AGREEMENT, Agreement
from services.agreements.projects import decisions as projects
from services.agreements.projects import handling as projects_handling
from shared.events.registry import Event
from shared.events.terms import PublicationTerms
from shared.log.handle import Work
from tests.agreements.controls import ATRC, EGU, HUT, OTHER_DIGEST, TODAY, active, said, terms
from tests.agreements.desk import Desk, in_agreement

Events = tuple[Event, ...]
SOON = date(2025, 7, 1)
ENDS = date(2034, 2, 1)
LONGER_NOTICE = terms(publication=PublicationTerms(notice_days=60))


def amending(**changed: Any) -> amendments.ProposeAmendment:
    """Propose to hold up publications for longer, from the first of July on."""
    return amendments.ProposeAmendment(
        **said(changed, terms=LONGER_NOTICE, document_hash=OTHER_DIGEST, effective_on=SOON)
    )


def signing_amendment(new_terms_hash: str, **changed: Any) -> amendments.SignAmendment:
    return amendments.SignAmendment(**said(changed, no=1, new_terms_hash=new_terms_hash, signed_on=TODAY))


def retracting(**changed: Any) -> amendments.RetractAmendment:
    return amendments.RetractAmendment(**said(changed, no=1))


def leaving(**changed: Any) -> ending.LeaveAgreement:
    return ending.LeaveAgreement(**said({"by": EGU, **changed}, effective_on=SOON, reason="other plans"))


def renewing(**changed: Any) -> ending.RenewAgreement:
    return ending.RenewAgreement(**said(changed, new_to=date(2036, 2, 1)))


def suspending(**changed: Any) -> ending.SuspendAgreement:
    return ending.SuspendAgreement(**said(changed, ground="a breach to be healed"))


def resuming(**changed: Any) -> ending.ResumeAgreement:
    return ending.ResumeAgreement(**said(changed))


def terminating(**changed: Any) -> ending.TerminateAgreement:
    return ending.TerminateAgreement(
        **said(changed, notice_on=TODAY, effective_on=date(2025, 12, 1), ground="nothing in common")
    )


def giving_up(**changed: Any) -> decisions.WithdrawAgreement:
    return decisions.WithdrawAgreement(**said(changed, reason="no funds"))


def after(state: Agreement, *events: Event) -> Agreement:
    """Return what becomes of an agreement by events."""
    evolved = AGREEMENT.fold(state, events)
    assert evolved is not None
    return evolved


def then(state: Agreement, decide: Callable[[Agreement, Any], Events], command: Any) -> Agreement:
    """Return what becomes of an agreement by a command."""
    return after(state, *decide(state, command))


def by_day(state: Agreement, today: date) -> Agreement:
    """Return what time alone makes of an agreement by a day."""
    while events := decisions.advance(state, today):
        state = after(state, *events)
    return state


def amended(*signatories: Representative, **changed: Any) -> Agreement:
    """Return an agreement with a proposed amendment that these have signed."""
    state = then(active(), amendments.propose_amendment, amending(**changed))
    assert state.open_amendment is not None
    terms_hash = state.open_amendment.version.in_force.terms_hash
    for by in signatories:
        state = then(state, amendments.sign_amendment, signing_amendment(terms_hash, by=by))
    return state


def three_parties() -> Agreement:
    """Return an agreement that EGU has joined."""
    joining = amending(effective_on=TODAY, acceding=("EGU",))
    state = then(active(), amendments.propose_amendment, joining)
    assert state.open_amendment is not None
    terms_hash = state.open_amendment.version.in_force.terms_hash
    for by in (HUT, ATRC, EGU):
        state = then(state, amendments.sign_amendment, signing_amendment(terms_hash, by=by))
    return state


def survived(months: int | None = 60) -> Agreement:
    """Return an agreement that has expired and of which one clause goes on."""
    survival = terms().survival[0]
    state = active(terms=terms(survival=(type(survival)(clause="confidentiality", months=months),)))
    return by_day(state, ENDS)


# -- at a desk ------------------------------------------------------------------------------------------------


def ended(**changed: Any) -> Work:
    return in_agreement("MOU", ending.terminate_agreement, terminating(**changed))


def suspended(**changed: Any) -> Work:
    return in_agreement("MOU", ending.suspend_agreement, suspending(**changed))


def renewed(**changed: Any) -> Work:
    return in_agreement("MOU", ending.renew_agreement, renewing(**changed))


def left(**changed: Any) -> Work:
    return in_agreement("MOU", ending.leave_agreement, leaving(**changed))


def given_up(**changed: Any) -> Work:
    return in_agreement("MOU", decisions.withdraw_agreement, giving_up(**changed))


def amendment_proposed(**changed: Any) -> Work:
    return partial(handling.propose_amendment, agreement="MOU", command=amending(**changed))


def amendment_signed(new_terms_hash: str, **changed: Any) -> Work:
    return partial(handling.sign_amendment, agreement="MOU", command=signing_amendment(new_terms_hash, **changed))


def amendment_retracted(**changed: Any) -> Work:
    return in_agreement("MOU", amendments.retract_amendment, retracting(**changed))


async def open_hash(desk: Desk) -> str:
    """Return what is to be signed of the open amendment."""
    state: Agreement = await desk.state(AGREEMENT, "MOU")
    assert state.open_amendment is not None
    return state.open_amendment.version.in_force.terms_hash


# -- projects -------------------------------------------------------------------------------------------------


def pausing(**changed: Any) -> projects.PauseProject:
    return projects.PauseProject(**said(changed, reason="the laboratory moves"))


def resuming_project(**changed: Any) -> projects.ResumeProject:
    return projects.ResumeProject(**said(changed))


def completing(**changed: Any) -> projects.CompleteProject:
    return projects.CompleteProject(**said(changed, completed_on=TODAY))


def cancelling(**changed: Any) -> projects.CancelProject:
    return projects.CancelProject(**said(changed, reason="no funds"))


def stopped(decide: Any, command: Any) -> Work:
    """Give the work of pausing or ending the project."""
    return partial(projects_handling.stop, project="PRJ", command=command, decide=decide, effective_on=TODAY)


def resumed(**changed: Any) -> Work:
    return partial(projects_handling.resume, project="PRJ", command=resuming_project(**changed))
