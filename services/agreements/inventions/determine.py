"""Rules R2 to R6 and R23, by every method: from contributions to shares. Exact, and no order of anything matters."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction

import msgspec

from services.agreements.inventions.errors import (
    ElementWithoutContribution,
    NothingToDetermine,
    SharesTooFine,
    TitleGap,
)
from shared.events.invention import (
    Alarm,
    Contributor,
    CountedContribution,
    Derivation,
    DeterminationInputs,
    Element,
    ElementShare,
    PersonShare,
)
from shared.events.participant import Instrument
from shared.events.values import Affiliation
from shared.ids import person_holder
from shared.ratio import check_shares, format_shares, parse_ratio, parse_shares

Shares = dict[str, Fraction]
# What a derivation calls the invention as a whole, by methods that know no elements; no element has this name.
WHOLE = "*"

# A promise to assign is not among them: it gives a claim, never the title.
_CARRYING = frozenset({"PRESENT_ASSIGNMENT", "EMPLOYMENT_LAW", "STATUTE"})
_SINCE_START = frozenset({"EMPLOYMENT_LAW", "STATUTE"})
_HUNDREDTHS_OF_A_PERCENT = 10_000
# Denominators multiply with every contribution; text of a number is only read and written up to a length.
_FINEST = 10**150


class Determined(msgspec.Struct, frozen=True, kw_only=True):
    """Shares and why they are so; `gaps` names the contributors whose share reached no party."""

    shares: dict[str, str]
    derivation: Derivation
    alarms: tuple[Alarm, ...]
    gaps: tuple[str, ...]


class _Title(msgspec.Struct, frozen=True):
    """Whom a contributor's share passes to, in which parts, by which instruments."""

    holders: Shares
    instruments: tuple[str, ...]
    alarms: tuple[Alarm, ...] = ()


def determine(inputs: DeterminationInputs) -> Determined:
    """Compute the shares of an invention; or raise by which rule there are none.

    A title gap does not stop the computing: the parties must see it to close it. Adoption asks `require_title`.
    """
    if inputs.method == "AGREED":
        if inputs.agreed is None:
            raise NothingToDetermine
        return _given(parse_shares(inputs.agreed))
    if inputs.method == "EQUAL_PARTIES" and inputs.parties:
        return _given(_alike(inputs.parties))
    parts, divided = _parts_of(inputs)
    people: Shares = defaultdict(Fraction)
    for element, contributors in divided.items():
        for person, part in contributors.items():
            people[person] += parts[element] * part
    known = {contributor.person: contributor for contributor in inputs.contributors}
    titles = {person: _title_of(known[person], inputs) for person in sorted(people)}
    holders: Shares = defaultdict(Fraction)
    for person, title in titles.items():
        for holder, part in title.holders.items():
            holders[holder] += people[person] * part
    if inputs.method == "EQUAL_PARTIES":
        holders = _alike(holders)
    check_shares(holders)
    _check_fineness([*parts.values(), *people.values(), *holders.values()])
    return Determined(
        shares=format_shares(holders),
        derivation=Derivation(
            elements=tuple(
                ElementShare(element=element, share=_text(parts[element]), contributors=format_shares(contributors))
                for element, contributors in divided.items()
            ),
            people=tuple(_person_share(person, people[person], title) for person, title in titles.items()),
            percent=percent_of(holders),
        ),
        alarms=tuple(alarm for title in titles.values() for alarm in title.alarms),
        gaps=tuple(person for person, title in titles.items() if person_holder(person) in title.holders),
    )


def require_title(inputs: DeterminationInputs, determined: Determined) -> None:
    """Raise TitleGap where the terms let no share stay with a person (R4.4)."""
    if inputs.title_gap == "BLOCK" and determined.gaps:
        raise TitleGap(contributor=determined.gaps[0], contributors=list(determined.gaps))


def percent_of(shares: Mapping[str, Fraction]) -> dict[str, str]:
    """Return shares as percentages with two decimals that total 100.00 exactly, by largest remainder (R23, R10)."""
    exact = {holder: share * _HUNDREDTHS_OF_A_PERCENT for holder, share in shares.items()}
    rounded = {holder: int(amount) for holder, amount in exact.items()}
    left = _HUNDREDTHS_OF_A_PERCENT - sum(rounded.values())
    # Ties go to the larger share, then to the id that sorts first: never to whoever came first.
    order = sorted(exact, key=lambda holder: (rounded[holder] - exact[holder], -shares[holder], holder))
    for holder in order[:left]:
        rounded[holder] += 1
    return {holder: f"{rounded[holder] // 100}.{rounded[holder] % 100:02d}" for holder in sorted(rounded)}


def _given(shares: Shares) -> Determined:
    """Return shares that follow from nobody's contribution."""
    derivation = Derivation(elements=(), people=(), percent=percent_of(shares))
    return Determined(shares=format_shares(shares), derivation=derivation, alarms=(), gaps=())


def _alike(holders: Collection[str]) -> Shares:
    return {holder: Fraction(1, len(holders)) for holder in holders}


def _parts_of(inputs: DeterminationInputs) -> tuple[Shares, dict[str, Shares]]:
    """Return what each element is of the invention, and how it is divided among its contributors."""
    if inputs.method == "ELEMENTS":
        parts = _element_parts(inputs.elements)
        return parts, {element: _divide(element, inputs.contributions) for element in sorted(parts)}
    if not inputs.contributions:
        raise NothingToDetermine
    # The others know no elements: whoever contributed, contributed to the whole.
    contributions = [msgspec.structs.replace(each, element=WHOLE) for each in inputs.contributions]
    if inputs.method == "POINTS":
        return {WHOLE: Fraction(1)}, {WHOLE: _divide(WHOLE, contributions)}
    return {WHOLE: Fraction(1)}, {WHOLE: _alike({each.contributor for each in contributions})}


def _element_parts(elements: Iterable[Element]) -> Shares:
    weights = {element.id: parse_ratio(element.weight) for element in elements}
    total = sum(weights.values(), start=Fraction(0))
    if total == 0:
        raise NothingToDetermine
    return {element: weight / total for element, weight in weights.items() if weight > 0}


def _check_fineness(shares: Iterable[Fraction]) -> None:
    if any(share.denominator > _FINEST for share in shares):
        raise SharesTooFine


def _divide(element: str, contributions: Iterable[CountedContribution]) -> Shares:
    """Divide one element among its contributors by points (R3)."""
    points: Shares = defaultdict(Fraction)
    for contribution in contributions:
        if contribution.element == element:
            points[contribution.contributor] += parse_ratio(contribution.points)
    total = sum(points.values(), start=Fraction(0))
    if total == 0:
        raise ElementWithoutContribution(element=element)
    divided = {person: points[person] / total for person in sorted(points)}
    _check_fineness(divided.values())
    return divided


def _title_of(contributor: Contributor, inputs: DeterminationInputs) -> _Title:
    """Find whom a contributor's share belongs to on the day of conception (R4)."""
    covering = [each for each in contributor.instruments if each.covers.covers(inputs.conceived_on)]
    candidates = sorted((each for each in covering if each.kind in _CARRYING), key=_precedence)
    if not candidates:
        gap = Alarm(alarm="TitleGapDetected", contributor=contributor.person, instruments=_names(covering))
        return _Title({person_holder(contributor.person): Fraction(1)}, (), (gap,))
    split = {party: parse_ratio(part) for party, part in (contributor.appointment_split or {}).items()}
    assignees = {each.assignee_party for each in candidates}
    tied = assignees == set(split)
    if not tied:
        # Nothing is left for a later instrument to carry.
        split = {candidates[0].assignee_party: Fraction(1)}
    holders = _accrued(split, inputs)
    # Compared with who holds in the end: what accrues to the parent is where a promise to the parent wanted it.
    promises = [each for each in covering if each.kind == "PROMISE_TO_ASSIGN"]
    rivals = [
        each for each in promises if not holders.keys() >= _accrued({each.assignee_party: Fraction(1)}, inputs).keys()
    ]
    rivals += [each for each in candidates if each.assignee_party not in split]
    conflict = Alarm(alarm="TitleConflictDetected", contributor=contributor.person, instruments=_names(rivals))
    used = tuple(each.instrument for each in (candidates if tied else candidates[:1]))
    return _Title(holders, used, (conflict,) if rivals else ())


def _precedence(instrument: Instrument) -> tuple[object, ...]:
    # Employment and statute carry title from the day they begin, whenever a paper about them was signed.
    since = instrument.covers.start if instrument.kind in _SINCE_START else instrument.signed_on
    return (since, instrument.assignee_party, instrument.instrument)


def _accrued(holders: Shares, inputs: DeterminationInputs) -> Shares:
    """Move affiliates' parts to the parent they had on the day of conception, where the terms say so (R4.6)."""
    if inputs.affiliate_accrual == "SEPARATE":
        return holders
    accrued: Shares = defaultdict(Fraction)
    for holder, part in holders.items():
        accrued[parent_of(holder, inputs)] += part
    return dict(accrued)


def parent_of(party: str, inputs: DeterminationInputs) -> str:
    parents: list[Affiliation] = [
        each for each in inputs.affiliations if each.child == party and each.period.covers(inputs.conceived_on)
    ]
    return parents[0].parent if parents else party


def _person_share(person: str, share: Fraction, title: _Title) -> PersonShare:
    holders = {holder: share * part for holder, part in title.holders.items()}
    return PersonShare(person=person, share=_text(share), instruments=title.instruments, holders=format_shares(holders))


def _names(instruments: Iterable[Instrument]) -> tuple[str, ...]:
    return tuple(sorted(each.instrument for each in instruments))


def _text(share: Fraction) -> str:
    return f"{share.numerator}/{share.denominator}"
