"""Giving an invention up: by the rule that the terms have for abandoning, and never while it is disputed."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from fractions import Fraction

from services.agreements.commands import HoldersCommand
from services.agreements.inventions.model import Invention, InventionStatus, Retirement, check_not_retired
from services.agreements.licences.consent import check_consent
from services.agreements.ownership.account import holdings_on
from services.agreements.retirement.errors import (
    InventionIsDisputed,
    OnlyHoldersRetire,
    RetirementIsProposed,
    RetirementNotOpen,
)
from services.agreements.transfers.decisions import NOTICE_RULES, Applicable, deemed_on
from services.agreements.transfers.errors import NoVeto
from shared.calendar import day_after, days_after
from shared.errors import DomainError
from shared.events.law import agreed_consent
from shared.events.registry import Event
from shared.events.retirement import (
    InventionRetired,
    RetirementConsentGiven,
    RetirementOpposed,
    RetirementProposed,
)
from shared.events.terms import ConsentRule, Terms

Events = tuple[Event, ...]
# What is asked of everybody where the terms are from before they had to say what abandoning takes.
_STRICTEST = ConsentRule(rule="UNANIMOUS")


class ProposeRetirement(HoldersCommand, frozen=True, kw_only=True):
    reason: str


class ConsentToRetirement(HoldersCommand, frozen=True, kw_only=True):
    pass


class OpposeRetirement(HoldersCommand, frozen=True, kw_only=True):
    reason: str


def propose_retirement(state: Invention, terms: Terms, command: ProposeRetirement) -> Events:
    """Propose to give an invention up, which is notice to the others; alone, or by a rule of none, it is done."""
    if state.status is InventionStatus.RETIRED:
        return ()
    _check_holder(state, command)
    if state.disputes:
        raise InventionIsDisputed(invention=state.invention, disputes=sorted(state.disputes))
    if state.retirement is not None:
        if (state.retirement.proposed_by_party, state.retirement.reason) == (command.holder, command.reason):
            return ()
        raise RetirementIsProposed(invention=state.invention, party=state.retirement.proposed_by_party)
    rule = agreed_consent(terms).abandon or _STRICTEST
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
        retires_on=_retires_on(rule, terms, command.today),
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
        _check_veto(state, waiting, command)
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
    """Return the day on which an invention is given up if nobody opposes that before."""
    return state.retirement.retires_on if state.retirement else None


def advance(state: Invention, today: date) -> Events:
    """Give up what nobody has opposed in time."""
    waiting = state.retirement
    if waiting is None or waiting.retires_on is None or waiting.retires_on > today:
        return ()
    return (_retired(state, waiting, waiting.consents.keys(), waiting.retires_on),)


def _retired(state: Invention, waiting: Retirement, consents: AbstractSet[str], day: date) -> InventionRetired:
    return InventionRetired(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        invention=state.invention,
        reason=waiting.reason,
        consents=tuple(sorted(consents)),
        retired_on=day,
    )


def _retired_if_met(state: Invention, waiting: Retirement, consents: AbstractSet[str], today: date) -> Events:
    met = _is_met(state, waiting, consents, today)
    return (_retired(state, waiting, consents, today),) if met else ()


def _retires_on(rule: ConsentRule, terms: Terms, noticed_on: date) -> date | None:
    """Return the first day after the time to oppose, where the rule is one of silence."""
    if rule.rule in NOTICE_RULES:
        return days_after(noticed_on, rule.days or 0)
    calendar = terms.calendar
    applicable = Applicable(rule, between_affiliates=False, weekend=calendar.weekend, holidays=calendar.holiday_dates)
    return day_after(deemed_on(applicable, noticed_on))


def _is_met(state: Invention, waiting: Retirement, consents: AbstractSet[str], today: date) -> bool:
    # Before the time to oppose is over, silence says nothing: then all must have spoken.
    rule = _STRICTEST if waiting.rule.rule == "LEAD_DEEMED" else waiting.rule
    shares = _shares(state, today)
    try:
        check_consent(rule, shares, consents, noticed_on=waiting.noticed_on, effective_on=today)
    except DomainError:
        return False
    return True


def _check_veto(state: Invention, waiting: Retirement, command: OpposeRetirement) -> None:
    """Raise NoVeto where the rule can be met without this holder."""
    if waiting.rule.rule in {*NOTICE_RULES, "UNANIMOUS", "LEAD_DEEMED"}:
        return
    if _is_met(state, waiting, set(_shares(state, command.today)) - {command.holder}, command.today):
        raise NoVeto(got=command.holder, invention=state.invention)


def _check_holder(state: Invention, command: HoldersCommand) -> None:
    """Raise OnlyHoldersRetire; while it is UNALLOCATED any party of its project may turn out to be one."""
    holders = _shares(state, command.today)
    if command.holder not in holders:
        raise OnlyHoldersRetire(expected=sorted(holders), got=command.holder, invention=state.invention)


def _shares(state: Invention, today: date) -> Mapping[str, Fraction]:
    alike = Fraction(1, len(state.parties))
    return holdings_on(state.account, today) or dict.fromkeys(state.parties, alike)


def _open(state: Invention) -> Retirement:
    if state.retirement is None:
        raise RetirementNotOpen(invention=state.invention)
    return state.retirement
