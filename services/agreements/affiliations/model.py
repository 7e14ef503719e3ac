"""All affiliations as events made them, who is whose affiliate on a day, and what parties declare of themselves."""

from collections.abc import Container, Mapping
from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.affiliations.errors import AffiliationNotFound, DeclarationNotFound
from services.agreements.creation import origin_of
from services.agreements.repetition import Statement
from shared.calendar import days_after
from shared.events.affiliation import (
    AffiliationBasis,
    AffiliationDeclared,
    AffiliationEnded,
    DeclarationConfirmed,
    DeclarationDeclined,
    DeclarationEnded,
    DeclarationLapsed,
    DeclarationMade,
    DeclarationWithdrawn,
)
from shared.events.registry import Event
from shared.events.values import Affiliation, Period
from shared.log.aggregate import Aggregate
from shared.log.envelope import NO_AGREEMENT

# The one id of the one registry: see the published events for why it is one.
ALL = "all"


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    parent: str
    child: str
    basis: AffiliationBasis
    """Why the child belongs to the parent: by control, by a list that names it, or as a spin-off."""
    control_ratio: str | None
    accrual: bool
    period: Period
    declaration: str | None = None
    """By which its two ends have declared it; null where an operator has."""


class Affiliations(msgspec.Struct, frozen=True, kw_only=True):
    declared: tuple[Declaration, ...] = ()


def evolve(state: Affiliations | None, event: Event) -> Affiliations:
    match event:
        case AffiliationDeclared():
            new = Declaration(
                parent=event.parent,
                child=event.child,
                basis=event.basis,
                control_ratio=event.control_ratio,
                accrual=event.accrual,
                period=event.period,
                declaration=event.declaration,
            )
            # An operator's word takes the place of what the two have said, which is the same.
            others = [each for each in (state.declared if state else ()) if not is_same(each, new)]
            return Affiliations(declared=(*others, new))
        case AffiliationEnded() if state is not None:
            return Affiliations(declared=_ended(state.declared, event))
    assert state is not None
    return state


def is_same(one: Declaration, other: Declaration) -> bool:
    """Tell whether two are the same affiliation, whoever has declared it."""
    return msgspec.structs.replace(one, declaration=other.declaration) == other


def _ended(declared: tuple[Declaration, ...], event: AffiliationEnded) -> tuple[Declaration, ...]:
    found = list(declared)
    # The last one: an earlier one of that day has ended before it began.
    for index in reversed(range(len(found))):
        known = found[index]
        if (known.parent, known.child, known.period.start) == (event.parent, event.child, event.since):
            found[index] = msgspec.structs.replace(known, period=Period(start=event.since, end=event.to))
            break
    return tuple(found)


def by_operators(state: Affiliations | None) -> Affiliations | None:
    """Return the affiliations that operators have declared.

    These alone count wherever somebody else loses by one: what two say of each other binds nobody but the two.
    """
    if state is None:
        return None
    return Affiliations(declared=tuple(each for each in state.declared if each.declaration is None))


def affiliations_on(state: Affiliations | None, day: date, parties: Container[str]) -> tuple[Affiliation, ...]:
    """Return the affiliations by which shares accrue to a parent on a day, in ascending order of the child's id.

    Of those that their two ends have declared only such as give to one of the parties what would be an outsider's:
    no party puts another in its place by them.
    """
    if state is None:
        return ()
    found = [
        Affiliation(parent=each.parent, child=each.child, period=each.period)
        for each in state.declared
        if each.accrual
        and each.period.covers(day)
        and (each.declaration is None or (each.parent in parties and each.child not in parties))
    ]
    return tuple(sorted(found, key=lambda each: each.child))


def is_affiliate_on(state: Affiliations | None, child: str, parent: str, day: date) -> bool:
    """Tell whether a party is under another's control on a day, directly or through others."""
    return parent in _above(state, child, day)


def under_common_control(state: Affiliations | None, one: str, other: str, day: date) -> bool:
    """Tell whether two parties are one, or one's affiliate, or affiliates of a third, on a day."""
    return not {one, *_above(state, one, day)}.isdisjoint({other, *_above(state, other, day)})


def _above(state: Affiliations | None, child: str, day: date) -> set[str]:
    """Return who controls a party on a day, directly or through others."""
    parents: dict[str, set[str]] = {}
    for each in _holding(state, day):
        parents.setdefault(each.child, set()).add(each.parent)
    return _reached(child, parents)


def _holding(state: Affiliations | None, day: date) -> list[Declaration]:
    return [each for each in (state.declared if state else ()) if each.period.covers(day)]


def _reached(start: str, ways: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        found = ways.get(waiting.pop(), set()) - reached
        reached.update(found)
        waiting.extend(found)
    return reached


def controlled_by(state: Affiliations | None, parent: str, day: date) -> list[str]:
    """Return the parties that are under a party's control on a day, directly or through others."""
    children: dict[str, set[str]] = {}
    for each in _holding(state, day):
        children.setdefault(each.parent, set()).add(each.child)
    return sorted(_reached(parent, children))


AFFILIATION = Aggregate("affiliation", Affiliations, evolve, AffiliationNotFound)


# -- what parties declare of themselves -------------------------------------------------------------------------------


class DeclarationStatus(StrEnum):
    OPEN = "OPEN"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"
    ENDED = "ENDED"


class PartyDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    declaration: str
    parent: str
    child: str
    basis: AffiliationBasis
    control_ratio: str | None
    accrual: bool
    period: Period
    status: DeclarationStatus
    declared_by: str
    declared_on: date
    confirm_by: date
    # Who said that nothing comes of it, or no more, and why.
    ended: Statement | None
    # The first day on which what it declares holds no more.
    ends_on: date | None = None
    origin: str

    @property
    def agreement(self) -> str:
        """It is between two organisations, whatever agreements they are in."""
        return NO_AGREEMENT

    @property
    def ends(self) -> tuple[str, str]:
        return self.parent, self.child

    @property
    def asked(self) -> str:
        """The other end, which may confirm it."""
        return self.child if self.declared_by == self.parent else self.parent


def evolve_declaration(state: PartyDeclaration | None, event: Event) -> PartyDeclaration:
    if isinstance(event, DeclarationMade):
        return PartyDeclaration(
            declaration=event.declaration,
            parent=event.parent,
            child=event.child,
            basis=event.basis,
            control_ratio=event.control_ratio,
            accrual=event.accrual,
            period=event.period,
            status=DeclarationStatus.OPEN,
            declared_by=event.declared_by,
            declared_on=event.declared_on,
            confirm_by=event.confirm_by,
            ended=None,
            origin=origin_of(event),
        )
    assert state is not None
    changes: dict[str, object] = {}
    match event:
        case DeclarationConfirmed():
            changes = {"status": DeclarationStatus.CONFIRMED}
        case DeclarationDeclined(party=party, reason=reason):
            changes = {"status": DeclarationStatus.DECLINED, "ended": Statement(party=party, reason=reason)}
        case DeclarationWithdrawn(party=party, reason=reason):
            changes = {"status": DeclarationStatus.WITHDRAWN, "ended": Statement(party=party, reason=reason)}
        case DeclarationLapsed():
            changes = {"status": DeclarationStatus.LAPSED}
        case DeclarationEnded(party=party, reason=reason, to=to):
            said = Statement(party=party, reason=reason)
            changes = {"status": DeclarationStatus.ENDED, "ended": said, "ends_on": to}
    return msgspec.structs.replace(state, **changes)


def next_due(state: PartyDeclaration) -> date | None:
    """Return the day on which it lapses, the first on which it can be confirmed no more."""
    return days_after(state.confirm_by, 1) if state.status is DeclarationStatus.OPEN else None


DECLARATION = Aggregate("declaration", PartyDeclaration, evolve_declaration, DeclarationNotFound)
