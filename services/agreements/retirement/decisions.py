"""Giving an invention up: by the rule that the terms have for abandoning, and never while it is disputed."""

from collections.abc import Set as AbstractSet
from datetime import date

from services.agreements.commands import HoldersCommand
from services.agreements.consent.acts import ACTS, rule_of
from services.agreements.consent.holders import shares_from
from services.agreements.consent.proposal import Proposal, check_refusal, is_met
from services.agreements.gates import Gate, Standing
from services.agreements.inventions.model import Invention, InventionStatus, Retirement, check_not_retired
from services.agreements.repetition import already
from services.agreements.retirement.errors import (
    InventionIsDisputed,
    OnlyHoldersRetire,
    RetirementIsProposed,
    RetirementNotOpen,
)
from shared.events.registry import Event
from shared.events.retirement import (
    InventionRetired,
    RetirementConsentGiven,
    RetirementOpposed,
    RetirementProposed,
)
from shared.events.terms import TIMED_RULES, CalendarTerms, Terms

Events = tuple[Event, ...]


class ProposeRetirement(HoldersCommand, frozen=True, kw_only=True):
    gate = Gate(power="TRANSFER", standing=Standing.TOOK_EFFECT)

    reason: str


class ConsentToRetirement(HoldersCommand, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", standing=Standing.TOOK_EFFECT)


class OpposeRetirement(HoldersCommand, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", standing=Standing.TOOK_EFFECT)

    reason: str


def propose_retirement(state: Invention, terms: Terms, command: ProposeRetirement) -> Events:
    """Propose to give an invention up, which is notice to the others; alone, or by a rule of none, it is done."""
    if state.status is InventionStatus.RETIRED:
        return already({"reason": state.retired_because}, {"reason": command.reason}, invention=state.invention)
    _check_holder(state, command)
    if state.disputes:
        raise InventionIsDisputed(invention=state.invention, disputes=sorted(state.disputes))
    if state.retirement is not None:
        if (state.retirement.proposed_by_party, state.retirement.reason) == (command.holder, command.reason):
            return ()
        raise RetirementIsProposed(invention=state.invention, party=state.retirement.proposed_by_party)
    rule = rule_of("ABANDON", terms, agreement=state.agreement)
    takes_time = rule.rule in TIMED_RULES
    proposed = RetirementProposed(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        invention=state.invention,
        party=command.holder,
        person=command.by.person,
        reason=command.reason,
        rule=rule,
        noticed_on=command.today,
        retires_on=None,
        notice_method=terms.notice.method if takes_time else None,
        notice_to=tuple(sorted(_holders(state, command.today) - {command.holder})) if takes_time else (),
        calendar=terms.calendar if rule.rule == "LEAD_DEEMED" else None,
    )
    waiting = Retirement.of(proposed)
    return (proposed, *_retired_if_met(state, waiting, waiting.consents.keys(), command.today))


def consent_to_retirement(state: Invention, command: ConsentToRetirement) -> Events:
    """Agree to give it up; it is, once those have whose consent the rule asks for."""
    if state.status is InventionStatus.RETIRED:
        return ()
    waiting = _open(state)
    _check_holder(state, command)
    if command.holder in waiting.consents:
        return ()
    given = RetirementConsentGiven(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        invention=state.invention,
        party=command.holder,
        person=command.by.person,
    )
    consents = {*waiting.consents, command.holder}
    return (given, *_retired_if_met(state, waiting, consents, command.today))


def oppose_retirement(state: Invention, command: OpposeRetirement) -> Events:
    """Keep the invention; whoever proposed to give it up may take that back, too."""
    check_not_retired(state)
    waiting = _open(state)
    _check_holder(state, command)
    if command.holder != waiting.proposed_by_party:
        check_refusal(_proposal_of(waiting), [state], command.holder, command.today, invention=state.invention)
    opposed = RetirementOpposed(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        invention=state.invention,
        party=command.holder,
        person=command.by.person,
        reason=command.reason,
    )
    return (opposed,)


def next_due(state: Invention) -> date | None:
    """Return the day on which an invention is given up if nobody opposes that before, once it is known."""
    return state.retirement.due_on if state.retirement else None


def advance(state: Invention, today: date) -> Events:
    """Give up what nobody has opposed in time."""
    waiting = state.retirement
    if waiting is None or waiting.due_on is None or waiting.due_on > today:
        return ()
    return (_retired(state, waiting, waiting.consents.keys(), waiting.due_on),)


def _retired(state: Invention, waiting: Retirement, consents: AbstractSet[str], day: date) -> InventionRetired:
    return InventionRetired(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        invention=state.invention,
        reason=waiting.reason,
        consents=tuple(sorted(consents)),
        retired_on=day,
        notice=waiting.silence.event if waiting.silence else None,
    )


def _retired_if_met(state: Invention, waiting: Retirement, consents: AbstractSet[str], today: date) -> Events:
    met = is_met(_proposal_of(waiting), [state], consents, today)
    return (_retired(state, waiting, consents, today),) if met else ()


def _proposal_of(waiting: Retirement) -> Proposal:
    return Proposal(
        procedure=ACTS["ABANDON"],
        rule=waiting.rule,
        noticed_on=waiting.noticed_on,
        last_days=None if waiting.notice_method is None else waiting.silence.until if waiting.silence else {},
        calendar=waiting.calendar or CalendarTerms(),
    )


def _check_holder(state: Invention, command: HoldersCommand) -> None:
    # Also whoever is to hold something later, by what is recorded: it is given up for them as well.
    holders = _holders(state, command.today)
    if command.holder not in holders:
        raise OnlyHoldersRetire(expected=sorted(holders), got=command.holder, invention=state.invention)


def _holders(state: Invention, today: date) -> set[str]:
    return {holder for shares in shares_from(state, today) for holder in shares}


def _open(state: Invention) -> Retirement:
    if state.retirement is None:
        raise RetirementNotOpen(invention=state.invention)
    return state.retirement
