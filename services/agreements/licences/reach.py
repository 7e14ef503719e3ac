"""What licences reach, and which of them exclude one another (R13, R15)."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from services.agreements.inventions.model import Burden
from services.agreements.licences.errors import TerritoryUnknown
from shared.events.licence import LicenceKind, Scope
from shared.events.values import Period
from shared.identifiers import is_country

WORLD: Final = "WORLD"
_EU: Final = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
# Never edited: a licence goes on to mean the group as it was when it was drafted. Another membership is another name.
GROUPS: Final[Mapping[str, frozenset[str]]] = {"EU": frozenset(_EU.split())}
_EXCLUDING: Final = frozenset({"EXCLUSIVE", "SOLE", "CO_EXCLUSIVE"})


class Reach(NamedTuple):
    """Countries: these, or all but these."""

    codes: frozenset[str]
    all_but: bool

    def meets(self, other: "Reach") -> bool:
        if self.all_but and other.all_but:
            return True
        if self.all_but or other.all_but:
            outside, inside = (self, other) if self.all_but else (other, self)
            return bool(inside.codes - outside.codes)
        return bool(self.codes & other.codes)


def check_territories(territories: Iterable[str]) -> None:
    for each in territories:
        if each != WORLD and each not in GROUPS and not is_country(each):
            raise TerritoryUnknown(expected=["a country's ST.3 code", WORLD, *GROUPS], got=each)


def reach_of(scope: Scope) -> Reach:
    """Return the countries of a scope, exclusions taken out."""
    excluded = _expanded(scope.excluded_territories)
    if WORLD in scope.excluded_territories:
        return Reach(frozenset(), all_but=False)
    if WORLD in scope.territories:
        return Reach(excluded, all_but=True)
    return Reach(_expanded(scope.territories) - excluded, all_but=False)


def overlap(one: Scope, other: Scope) -> bool:
    """Tell whether two licences reach the same act, in the same field, at the same place, on the same day (R13)."""
    return (
        bool(set(one.assets) & set(other.assets))
        and bool(set(one.acts) & set(other.acts))
        and any(_same_branch(mine, theirs) for mine in one.fields for theirs in other.fields)
        and reach_of(one).meets(reach_of(other))
        and _meet(one.period, other.period)
    )


def conflicting(
    kind: LicenceKind, scope: Scope, subject_to: Collection[str], granted: Mapping[str, Burden]
) -> list[str]:
    """Return the granted licences beside which one of this kind and scope cannot be (R15), in ascending order."""
    return sorted(
        name
        for name, burden in granted.items()
        if _exclude(burden.kind, kind, yields=name in subject_to) and overlap(burden.scope, scope)
    )


def _exclude(granted: LicenceKind, new: LicenceKind, *, yields: bool) -> bool:
    # Who grants what excludes others may leave room for what is there; what is there never leaves room by itself.
    return granted in _EXCLUDING or (new in _EXCLUDING and not yields)


def _same_branch(one: str, other: str) -> bool:
    """Tell whether a field is another, or above or below it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _meet(one: Period, other: Period) -> bool:
    if one.is_empty() or other.is_empty():
        return False
    return (one.end is None or other.start < one.end) and (other.end is None or one.start < other.end)


def _expanded(territories: Iterable[str]) -> frozenset[str]:
    return frozenset(code for each in territories for code in GROUPS.get(each, {each}))
