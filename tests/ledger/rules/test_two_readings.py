"""Two readings of the ownership rules, written apart, agree on every history that chance can think of."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agreements.inventions.determine import determine, percent_of, require_title
from services.agreements.inventions.errors import ElementWithoutContribution, NothingToDetermine, TitleGap
from services.ledger.errors import DerivationRefused
from services.ledger.rules import history
from shared.events import participant
from shared.events.invention import Contributor, CountedContribution, DeterminationInputs, Element
from shared.events.values import Affiliation, Period
from shared.ratio import format_ratio, format_shares, parse_ratio, parse_shares

CONCEIVED = date(2024, 7, 8)
PARTIES = ("A", "B", "C")
KINDS = ("PRESENT_ASSIGNMENT", "PROMISE_TO_ASSIGN", "EMPLOYMENT_LAW", "STATUTE", "DEED")
NEARBY = st.integers(-3, 3).map(lambda days: CONCEIVED + timedelta(days=days))
RATIOS = st.fractions(min_value=0, max_value=9, max_denominator=9)
PERIODS = st.builds(Period, start=NEARBY, end=st.none() | NEARBY)
INSTRUMENTS = st.builds(
    participant.Instrument,
    instrument=st.sampled_from([f"ins-{number}" for number in range(9)]),
    kind=st.sampled_from(KINDS),
    assignee_party=st.sampled_from(PARTIES),
    signed_on=NEARBY,
    covers=PERIODS,
)
SPLITS = st.sampled_from([None, {"A": "1/2", "B": "1/2"}, {"A": "3/4", "C": "1/4"}, {"B": "1/1"}])


@st.composite
def inputs(draw):
    """Draw what a determination may be computed from, most of it in the way of the rest."""
    people = [f"P{number}" for number in range(draw(st.integers(1, 4)))]
    elements = [f"E{number}" for number in range(draw(st.integers(1, 3)))]
    drawn = draw(st.lists(st.tuples(st.sampled_from(people), st.sampled_from(elements), RATIOS), max_size=8))
    return DeterminationInputs(
        method=draw(st.sampled_from(["ELEMENTS", "POINTS", "EQUAL_INVENTORS", "EQUAL_PARTIES", "AGREED"])),
        conceived_on=CONCEIVED,
        terms_version=1,
        terms_hash="",
        title_gap=draw(st.sampled_from(["BLOCK", "HOLD_IN_PERSON"])),
        affiliate_accrual=draw(st.sampled_from(["PARENT", "SEPARATE"])),
        elements=tuple(
            Element(id=each, weight=format_ratio(draw(RATIOS)), basis="CLAIM", ref=None) for each in elements
        ),
        contributions=tuple(
            CountedContribution(
                contribution=f"ctb-{number}",
                version=1,
                content_hash="",
                contributor=person,
                element=element,
                points=format_ratio(points + Fraction(1, 9)),
            )
            for number, (person, element, points) in enumerate(drawn)
        ),
        contributors=tuple(
            Contributor(
                person=person,
                instruments=tuple(draw(st.lists(INSTRUMENTS, max_size=4, unique_by=lambda each: each.instrument))),
                appointment_split=draw(SPLITS),
            )
            for person in people
        ),
        # On one day a child has at most one parent: the rules say so.
        affiliations=tuple(
            draw(st.lists(st.builds(Affiliation, parent=st.just("P"), child=st.just("A"), period=PERIODS)))
        ),
        parties=draw(st.sampled_from([(), PARTIES])),
        agreed={"A": "1/3", "B": "2/3"},
    )


def first_reading(given_inputs):
    """Return what the service that proposes determinations computes."""
    try:
        determined = determine(given_inputs)
        require_title(given_inputs, determined)
    except ElementWithoutContribution:
        return "ELEMENT_WITHOUT_CONTRIBUTION"
    except NothingToDetermine:
        return "NO_ELEMENTS"
    except TitleGap:
        return "TITLE_GAP"
    return (
        determined.shares,
        determined.derivation.percent,
        [(each.alarm, each.contributor) for each in determined.alarms],
    )


def second_reading(given_inputs):
    """Return what the ledger derives from the same facts."""
    facts = history.Facts(
        conceived_on=given_inputs.conceived_on,
        elements={each.id: parse_ratio(each.weight) for each in given_inputs.elements},
        contributions=[
            history.Contribution(each.contributor, each.element, parse_ratio(each.points))
            for each in given_inputs.contributions
        ],
        people={each.person: as_person(each) for each in given_inputs.contributors},
        hold_gap_in_person=given_inputs.title_gap == "HOLD_IN_PERSON",
        accrue_to_parent=given_inputs.affiliate_accrual == "PARENT",
        affiliations=[
            history.Affiliation(each.parent, each.child, each.period.start, each.period.end)
            for each in given_inputs.affiliations
        ],
        method=given_inputs.method,
        parties=given_inputs.parties,
        agreed=parse_shares(given_inputs.agreed),
    )
    try:
        derived = history.derive(facts)
    except DerivationRefused as refused:
        return refused.code
    alarms = [(each.alarm, each.contributor) for each in derived.alarms]
    return format_shares(derived.holders), history.percent(derived.holders), alarms


def as_person(contributor):
    instruments = [
        history.Instrument(
            each.kind, each.assignee_party, each.signed_on, each.covers.start, each.covers.end, each.instrument
        )
        for each in contributor.instruments
    ]
    split = contributor.appointment_split
    return history.Person(instruments, {party: parse_ratio(part) for party, part in split.items()} if split else None)


@given(inputs())
def test_both_readings_agree(given_inputs):
    """The same shares, percentages and alarms, or the same refusal."""
    assert first_reading(given_inputs) == second_reading(given_inputs)


@pytest.mark.parametrize("shown", [percent_of, history.percent])
@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        # Three equal remainders, one hundredth left: between equals the name decides.
        ({"C": "1/3", "B": "1/3", "A": "1/3"}, {"A": "33.34", "B": "33.33", "C": "33.33"}),
        # Three equal remainders of different shares: the largest has it, whatever its name.
        ({"A": "9997/30000", "B": "1/3", "C": "10003/30000"}, {"A": "33.32", "B": "33.33", "C": "33.35"}),
        # Two hundredths left: the larger two of three equal remainders.
        ({"A": "9994/30000", "B": "10001/30000", "C": "10005/30000"}, {"A": "33.31", "B": "33.34", "C": "33.35"}),
        # A larger remainder goes before a larger share.
        ({"A": "19999/30000", "B": "10001/30000"}, {"A": "66.66", "B": "33.34"}),
        ({"B": "1/2", "A": "1/2"}, {"A": "50.00", "B": "50.00"}),
        ({"A": "1/1"}, {"A": "100.00"}),
    ],
)
def test_the_odd_hundredth_goes_where_the_rules_say(shown, shares, expected):
    """To the largest remainder; of equal ones to the larger share, and then to whose name comes first."""
    told = shown({holder: Fraction(share) for holder, share in shares.items()})

    assert (expected, list(expected)) == (told, list(told))


@given(st.lists(st.integers(1, 99), min_size=1, max_size=9))
def test_both_readings_show_the_same_percentages(parts):
    """The odd hundredth goes to the same holder."""
    shares = {f"H{number}": Fraction(part, sum(parts)) for number, part in enumerate(parts)}

    assert percent_of(shares) == history.percent(shares)
