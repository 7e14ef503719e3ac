"""What may be done with affiliations, and what then happened."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import ClassVar

import msgspec

from services.agreements.affiliations.errors import (
    AccrualParentTaken,
    AffiliationCycle,
    AffiliationDeclaredAlready,
    AffiliationEndInvalid,
    AffiliationNotFound,
    ControlRatioInvalid,
    OwnParent,
    TooManyAffiliations,
)
from services.agreements.affiliations.model import Affiliations, Declaration, is_same
from services.agreements.errors import PeriodEmpty
from services.agreements.gates import Gate, Standing
from shared.events.affiliation import AffiliationBasis, AffiliationDeclared, AffiliationEnded
from shared.events.registry import Event
from shared.events.values import Period
from shared.ratio import parse_ratio

Events = tuple[Event, ...]
MAX_AFFILIATIONS = 5_000


class DeclareAffiliation(msgspec.Struct, frozen=True, kw_only=True):
    """An operator's command, like the registration of the parties: it says whose shares go where."""

    gate: ClassVar[Gate] = Gate(power=None, standing=Standing.ANY)

    parent: str
    child: str
    basis: AffiliationBasis
    control_ratio: str | None = None
    accrual: bool = True
    period: Period
    # By which both ends have declared it; None where an operator does.
    declaration: str | None = None


class EndAffiliation(msgspec.Struct, frozen=True, kw_only=True):
    gate: ClassVar[Gate] = Gate(power=None, standing=Standing.ANY)

    parent: str
    child: str
    to: date


def declare_affiliation(state: Affiliations | None, command: DeclareAffiliation) -> Events:
    declared = state.declared if state else ()
    check_form(command)
    new = Declaration(
        parent=command.parent,
        child=command.child,
        basis=command.basis,
        control_ratio=command.control_ratio,
        accrual=command.accrual,
        period=command.period,
        declaration=command.declaration,
    )
    same = [each for each in declared if is_same(each, new)]
    # What its two ends have declared counts for more once an operator says so, too.
    if any(command.declaration is not None or each.declaration is None for each in same):
        return ()
    others = [each for each in declared if each not in same and not each.period.is_empty()]
    at_the_time = [each for each in others if overlap(each.period, command.period)]
    for each in at_the_time:
        if (each.parent, each.child) == (command.parent, command.child):
            raise AffiliationDeclaredAlready(got=f"since {each.period.start}", parent=each.parent, child=each.child)
        if command.accrual and each.accrual and each.child == command.child:
            raise AccrualParentTaken(parent=each.parent, child=command.child)
    for day in _days_to_look_at(command.period, at_the_time):
        if way := _way_up(command.parent, command.child, [each for each in at_the_time if each.period.covers(day)]):
            raise AffiliationCycle(got=f"on {day}", through=way)
    if len(declared) >= MAX_AFFILIATIONS:
        raise TooManyAffiliations(expected=f"at most {MAX_AFFILIATIONS}")
    return (
        AffiliationDeclared(
            parent=command.parent,
            child=command.child,
            basis=command.basis,
            control_ratio=command.control_ratio,
            accrual=command.accrual,
            period=command.period,
            declaration=command.declaration,
        ),
    )


def end_affiliation(state: Affiliations | None, command: EndAffiliation) -> Events:
    """End the affiliation that holds on the last day before `to`."""
    pair = [
        each
        for each in (state.declared if state else ())
        if (each.parent, each.child) == (command.parent, command.child)
    ]
    if not pair:
        raise AffiliationNotFound(parent=command.parent, child=command.child)
    if any(each.period.end == command.to for each in pair):
        return ()
    # What the two have declared themselves may also be ended before it begins.
    ending = [
        each
        for each in pair
        if each.period.covers(command.to) and (each.period.start < command.to or each.declaration is not None)
    ]
    if not ending:
        raise AffiliationEndInvalid(
            expected=[f"{each.period.start} to {each.period.end or 'open'}" for each in pair], got=command.to
        )
    [known] = ending  # two of one pair never overlap
    return (AffiliationEnded(parent=command.parent, child=command.child, since=known.period.start, to=command.to),)


def overlap(one: Period, other: Period) -> bool:
    """Tell whether two periods, neither of them empty, have a day in common."""
    return (one.end is None or other.start < one.end) and (other.end is None or one.start < other.end)


def check_form(command: DeclareAffiliation) -> None:
    if command.parent == command.child:
        raise OwnParent(got=command.parent)
    if command.period.is_empty():
        raise PeriodEmpty(got=str(command.period))
    if command.control_ratio is not None and not Fraction(0) < parse_ratio(command.control_ratio) <= Fraction(1):
        raise ControlRatioInvalid(got=command.control_ratio)


def _days_to_look_at(period: Period, others: Iterable[Declaration]) -> list[date]:
    """Return the days of a period on which something begins: between them nothing changes but what ends."""
    return sorted({period.start, *(each.period.start for each in others if period.covers(each.period.start))})


def _way_up(start: str, goal: str, holding: list[Declaration]) -> list[str]:
    """Return a way from a party to one above it by the affiliations that hold, or none."""
    ways = {start: [start]}
    waiting = [start]
    while waiting:
        below = waiting.pop()
        if below == goal:
            return ways[below]
        for each in holding:
            if each.child == below and each.parent not in ways:
                ways[each.parent] = [*ways[below], each.parent]
                waiting.append(each.parent)
    return []
