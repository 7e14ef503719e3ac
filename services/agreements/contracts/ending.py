"""How long an agreement lasts: renewed, suspended, left by a party, ended; and what of it goes on."""

from datetime import date

from services.agreements.commands import Command
from services.agreements.contracts.errors import (
    AmendmentPending,
    NoticeGiven,
    NoticeTooShort,
    NotTheSuspendingParty,
    RenewalNotLater,
    TooFewParties,
    WithdrawalBackdated,
)
from services.agreements.contracts.model import Agreement, AgreementStatus
from services.agreements.contracts.standing import check_standing
from services.agreements.contracts.versions import surviving
from services.agreements.errors import DayNotReached, PartyHasLeft
from services.agreements.gates import Gate, Standing
from services.agreements.repetition import already
from shared.events.agreement import (
    AgreementClosed,
    AgreementExpired,
    AgreementRenewalAgreed,
    AgreementRenewed,
    AgreementResumed,
    AgreementSuspended,
    AgreementTerminated,
    AmendmentLapsed,
    PartyWithdrew,
    SurvivalBegan,
    SurvivalEnded,
    TerminationNoticeGiven,
)
from shared.events.registry import Event

Events = tuple[Event, ...]
_MIN_PARTIES = 2


class LeaveAgreement(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", standing=Standing.IN_EFFECT, member=True, late=True)

    effective_on: date
    reason: str


class RenewAgreement(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", new=True, standing=Standing.IN_EFFECT, member=True, late=True)

    new_to: date


class SuspendAgreement(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", standing=Standing.IN_EFFECT, member=True, late=True)

    ground: str


class ResumeAgreement(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", standing=Standing.IN_EFFECT, member=True, late=True)


class TerminateAgreement(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", standing=Standing.IN_EFFECT, member=True, late=True)

    # None is today, and a repeat that leaves it open repeats a notice of whatever day.
    notice_on: date | None
    effective_on: date
    ground: str


def leave_agreement(state: Agreement, command: LeaveAgreement) -> Events:
    """Let a party go. What it holds stays its own; nothing that exists is touched."""
    if state.left.get(command.by.party) == command.effective_on:
        recorded = {"reason": state.left_because.get(command.by.party)}
        return already(recorded, {"reason": command.reason}, agreement=state.agreement)
    check_standing(state, command)
    if command.by.party in state.left:
        ids = {"agreement": state.agreement, "party": command.by.party, "on": state.left[command.by.party]}
        raise PartyHasLeft(got=command.by.party, **ids)
    if command.effective_on < command.today:
        raise WithdrawalBackdated(expected=f"at least {command.today}", got=command.effective_on)
    staying = [party for party in state.members_on(command.effective_on) if party != command.by.party]
    if len(staying) < _MIN_PARTIES:
        raise TooFewParties(expected=f"at least {_MIN_PARTIES}", got=len(staying))
    withdrew = PartyWithdrew(
        agreement=state.agreement,
        parties=state.parties,
        party=command.by.party,
        effective_on=command.effective_on,
        reason=command.reason,
    )
    return (withdrew,)


def renew_agreement(state: Agreement, command: RenewAgreement) -> Events:
    """Agree to a longer term; with the last party's word it is longer."""
    check_standing(state, command)
    if state.period.end == command.new_to:
        return ()
    if state.notice is not None:
        raise NoticeGiven(agreement=state.agreement, ends_on=state.notice.effective_on)
    if pending := state.open_amendment:
        raise AmendmentPending(agreement=state.agreement, no=pending.no)
    end = state.period.end
    if end is None or command.new_to <= end:
        expected = f"after {end}" if end else "of an agreement that ends"
        raise RenewalNotLater(expected=expected, got=command.new_to, agreement=state.agreement)
    agreed_by = state.renewal.agreed_by if state.renewal and state.renewal.new_to == command.new_to else ()
    if command.by.party in agreed_by:
        return ()
    agreed = AgreementRenewalAgreed(
        agreement=state.agreement,
        parties=state.parties,
        party=command.by.party,
        person=command.by.person,
        new_to=command.new_to,
    )
    if not set(state.members_on(command.today)) <= {*agreed_by, command.by.party}:
        return (agreed,)
    return (agreed, AgreementRenewed(agreement=state.agreement, parties=state.parties, new_to=command.new_to))


def suspend_agreement(state: Agreement, command: SuspendAgreement) -> Events:
    check_standing(state, command)
    if state.status is AgreementStatus.SUSPENDED:
        recorded = {"party": state.suspended_by, "ground": state.suspended_because}
        said = {"party": command.by.party, "ground": command.ground}
        return already(recorded, said, agreement=state.agreement)
    suspended = AgreementSuspended(
        agreement=state.agreement,
        parties=state.parties,
        suspended_by_party=command.by.party,
        ground=command.ground,
    )
    return (suspended,)


def resume_agreement(state: Agreement, command: ResumeAgreement) -> Events:
    check_standing(state, command)
    if state.status is AgreementStatus.ACTIVE:
        return ()
    # Unless that party is gone: what it leaves must not stay as it left it.
    if state.suspended_by in state.members_on(command.today) and command.by.party != state.suspended_by:
        raise NotTheSuspendingParty(expected=state.suspended_by, got=command.by.party, agreement=state.agreement)
    return (AgreementResumed(agreement=state.agreement, parties=state.parties, resumed_by_party=command.by.party),)


def terminate_agreement(state: Agreement, command: TerminateAgreement) -> Events:
    """Give notice; where its day is today the agreement ends with it."""
    notice = state.notice
    if notice and (notice.by_party, notice.effective_on) == (command.by.party, command.effective_on):
        recorded = {"notice_on": notice.notice_on, "ground": notice.ground}
        said = {"notice_on": command.notice_on or notice.notice_on, "ground": command.ground}
        return already(recorded, said, agreement=state.agreement)
    check_standing(state, command)
    if notice is not None:
        raise NoticeGiven(agreement=state.agreement, ends_on=notice.effective_on)
    notice_on = command.notice_on or command.today
    if notice_on > command.today:
        raise DayNotReached(expected=f"at most {command.today}", got=notice_on, agreement=state.agreement)
    if command.effective_on < command.today:
        raise NoticeTooShort(expected=f"at least {command.today}", got=command.effective_on, agreement=state.agreement)
    given = TerminationNoticeGiven(
        agreement=state.agreement,
        parties=state.parties,
        by_party=command.by.party,
        notice_on=notice_on,
        effective_on=command.effective_on,
        ground=command.ground,
    )
    if command.effective_on > command.today:
        return (given,)
    return (given, *end_by_notice(state, command.effective_on))


def end_by_notice(state: Agreement, day: date) -> Events:
    terminated = AgreementTerminated(agreement=state.agreement, parties=state.parties, effective_on=day)
    return (terminated, *_what_goes_on(state, day))


def end_by_time(state: Agreement, day: date) -> Events:
    expired = AgreementExpired(agreement=state.agreement, parties=state.parties, effective_on=day)
    return (expired, *_what_goes_on(state, day))


def end_clauses(state: Agreement, day: date) -> Events:
    """Return the end of the clauses whose time is over, and with the last of them that of the agreement."""
    over = [each for each in state.surviving if each.until is not None and each.until <= day]
    ended = tuple(
        SurvivalEnded(agreement=state.agreement, parties=state.parties, clause=each.clause, effective_on=day)
        for each in over
    )
    return ended if len(over) < len(state.surviving) else (*ended, _closed(state, day))


def _what_goes_on(state: Agreement, day: date) -> Events:
    amendment = state.open_amendment
    lapsing: Events = ()
    if amendment is not None:
        lapsing = (
            AmendmentLapsed(
                agreement=state.agreement,
                parties=amendment.signatories,
                no=amendment.no,
                reason="AGREEMENT_ENDED",
            ),
        )
    clauses = surviving(state.standing.terms.survival, day)
    if not clauses:
        return (*lapsing, _closed(state, day))
    began = SurvivalBegan(agreement=state.agreement, parties=state.parties, clauses=clauses, effective_on=day)
    return (*lapsing, began)


def _closed(state: Agreement, day: date) -> AgreementClosed:
    return AgreementClosed(agreement=state.agreement, parties=state.parties, effective_on=day)
