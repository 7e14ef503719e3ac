"""Who owns an invention, derived from the recorded facts alone: the ledger's own reading of the ownership rules.

It shares no code with the service that proposes determinations, on purpose: two readings that agree are evidence,
one reading used twice is not. Everything is exact; nothing here knows events, storage, a clock or chance.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from services.ledger.errors import DerivationRefused
from shared.canonical import canonical_json
from shared.ratio import format_ratio

# A promise to assign moves nothing by itself, and a later deed moves a holding, not the origin of one.
PASSES_TITLE: Final = frozenset({"PRESENT_ASSIGNMENT", "EMPLOYMENT_LAW", "STATUTE"})
# These bind from the day they begin to apply, whenever the paper was signed.
BINDS_FROM_START: Final = frozenset({"EMPLOYMENT_LAW", "STATUTE"})
PROMISE: Final = "PROMISE_TO_ASSIGN"
PERCENT_UNITS: Final = 10_000
# What methods that know no elements divide: the invention as a whole.
WHOLE: Final = "*"

Shares = Mapping[str, Fraction]


class Instrument(NamedTuple):
    """Why what a person conceives may belong to a party; it covers the days from `start` up to but not `end`."""

    kind: str
    assignee: str
    signed_on: date
    start: date
    end: date | None = None
    name: str = ""

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    @property
    def binds_since(self) -> date:
        return self.start if self.kind in BINDS_FROM_START else self.signed_on


class Person(NamedTuple):
    """A contributor's instruments, and the ratios of a dual appointment."""

    instruments: Sequence[Instrument] = ()
    appointment_split: Shares | None = None


class Contribution(NamedTuple):
    """What a person did for an element of the invention; only inventive and confirmed work counts."""

    contributor: str
    element: str | None
    points: Fraction | None
    inventive: bool = True
    confirmed: bool = True


class Affiliation(NamedTuple):
    """A party under another's control, on the days from `start` up to but not `end`."""

    parent: str
    child: str
    start: date
    end: date | None = None

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Facts:
    """All that decides who owned an invention on the day it was conceived."""

    conceived_on: date
    elements: Mapping[str, Fraction]
    contributions: Sequence[Contribution]
    people: Mapping[str, Person]
    hold_gap_in_person: bool = False
    accrue_to_parent: bool = True
    affiliations: Sequence[Affiliation] = ()
    method: str = "ELEMENTS"
    # Who shares alike by EQUAL_PARTIES, and what was agreed by AGREED.
    parties: Sequence[str] = ()
    agreed: Shares = field(default_factory=dict)


class Reason(NamedTuple):
    """How one contributor's share reached one holder: by these instruments, or by none."""

    contributor: str
    holder: str
    share: Fraction
    instruments: tuple[str, ...]


class TitleAlarm(NamedTuple):
    """What people must look at in a contributor's title."""

    alarm: str
    contributor: str


@dataclass
class Derivation:
    """The holders' shares, which sum to 1/1, with the contributors', and why."""

    holders: dict[str, Fraction] = field(default_factory=dict)
    contributors: dict[str, Fraction] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    alarms: list[TitleAlarm] = field(default_factory=list)

    def texts(self) -> tuple[str, str]:
        """Return reasons and alarms in their one JSON form."""
        reasons = [{**reason._asdict(), "share": format_ratio(reason.share)} for reason in self.reasons]
        alarms = [alarm._asdict() for alarm in self.alarms]
        return canonical_json(reasons).decode(), canonical_json(alarms).decode()


def derive(facts: Facts) -> Derivation:
    """Return who owned the invention on the day it was conceived. Raises DerivationRefused.

    1. Contributions give each contributor a share, by the terms' method.
    2. Each contributor's title gives the holders of that share.
    3. Holders' shares are summed.

    Parties that share alike, or as agreed, need no contribution.
    """
    if facts.method == "AGREED":
        return Derivation(holders={holder: share for holder, share in sorted(facts.agreed.items()) if share})
    if facts.method == "EQUAL_PARTIES" and facts.parties:
        return Derivation(holders=_alike(facts.parties))
    derivation = Derivation(contributors=contributor_shares(facts))
    for contributor, share in derivation.contributors.items():
        person = facts.people.get(contributor, Person())
        for reason in _title(contributor, share, person, facts):
            derivation.reasons.append(reason)
            derivation.holders[reason.holder] = derivation.holders.get(reason.holder, Fraction(0)) + reason.share
        derivation.alarms += _alarms(contributor, person, facts)
    derivation.holders = dict(sorted(derivation.holders.items()))
    if facts.method == "EQUAL_PARTIES":
        derivation.holders = _alike(derivation.holders)
    return derivation


def _alike(holders: Collection[str]) -> dict[str, Fraction]:
    return {holder: Fraction(1, len(holders)) for holder in sorted(holders)}


# -- from contributions to contributors -------------------------------------------------------------------------------


def contributor_shares(facts: Facts) -> dict[str, Fraction]:
    """Divide the whole among contributors. Raises DerivationRefused.

    By ELEMENTS the whole is divided by the elements' weights, and each element by its contributors' points; by POINTS
    there is but one element; by the other methods a contributor is one, whatever they did.
    """
    counted = _counted(facts.contributions)
    if facts.method == "ELEMENTS":
        return _shares_by_points(facts.elements, _points(counted, facts.elements))
    if facts.method not in {"POINTS", "EQUAL_INVENTORS", "EQUAL_PARTIES"}:
        raise DerivationRefused("METHOD_UNKNOWN", method=facts.method)
    if not counted:
        raise DerivationRefused("NO_ELEMENTS")
    whole = {WHOLE: Fraction(1)}
    if facts.method == "POINTS":
        return _shares_by_points(whole, _points((each._replace(element=WHOLE) for each in counted), whole))
    return _alike({each.contributor for each in counted})


def _counted(contributions: Sequence[Contribution]) -> list[Contribution]:
    for contribution in contributions:
        if contribution.points is not None and not contribution.inventive:
            raise DerivationRefused("POINTS_ON_NON_INVENTIVE", contributor=contribution.contributor)
    return [each for each in contributions if each.inventive and each.confirmed]


def _points(counted: Iterable[Contribution], elements: Mapping[str, Fraction]) -> dict[str, dict[str, Fraction]]:
    points: dict[str, dict[str, Fraction]] = {element: {} for element, weight in elements.items() if weight > 0}
    for contribution in counted:
        if contribution.element not in points:
            continue
        of_element = points[contribution.element]
        given = contribution.points or Fraction(0)
        of_element[contribution.contributor] = of_element.get(contribution.contributor, Fraction(0)) + given
    return points


def _shares_by_points(
    elements: Mapping[str, Fraction], points: Mapping[str, Mapping[str, Fraction]]
) -> dict[str, Fraction]:
    weights = sum((elements[element] for element in points), start=Fraction(0))
    if not weights:
        raise DerivationRefused("NO_ELEMENTS")
    shares: dict[str, Fraction] = {}
    for element, of_element in points.items():
        total = sum(of_element.values(), start=Fraction(0))
        if not total:  # never spread silently over the other elements
            raise DerivationRefused("ELEMENT_WITHOUT_CONTRIBUTION", element=element)
        for contributor, given in of_element.items():
            part = elements[element] / weights * given / total
            shares[contributor] = shares.get(contributor, Fraction(0)) + part
    return {contributor: shares[contributor] for contributor in sorted(shares) if shares[contributor]}


# -- from contributors to holders -------------------------------------------------------------------------------------


def _title(contributor: str, share: Fraction, person: Person, facts: Facts) -> list[Reason]:
    """Return which holders a contributor's share belonged to on the day of conception."""
    candidates = _candidates(person, facts.conceived_on)
    if not candidates:
        if not facts.hold_gap_in_person:
            raise DerivationRefused("TITLE_GAP", contributor=contributor)
        return [Reason(contributor, f"person:{contributor}", share, ())]
    split = _split(person, candidates)
    if split is None:
        # The earliest took all there was; nothing was left for a later one.
        split = {candidates[0].assignee: Fraction(1)}
    return [
        Reason(
            contributor,
            _accrued(assignee, facts),
            share * ratio,
            tuple(instrument.name for instrument in candidates if instrument.assignee == assignee),
        )
        for assignee, ratio in sorted(split.items())
        if ratio
    ]


def _candidates(person: Person, day: date) -> list[Instrument]:
    """Return the instruments that pass title on that day, the earliest binding first."""
    covering = [each for each in person.instruments if each.kind in PASSES_TITLE and each.covers(day)]
    return sorted(covering, key=lambda each: (each.binds_since, each.assignee, each.name))


def _split(person: Person, candidates: Sequence[Instrument]) -> Shares | None:
    """Return the ratios of a dual appointment, which apply when exactly its parties have instruments."""
    assignees = {each.assignee for each in candidates}
    if person.appointment_split is None or assignees != set(person.appointment_split):
        return None
    return person.appointment_split


def _accrued(holder: str, facts: Facts) -> str:
    """Return the holder or, where the terms accrue to the parent, the party that controlled it that day."""
    if not facts.accrue_to_parent:
        return holder
    controlling = (each for each in facts.affiliations if each.child == holder and each.covers(facts.conceived_on))
    return min((each.parent for each in controlling), default=holder)


def _alarms(contributor: str, person: Person, facts: Facts) -> list[TitleAlarm]:
    """Return what is odd about a contributor's title, even where the rules decide it."""
    candidates = _candidates(person, facts.conceived_on)
    if not candidates:
        return [TitleAlarm("TitleGapDetected", contributor)]
    split = _split(person, candidates)
    winners = set(split) if split is not None else {candidates[0].assignee}
    promised = {
        each.assignee for each in person.instruments if each.kind == PROMISE and each.covers(facts.conceived_on)
    }
    # Of two assignments only one can be kept, whoever is above them; a promise is kept once the right party holds.
    unkept = {_accrued(party, facts) for party in promised} - {_accrued(party, facts) for party in winners}
    rivals = {each.assignee for each in candidates} - winners
    return [TitleAlarm("TitleConflictDetected", contributor)] if rivals or unkept else []


# -- for people -------------------------------------------------------------------------------------------------------


def percent(shares: Shares) -> dict[str, str]:
    """Return shares as per cent with two decimals that total exactly 100.00, by largest remainder.

    Ties go to the larger share, then to the holder that comes first by name. Only for display, beside the fraction.
    """
    units = {holder: share * PERCENT_UNITS // 1 for holder, share in shares.items()}
    left = PERCENT_UNITS - sum(units.values())
    by_remainder = sorted(
        shares, key=lambda holder: (units[holder] - shares[holder] * PERCENT_UNITS, -shares[holder], holder)
    )
    for holder in by_remainder[:left]:
        units[holder] += 1
    return {holder: f"{units[holder] // 100}.{units[holder] % 100:02}" for holder in sorted(units)}
