"""The ledger's own reading of the ownership rules: the acceptance cases, and what holds for every history."""

import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.errors import DerivationRefused
from services.ledger.rules.history import (
    Affiliation,
    Contribution,
    Facts,
    Instrument,
    Person,
    derive,
    percent,
)
from shared.ratio import format_shares, parse_ratio
from tests.told import refuses

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))
CONCEIVED = date(2024, 7, 8)


def day(text):
    return date.fromisoformat(text) if text else None


def facts_of(case):
    """Read a case's input as the facts it states."""
    return Facts(
        conceived_on=day(case["conceived_on"]),
        elements={element["id"]: parse_ratio(element["weight"]) for element in case["elements"]},
        contributions=[
            Contribution(
                each["contributor"],
                each["element"],
                parse_ratio(each["points"]) if "points" in each else None,
                inventive=each["kind"] == "INVENTIVE",
                confirmed=each["status"] == "CONFIRMED",
            )
            for each in case["contributions"]
        ],
        people={name: person_of(person) for name, person in case["people"].items()},
        hold_gap_in_person=case.get("title_gap", "BLOCK") == "HOLD_IN_PERSON",
        accrue_to_parent=case.get("affiliate_accrual", "PARENT") == "PARENT",
        affiliations=[
            Affiliation(each["parent"], each["child"], day(each["from"]), day(each.get("to")))
            for each in case.get("affiliations", [])
        ],
    )


def person_of(person):
    split = person.get("appointment_split")
    return Person(
        [
            Instrument(
                each["kind"],
                each["assignee"],
                day(each["signed_on"]),
                day(each["covers"]["from"]),
                day(each["covers"].get("to")),
            )
            for each in person["instruments"]
        ],
        {party: parse_ratio(ratio) for party, ratio in split.items()} if split else None,
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_acceptance_cases_hold(path):
    """Each case's holders, contributors, percentages and alarms, or its refusal, are exactly those derived."""
    case = json.loads(path.read_text())
    expect = case["expect"]
    facts = facts_of(case["input"])
    if "refused" in expect:
        with refuses(DerivationRefused) as refused:
            derive(facts)
        assert expect == {"refused": refused.value.code, **refused.value.ids}
        return

    derivation = derive(facts)

    assert expect == {
        "holders": format_shares(derivation.holders),
        "contributors": format_shares(derivation.contributors),
        "percent": percent(derivation.holders),
        "alarms": [alarm._asdict() for alarm in derivation.alarms],
    }


@pytest.mark.parametrize(("method", "shares"), [("EQUAL_PARTIES", ["1/2", "1/2"]), ("POINTS", ["1/4", "3/4"])])
def test_by_equal_parties_all_hold_alike(method, shares):
    """Whoever holds anything, whatever the people of each contributed; by any other method that counts."""
    people = {name: Person([employment(party)], None) for name, party in {"A": "ATRC", "B": "HUT", "C": "HUT"}.items()}
    contributions = [Contribution(name, "E1", Fraction(points)) for name, points in {"A": 1, "B": 1, "C": 2}.items()]
    facts = Facts(
        conceived_on=CONCEIVED,
        elements={"E1": Fraction(1)},
        contributions=contributions,
        people=people,
        method=method,
        parties=["ATRC", "HUT"],
    )

    assert dict(zip(["ATRC", "HUT"], shares, strict=True)) == format_shares(derive(facts).holders)


# -- title, by the day and by the paper -------------------------------------------------------------------------------


def assignment(assignee, signed_on, **changed):
    signed = date.fromisoformat(signed_on)
    return Instrument("PRESENT_ASSIGNMENT", assignee, signed, changed.pop("start", signed), **changed)


def employment(assignee, signed_on="2020-01-01", **changed):
    return assignment(assignee, signed_on, **changed)._replace(kind="EMPLOYMENT_LAW")


def sole_inventor(*instruments, **changed):
    """Return what is derived when one person did it all."""
    split = changed.pop("appointment_split", None)
    return derive(
        Facts(
            conceived_on=CONCEIVED,
            elements={"E1": Fraction(1)},
            contributions=[Contribution("X", "E1", Fraction(1))],
            people={"X": Person(instruments, split)},
            **changed,
        )
    )


def test_the_earliest_signed_assignment_wins():
    """Nothing is left for the later one, and people are told."""
    derivation = sole_inventor(assignment("LATER", "2024-02-01"), assignment("EARLIER", "2024-01-01"))

    assert {"EARLIER": Fraction(1)} == derivation.holders
    assert ["TitleConflictDetected"] == [alarm.alarm for alarm in derivation.alarms]


def test_employment_binds_from_its_start():
    """An employment that began before the assignment was signed wins, whenever its own paper was signed."""
    derivation = sole_inventor(
        assignment("COMPANY", "2024-03-01"), employment("SCHOOL", "2024-05-01", start=date(2024, 1, 1))
    )

    assert {"SCHOOL": Fraction(1)} == derivation.holders


def test_two_instruments_for_one_party_are_no_conflict():
    """A second paper for the same assignee changes nothing."""
    derivation = sole_inventor(employment("A"), assignment("A", "2024-01-01"))

    assert {"A": Fraction(1)} == derivation.holders
    assert [] == derivation.alarms


@pytest.mark.parametrize(
    ("start", "end", "holder"),
    [
        ("2024-07-08", None, "A"),
        ("2024-07-09", None, "person:X"),
        ("2024-01-01", "2024-07-08", "person:X"),
        ("2024-01-01", "2024-07-09", "A"),
    ],
)
def test_an_instrument_covers_half_open_days(start, end, holder):
    """Its first day counts, its last does not."""
    instrument = employment("A", "2024-01-01", start=day(start), end=day(end))

    assert {holder: Fraction(1)} == sole_inventor(instrument, hold_gap_in_person=True).holders


def test_a_deed_does_not_rewrite_the_origin():
    """A deed moves a holding on its own day; on the day of conception it is no title."""
    deed = assignment("A", "2024-01-01")._replace(kind="DEED")

    assert {"person:X": Fraction(1)} == sole_inventor(deed, hold_gap_in_person=True).holders


def test_a_split_needs_an_instrument_of_each_of_its_parties():
    """Ratios say how instruments share, they do not stand in for one."""
    split = {"A": Fraction(1, 2), "B": Fraction(1, 2)}

    assert split == sole_inventor(employment("A"), employment("B"), appointment_split=split).holders
    assert {"A": Fraction(1)} == sole_inventor(employment("A"), appointment_split=split).holders


def test_a_share_accrues_to_whoever_controlled_the_holder_that_day():
    """Control that ended before conception or began after it moves nothing."""
    affiliations = [
        Affiliation("FORMER", "CHILD", date(2020, 1, 1), date(2024, 7, 8)),
        Affiliation("PARENT", "CHILD", date(2024, 7, 8), date(2024, 7, 9)),
        Affiliation("LATER", "CHILD", date(2024, 7, 9)),
    ]

    assert {"PARENT": Fraction(1)} == sole_inventor(employment("CHILD"), affiliations=affiliations).holders
    assert {"CHILD": Fraction(1)} == sole_inventor(
        employment("CHILD"), affiliations=affiliations, accrue_to_parent=False
    ).holders


def test_a_promise_to_the_parent_that_holds_is_kept():
    """People are only told of what somebody could claim."""
    promise = assignment("PARENT", "2024-01-01")._replace(kind="PROMISE_TO_ASSIGN")
    affiliations = [Affiliation("PARENT", "CHILD", date(2020, 1, 1))]

    assert not sole_inventor(employment("CHILD"), promise, affiliations=affiliations).alarms
    separate = sole_inventor(employment("CHILD"), promise, affiliations=affiliations, accrue_to_parent=False)
    assert ["TitleConflictDetected"] == [alarm.alarm for alarm in separate.alarms]


def test_instruments_of_one_day_are_taken_by_the_ids_of_their_assignees():
    """A tie is broken the same way whatever was recorded first."""
    one, other = assignment("A", "2024-01-01", name="z"), assignment("B", "2024-01-01", name="a")

    assert sole_inventor(one, other).holders == sole_inventor(other, one).holders == {"A": Fraction(1)}


def test_whatever_binds_first_wins_by_whatever_name():
    """Who the assignee is and what the paper is called decide between equals only."""
    derivation = sole_inventor(
        assignment("A", "2024-02-01", name="a"), assignment("B", "2024-01-01", name="b"), assignment("C", "2024-03-01")
    )

    assert {"B": Fraction(1)} == derivation.holders


def test_instruments_of_one_assignee_are_named_in_the_order_in_which_they_bind():
    """Those of one day by their own names, whatever was recorded first."""
    papers = [
        assignment("A", "2024-01-01", name="z"),
        assignment("A", "2024-01-01", name="y"),
        assignment("A", "2023-12-31", name="zz"),
    ]

    assert ("zz", "y", "z") == sole_inventor(*papers).reasons[0].instruments
    assert ("zz", "y", "z") == sole_inventor(*reversed(papers)).reasons[0].instruments


def test_each_share_says_by_which_instrument_it_was_held():
    """The reasons name contributor, holder, share and paper."""
    derivation = sole_inventor(employment("A", name="contract-7"))

    assert [("X", "A", Fraction(1), ("contract-7",))] == derivation.reasons


# -- nothing is nothing ------------------------------------------------------------------------------------------------


def divided(elements, *contributions, **changed):
    """Return what is derived when A and B each employ the person of their name."""
    people = {name: Person([employment(name)]) for name in ("A", "B")}
    weights = {element: Fraction(weight) for element, weight in elements.items()}
    given = [Contribution(person, element, Fraction(points)) for person, element, points in contributions]
    return derive(Facts(CONCEIVED, weights, given, people, **changed))


def test_an_element_of_no_weight_is_none():
    """It need not be contributed to, and what was contributed to it gives nothing."""
    assert {"A": Fraction(1)} == divided({"E1": "1/1", "E0": "0/1"}, ("A", "E1", "1/1")).holders
    contributed = divided({"E1": "1/1", "E0": "0/1"}, ("A", "E1", "1/1"), ("B", "E0", "1/1"))
    assert {"A": Fraction(1)} == contributed.holders == contributed.contributors


def test_elements_of_no_weight_at_all_divide_nothing():
    """There is no whole of which anybody could have a part."""
    for elements in ({"E0": "0/1"}, {}):
        with refuses(DerivationRefused, match="NO_ELEMENTS"):
            divided(elements, ("A", "E0", "1/1"))


def test_whoever_has_no_points_has_no_share_and_no_alarm():
    """A contribution of nothing makes nobody a holder, and its title concerns nobody."""
    derivation = divided({"E1": "1/1"}, ("A", "E1", "1/1"), ("V", "E1", "0/1"))

    assert ({"A": Fraction(1)}, {"A": Fraction(1)}, []) == (
        derivation.holders,
        derivation.contributors,
        derivation.alarms,
    )


def test_an_element_to_which_nobody_contributed_anything_is_told():
    """Its weight is never spread silently over the others."""
    for none in ((), (("B", "E2", "0/1"),)):
        with refuses(DerivationRefused, match="ELEMENT_WITHOUT_CONTRIBUTION"):
            divided({"E1": "1/2", "E2": "1/2"}, ("A", "E1", "1/1"), *none)


def test_a_part_of_nothing_in_an_appointment_makes_no_holder():
    """Of two assignees one may have none of it; so may one of whom a share was agreed."""
    split = {"A": Fraction(1), "B": Fraction(0)}
    assert {"A": Fraction(1)} == sole_inventor(employment("A"), employment("B"), appointment_split=split).holders

    agreed = divided({}, method="AGREED", agreed={"B": Fraction(0), "A": Fraction(1)})
    assert {"A": Fraction(1)} == agreed.holders


# -- for every history ------------------------------------------------------------------------------------------------

POSITIVE = st.fractions(min_value=Fraction(1, 50), max_value=50, max_denominator=50)
PARTIES = st.sampled_from(["A", "B", "C"])


@st.composite
def histories(draw):
    """Draw an invention of up to four elements by up to five people, some of them without title."""
    people = {
        f"P{number}": Person([employment(party) for party in draw(st.lists(PARTIES, max_size=3))])
        for number in range(draw(st.integers(1, 5)))
    }
    elements = {f"E{number}": draw(POSITIVE) for number in range(draw(st.integers(1, 4)))}
    contributions = [
        Contribution(contributor, element, draw(POSITIVE))
        for element in elements
        for contributor in draw(st.lists(st.sampled_from(sorted(people)), min_size=1, max_size=5))
    ]
    return Facts(CONCEIVED, elements, contributions, people, hold_gap_in_person=True)


@given(histories())
def test_shares_always_sum_to_exactly_one(facts):
    """No history makes or loses a part of the whole, and no share is negative or zero."""
    derivation = derive(facts)

    assert sum(derivation.holders.values()) == sum(derivation.contributors.values()) == 1
    assert all(share > 0 for share in derivation.holders.values())
    assert sum(reason.share for reason in derivation.reasons) == 1


@given(histories(), st.randoms())
def test_the_order_of_recording_changes_no_share(facts, random):
    """Contributions and elements in any order give the same shares."""
    contributions, elements = list(facts.contributions), list(facts.elements.items())
    random.shuffle(contributions)
    random.shuffle(elements)

    shuffled = Facts(CONCEIVED, dict(elements), contributions, facts.people, hold_gap_in_person=True)

    assert derive(facts).holders == derive(shuffled).holders


@given(histories(), POSITIVE)
def test_weights_count_by_their_ratio_alone(facts, factor):
    """Weights need not sum to one: multiplying all of them changes nothing."""
    scaled = {element: weight * factor for element, weight in facts.elements.items()}

    assert (
        derive(facts).holders
        == derive(Facts(CONCEIVED, scaled, facts.contributions, facts.people, hold_gap_in_person=True)).holders
    )


@given(st.lists(POSITIVE, min_size=1, max_size=12))
def test_percentages_total_one_hundred(weights):
    """Two decimals each, 100.00 together, none off by more than a hundredth."""
    whole = sum(weights)
    shares = {f"H{number}": weight / whole for number, weight in enumerate(weights)}

    shown = {holder: Fraction(text) / 100 for holder, text in percent(shares).items()}

    assert sum(shown.values()) == 1
    assert all(abs(shown[holder] - share) < Fraction(1, 10_000) for holder, share in shares.items())
