"""A determination case: contributions and people's instruments in, shares and alarms out."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from services.agreements.affiliations.errors import AccrualParentTaken, AffiliationCycle, OwnParent
from services.agreements.contracts.errors import PartiesRepeated
from services.agreements.contributions.errors import ElementMissing, PointsMissing, PointsOnNonInventive
from services.agreements.errors import PeriodEmpty
from services.agreements.inventions.determine import determine, require_title
from services.agreements.inventions.errors import AgreedSharesMissing, ElementsRepeated
from shared.canonical import content_hash
from shared.events.contribution import ContributionKind
from shared.events.invention import Contributor, CountedContribution, DeterminationInputs, Element
from shared.events.participant import Instrument, InstrumentKind
from shared.events.terms import AffiliateAccrual, Method, TitleGap
from shared.events.values import Affiliation, Period
from shared.ratio import parse_ratio, parse_shares

# What a person may type; a case that needs more is none.
_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_MOST = Meta(max_length=1_000)
_COUNTING = frozenset({"CONFIRMED", "RESOLVED"})


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a case."""


class _Days(Period, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class _Element(_Part, frozen=True, kw_only=True):
    id: _Name
    weight: str


class _Contribution(_Part, frozen=True, kw_only=True):
    contributor: _Name
    element: _Name | None = None
    kind: ContributionKind
    status: Literal["RECORDED", "PARTLY_ATTESTED", "CONFIRMED", "CONTESTED", "RESOLVED", "WITHDRAWN", "SUPERSEDED"]
    points: str | None = None


class _Instrument(_Part, frozen=True, kw_only=True):
    kind: InstrumentKind
    assignee: _Name
    signed_on: date
    covers: _Days


class _Person(_Part, frozen=True, kw_only=True):
    instruments: Annotated[tuple[_Instrument, ...], _MOST] = ()
    appointment_split: dict[str, str] | None = None


class _Affiliation(_Part, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    parent: _Name
    child: _Name
    start: date
    end: date | None = None


class DeterminationCase(_Part, frozen=True, kw_only=True):
    """What a case of the kind `determination` gives; `shares` for the method AGREED, `parties` for EQUAL_PARTIES."""

    method: Method
    conceived_on: date
    elements: Annotated[tuple[_Element, ...], _MOST] = ()
    contributions: Annotated[tuple[_Contribution, ...], _MOST] = ()
    people: dict[str, _Person] = {}
    title_gap: TitleGap = "BLOCK"
    affiliate_accrual: AffiliateAccrual = "PARENT"
    affiliations: Annotated[tuple[_Affiliation, ...], _MOST] = ()
    shares: dict[str, str] | None = None
    parties: tuple[_Name, ...] = ()


def answer_determination(case: DeterminationCase) -> dict[str, Any]:
    """Answer with the holders and how they come to be; raises what the rules refuse."""
    if (case.method == "AGREED") != (case.shares is not None):
        raise AgreedSharesMissing(method=case.method)
    inputs = _inputs(case)
    _check_periods(inputs)
    _check_affiliations(inputs)
    determined = determine(inputs)
    require_title(inputs, determined)
    return {
        "holders": determined.shares,
        "contributors": {each.person: each.share for each in determined.derivation.people},
        "percent": determined.derivation.percent,
        "alarms": [{"alarm": each.alarm, "contributor": each.contributor} for each in determined.alarms],
    }


def _inputs(case: DeterminationCase) -> DeterminationInputs:
    names = [element.id for element in case.elements]
    if len(set(names)) != len(names):
        raise ElementsRepeated(got=names)
    if len(set(case.parties)) != len(case.parties):
        raise PartiesRepeated(got=case.parties)
    counted = tuple(
        CountedContribution(
            contribution=str(number),
            version=1,
            content_hash=content_hash(each),
            contributor=each.contributor,
            element=each.element or "",
            points=points,
        )
        for number, each in enumerate(case.contributions)
        if (points := _points(case.method, each)) is not None and each.status in _COUNTING
    )
    people = {each.contributor: case.people.get(each.contributor, _Person()) for each in counted}
    return DeterminationInputs(
        method=case.method,
        conceived_on=case.conceived_on,
        terms_version=1,
        terms_hash=content_hash(case),
        title_gap=case.title_gap,
        affiliate_accrual=case.affiliate_accrual,
        elements=tuple(Element(id=each.id, weight=each.weight, basis="CONCEPT", ref=None) for each in case.elements),
        contributions=counted,
        contributors=tuple(_contributor(person, known) for person, known in sorted(people.items())),
        affiliations=tuple(
            Affiliation(parent=each.parent, child=each.child, period=Period(start=each.start, end=each.end))
            for each in case.affiliations
        ),
        parties=case.parties,
        agreed=case.shares,
    )


def _points(method: Method, contribution: _Contribution) -> str | None:
    """Return what an inventive contribution weighs, None for any other; raises PointsMissing, PointsOnNonInventive."""
    if contribution.kind == "NON_INVENTIVE":
        if contribution.points is not None:
            raise PointsOnNonInventive(got=contribution.points, contributor=contribution.contributor)
        return None
    if contribution.points is None and method in {"EQUAL_INVENTORS", "EQUAL_PARTIES", "AGREED"}:
        return "1/1"
    if contribution.points is None or parse_ratio(contribution.points) <= 0:
        raise PointsMissing(expected="above 0/1", got=contribution.points, contributor=contribution.contributor)
    if contribution.element is None and method == "ELEMENTS":
        raise ElementMissing(contributor=contribution.contributor)
    return contribution.points


def _contributor(person: str, known: _Person) -> Contributor:
    if known.appointment_split is not None:
        parse_shares(known.appointment_split)
    return Contributor(
        person=person,
        instruments=tuple(
            Instrument(
                instrument=str(number),
                kind=each.kind,
                assignee_party=each.assignee,
                signed_on=each.signed_on,
                covers=Period(start=each.covers.start, end=each.covers.end),
            )
            for number, each in enumerate(known.instruments)
        ),
        appointment_split=known.appointment_split,
    )


def _check_periods(inputs: DeterminationInputs) -> None:
    """Raise PeriodEmpty for what would apply on no day: its author has surely meant other days."""
    covered = [instrument.covers for each in inputs.contributors for instrument in each.instruments]
    for period in (*covered, *(each.period for each in inputs.affiliations)):
        if period.is_empty():
            raise PeriodEmpty(got=str(period))


def _check_affiliations(inputs: DeterminationInputs) -> None:
    """Raise what the registry would: shares accrue to one parent on the day of conception, and never in a circle."""
    parents: dict[str, str] = {}
    for each in inputs.affiliations:
        if each.parent == each.child:
            raise OwnParent(got=each.parent)
        if each.period.covers(inputs.conceived_on):
            known = parents.setdefault(each.child, each.parent)
            if known != each.parent:
                raise AccrualParentTaken(parent=known, child=each.child)
    above: set[str] = set()
    for child in parents:
        way = [child]
        while way[-1] in parents and way[-1] not in above:
            above.add(way[-1])
            way.append(parents[way[-1]])
        if way[-1] in way[:-1]:
            raise AffiliationCycle(got=f"on {inputs.conceived_on}", through=way[way.index(way[-1]) :])
