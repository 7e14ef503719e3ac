"""What a party declares of its own affiliations, and what the other end says of it.

Nobody is anybody's affiliate by it until both have said so; then it is entered among all affiliations, by their rules.
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from services.agreements.affiliations.decisions import DeclareAffiliation, check_form, declare_affiliation
from services.agreements.affiliations.errors import (
    AffiliationEndInvalid,
    BeginsBeforeDeclared,
    ConfirmationOverdue,
    ControlTooSmall,
    DeclarationDecided,
    DeclarationNotConfirmed,
    DeclarationWaits,
    DeclaredByOperator,
    EndsBeforeToday,
    NotAnEnd,
    NotWhoDeclared,
    OwnDeclaration,
    TooManyOfTwo,
    TooManyUnanswered,
)
from services.agreements.affiliations.model import Affiliations, DeclarationStatus, PartyDeclaration, next_due
from services.agreements.commands import Command
from services.agreements.creation import create
from services.agreements.gates import Gate, Standing
from services.agreements.repetition import already
from shared.calendar import days_after
from shared.events.affiliation import (
    AffiliationBasis,
    AffiliationEnded,
    DeclarationConfirmed,
    DeclarationDeclined,
    DeclarationEnded,
    DeclarationLapsed,
    DeclarationMade,
    DeclarationWithdrawn,
)
from shared.events.registry import Event
from shared.events.values import Period
from shared.ratio import parse_ratio

Events = tuple[Event, ...]
# What is confirmed later begins before it was agreed, and more than so many days back only an operator says.
CONFIRM_DAYS: Final = 30
# All affiliations are kept together, and no two parties may use up the room of the others.
MAX_OF_TWO: Final = 20


# Whoever is asked looks at each of them, and whoever declares waits for all of these to be counted.
MAX_UNANSWERED: Final = 50
_HALF: Final = Fraction(1, 2)


class MakeDeclaration(Command, frozen=True, kw_only=True):
    # It lets another organisation speak for this one, in all that it does: as much as naming a representative.
    gate = Gate(power="APPOINT", new=True, standing=Standing.ANY)

    declaration: str
    parent: str
    child: str
    basis: AffiliationBasis
    control_ratio: str | None = None
    accrual: bool = True
    period: Period


class ConfirmDeclaration(Command, frozen=True, kw_only=True):
    gate = Gate(power="APPOINT", new=True, standing=Standing.ANY)


class DeclineDeclaration(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", standing=Standing.ANY)

    reason: str


class WithdrawDeclaration(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", standing=Standing.ANY)

    reason: str


class EndDeclaration(Command, frozen=True, kw_only=True):
    gate = Gate(power="APPOINT", standing=Standing.ANY)

    to: date
    reason: str


def make_declaration(
    state: PartyDeclaration | None,
    affiliations: Affiliations | None,
    command: MakeDeclaration,
    *,
    unanswered: Sequence[PartyDeclaration] = (),
) -> Events:
    """Declare an affiliation; what could not be entered if it were confirmed today is refused already.

    `unanswered` are the open declarations that either of the two has made.
    """
    declared = DeclareAffiliation(
        parent=command.parent,
        child=command.child,
        basis=command.basis,
        control_ratio=command.control_ratio,
        accrual=command.accrual,
        period=command.period,
    )
    check_form(declared)
    if command.by.party not in {command.parent, command.child}:
        raise NotAnEnd(expected=[command.parent, command.child], got=command.by.party)
    made = DeclarationMade(
        declaration=command.declaration,
        parent=command.parent,
        child=command.child,
        basis=command.basis,
        control_ratio=command.control_ratio,
        accrual=command.accrual,
        period=command.period,
        declared_by=command.by.party,
        declared_on=command.today,
        confirm_by=days_after(command.today, CONFIRM_DAYS) or date.max,
    )
    events = create(state, made, declaration=command.declaration)
    if events:
        if command.period.start < command.today:
            raise BeginsBeforeDeclared(expected=f"at least {command.today}", got=command.period.start)
        _check_control(declared)
        _check_room(affiliations, command.parent, command.child)
        declare_affiliation(affiliations, declared)
        _check_unanswered(unanswered, command)
    return events


def confirm_declaration(state: PartyDeclaration, command: ConfirmDeclaration) -> Events:
    """Confirm what the other end declared; what follows for all affiliations `entered` says."""
    if command.by.party != state.asked:
        raise OwnDeclaration(expected=state.asked, got=command.by.party)
    if state.status is DeclarationStatus.CONFIRMED:
        return ()
    _check_open(state)
    if command.today > state.confirm_by:
        raise ConfirmationOverdue(expected=f"at most {state.confirm_by}", got=command.today)
    confirmed = DeclarationConfirmed(
        declaration=state.declaration, parent=state.parent, child=state.child, party=command.by.party
    )
    return (confirmed,)


def entered(state: PartyDeclaration, affiliations: Affiliations | None) -> Events:
    """Return what a confirmed declaration adds to all affiliations: nothing where an operator has entered it."""
    declared = DeclareAffiliation(
        parent=state.parent,
        child=state.child,
        basis=state.basis,
        control_ratio=state.control_ratio,
        accrual=state.accrual,
        period=state.period,
        declaration=state.declaration,
    )
    events = declare_affiliation(affiliations, declared)
    if events:
        _check_control(declared)
        _check_room(affiliations, state.parent, state.child)
    return events


def decline_declaration(state: PartyDeclaration, command: DeclineDeclaration) -> Events:
    if command.by.party != state.asked:
        raise OwnDeclaration(expected=state.asked, got=command.by.party)
    said = {"party": command.by.party, "reason": command.reason}
    if state.status is DeclarationStatus.DECLINED:
        return already(state.ended, said, declaration=state.declaration)
    _check_open(state)
    ids = {"declaration": state.declaration, "parent": state.parent, "child": state.child}
    return (DeclarationDeclined(**ids, party=command.by.party, reason=command.reason),)


def withdraw_declaration(state: PartyDeclaration, command: WithdrawDeclaration) -> Events:
    if command.by.party != state.declared_by:
        raise NotWhoDeclared(expected=state.declared_by, got=command.by.party)
    said = {"party": command.by.party, "reason": command.reason}
    if state.status is DeclarationStatus.WITHDRAWN:
        return already(state.ended, said, declaration=state.declaration)
    _check_open(state)
    ids = {"declaration": state.declaration, "parent": state.parent, "child": state.child}
    return (DeclarationWithdrawn(**ids, party=command.by.party, reason=command.reason),)


def end_declaration(
    state: PartyDeclaration, affiliations: Affiliations | None, command: EndDeclaration
) -> tuple[Events, Events]:
    """End, as either end, what both have declared: return what happens to the declaration, and to all affiliations.

    What has not begun by then ends before it begins.
    """
    to = max(command.to, state.period.start)
    said = {"party": command.by.party, "reason": command.reason}
    if state.status is DeclarationStatus.ENDED and state.ends_on == to:
        return already(state.ended, said, declaration=state.declaration), ()
    if state.status not in {DeclarationStatus.CONFIRMED, DeclarationStatus.ENDED}:
        raise DeclarationNotConfirmed(got=state.status, declaration=state.declaration)
    if command.to < command.today:
        raise EndsBeforeToday(expected=f"at least {command.today}", got=command.to)
    declared = affiliations.declared if affiliations else ()
    known = next((each for each in declared if each.declaration == state.declaration), None)
    if known is None:
        raise DeclaredByOperator(parent=state.parent, child=state.child)
    if known.period.end is not None and to >= known.period.end:
        raise AffiliationEndInvalid(expected=f"before {known.period.end}", got=to)
    ends = {"parent": state.parent, "child": state.child, "declaration": state.declaration}
    ended = DeclarationEnded(**ends, party=command.by.party, to=to, reason=command.reason)
    return (ended,), (AffiliationEnded(**ends, since=known.period.start, to=to),)


def advance(state: PartyDeclaration, today: date) -> Events:
    """Let what nobody has confirmed in time lapse."""
    due = next_due(state)
    if due is None or today < due:
        return ()
    return (DeclarationLapsed(declaration=state.declaration, parent=state.parent, child=state.child),)


def _check_open(state: PartyDeclaration) -> None:
    if state.status is not DeclarationStatus.OPEN:
        raise DeclarationDecided(got=state.status, declaration=state.declaration)


def _check_control(declared: DeclareAffiliation) -> None:
    ratio = declared.control_ratio
    if declared.basis == "CONTROL" and ratio is not None and parse_ratio(ratio) <= _HALF:
        raise ControlTooSmall(expected="above 1/2", got=ratio)


def _check_unanswered(unanswered: Sequence[PartyDeclaration], command: MakeDeclaration) -> None:
    for each in unanswered:
        if each.ends == (command.parent, command.child):
            raise DeclarationWaits(declaration=each.declaration, parent=each.parent, child=each.child)
    if sum(each.declared_by == command.by.party for each in unanswered) >= MAX_UNANSWERED:
        raise TooManyUnanswered(expected=f"at most {MAX_UNANSWERED}", party=command.by.party)


def _check_room(affiliations: Affiliations | None, parent: str, child: str) -> None:
    known = [each for each in (affiliations.declared if affiliations else ()) if each.parent == parent]
    if sum(each.child == child for each in known) >= MAX_OF_TWO:
        raise TooManyOfTwo(expected=f"at most {MAX_OF_TWO}", parent=parent, child=child)
