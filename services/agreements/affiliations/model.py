"""All affiliations as events made them, who is whose affiliate on a day, and what parties declare of themselves."""

from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.affiliations.errors import AffiliationNotFound, DeclarationNotFound
from services.agreements.creation import origin_of
from services.agreements.repetition import Statement
from shared.events.affiliation import (
    AffiliationBasis,
    AffiliationDeclared,
    AffiliationEnded,
    DeclarationConfirmed,
    DeclarationDeclined,
    DeclarationMade,
    DeclarationWithdrawn,
)
from shared.events.invention import Affiliation
from shared.events.registry import Event
from shared.events.values import Period
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
            )
            return Affiliations(declared=(*(state.declared if state else ()), new))
        case AffiliationEnded() if state is not None:
            return Affiliations(declared=tuple(_ended(each, event) for each in state.declared))
    assert state is not None
    return state


def _ended(known: Declaration, event: AffiliationEnded) -> Declaration:
    if (known.parent, known.child, known.period.start) != (event.parent, event.child, event.since):
        return known
    return msgspec.structs.replace(known, period=Period(start=event.since, end=event.to))


def affiliations_on(state: Affiliations | None, day: date) -> tuple[Affiliation, ...]:
    """Return the affiliations by which shares accrue to a parent on a day, in ascending order of the child's id."""
    if state is None:
        return ()
    found = [
        Affiliation(parent=each.parent, child=each.child, period=each.period)
        for each in state.declared
        if each.accrual and each.period.covers(day)
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
    holding = [each for each in (state.declared if state else ()) if each.period.covers(day)]
    above: set[str] = set()
    waiting = [child]
    while waiting:
        below = waiting.pop()
        found = {each.parent for each in holding if each.child == below} - above
        above.update(found)
        waiting.extend(found)
    return above


def controlled_by(state: Affiliations | None, parent: str, day: date) -> list[str]:
    """Return the parties that are under a party's control on a day, directly or through others."""
    children = sorted({each.child for each in (state.declared if state else ())})
    return [child for child in children if is_affiliate_on(state, child, parent, day)]


AFFILIATION = Aggregate("affiliation", Affiliations, evolve, AffiliationNotFound)


# -- what parties declare of themselves -------------------------------------------------------------------------------


class DeclarationStatus(StrEnum):
    OPEN = "OPEN"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


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
    # Who said that nothing comes of it, and why.
    ended: Statement | None
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
    return msgspec.structs.replace(state, **changes)


DECLARATION = Aggregate("declaration", PartyDeclaration, evolve_declaration, DeclarationNotFound)
