"""The rules from contributions to shares, by worked cases and by what must hold for every history."""

import json
import random
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agreements.inventions.determine import determine, percent_of, require_title
from services.agreements.inventions.errors import NothingToDetermine, SharesTooFine
from shared.errors import DomainError
from shared.events.invention import Contributor, DeterminationInputs
from shared.events.values import Affiliation
from shared.ratio import parse_ratio, parse_shares
from tests.agreements.controls import contributor, element, inputs, instrument, period
from tests.agreements.histories import counting, histories
from tests.told import refuses

CASES = sorted(Path(__file__).parent.joinpath("cases").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_worked_case_comes_out_exactly(path: Path):
    """Every case of the agreed collection, to the last digit."""
    case = json.loads(path.read_text())

    answer = answer_to(inputs_of(case["input"]))

    assert {name: answer[name] for name in case["expect"]} == case["expect"]


def answer_to(asked: DeterminationInputs) -> dict[str, Any]:
    try:
        determined = determine(asked)
        require_title(asked, determined)
    except DomainError as refusal:
        return {"refused": refusal.code(), **refusal.ids}
    return {
        "holders": determined.shares,
        "contributors": {each.person: each.share for each in determined.derivation.people},
        "percent": determined.derivation.percent,
        "alarms": [{"alarm": each.alarm, "contributor": each.contributor} for each in determined.alarms],
    }


def inputs_of(case: dict[str, Any]) -> DeterminationInputs:
    people = [
        contributor(
            person,
            *(
                instrument(
                    instrument=f"{person}-{number}",
                    kind=each["kind"],
                    assignee_party=each["assignee"],
                    signed_on=date.fromisoformat(each["signed_on"]),
                    covers=days(each["covers"]),
                )
                for number, each in enumerate(known["instruments"])
            ),
            split=known.get("appointment_split"),
        )
        for person, known in case["people"].items()
    ]
    confirmed = [each for each in case["contributions"] if (each["kind"], each["status"]) == ("INVENTIVE", "CONFIRMED")]
    return inputs(
        method=case["method"],
        conceived_on=date.fromisoformat(case["conceived_on"]),
        title_gap=case.get("title_gap", "BLOCK"),
        affiliate_accrual=case.get("affiliate_accrual", "PARENT"),
        elements=tuple(element(**each) for each in case["elements"]),
        contributions=tuple(
            counting(number, each["contributor"], each["element"], each["points"])
            for number, each in enumerate(confirmed)
        ),
        contributors=tuple(people),
        affiliations=tuple(
            Affiliation(parent=each["parent"], child=each["child"], period=days(each))
            for each in case.get("affiliations", ())
        ),
    )


def days(case: dict[str, str]) -> Any:
    end = case.get("to")
    return period(date.fromisoformat(case["from"]), date.fromisoformat(end) if end else None)


def test_of_two_assignments_the_earlier_wins_and_the_conflict_is_told():
    """Nothing is left for the later one to carry."""
    rivals = (
        instrument(instrument="LATE", kind="PRESENT_ASSIGNMENT", assignee_party="A", signed_on=date(2024, 2, 1)),
        instrument(instrument="EARLY", kind="PRESENT_ASSIGNMENT", assignee_party="Z", signed_on=date(2024, 1, 1)),
    )
    determined = determine(alone(contributor("V", *rivals)))

    assert {"Z": "1/1"} == determined.shares
    assert [("TitleConflictDetected", ("LATE",))] == [(each.alarm, each.instruments) for each in determined.alarms]


@pytest.mark.parametrize(
    ("accrual", "promised_to", "alarms"),
    [("PARENT", "HUT", 0), ("PARENT", "HUT-RD", 0), ("PARENT", "EGU", 1), ("SEPARATE", "HUT", 1)],
)
def test_a_promise_to_whom_the_share_accrues_is_no_conflict(accrual: Any, promised_to: str, alarms: int):
    """The parent holds what its affiliate's people invent, and that is what it was promised."""
    share = alone(
        contributor(
            "V",
            instrument(instrument="LAW", assignee_party="HUT-RD"),
            instrument(instrument="WORD", kind="PROMISE_TO_ASSIGN", assignee_party=promised_to),
        )
    )
    of_hut = Affiliation(parent="HUT", child="HUT-RD", period=period(date(2015, 1, 1)))

    determined = determine(msgspec.structs.replace(share, affiliate_accrual=accrual, affiliations=(of_hut,)))

    assert ["TitleConflictDetected"] * alarms == [each.alarm for each in determined.alarms]


def test_employment_counts_from_its_first_day_not_from_its_paper():
    """Title by law does not wait for a signature."""
    rivals = (
        instrument(instrument="LAW", assignee_party="Z", signed_on=date(2024, 3, 1)),
        instrument(instrument="DEAL", kind="PRESENT_ASSIGNMENT", assignee_party="A", signed_on=date(2020, 1, 1)),
    )

    assert {"Z": "1/1"} == determine(alone(contributor("V", *rivals))).shares


def test_an_instrument_that_does_not_cover_the_day_carries_nothing():
    """The last day of a period is the day before `to`."""
    ended = instrument(covers=period(date(2015, 1, 1), date(2024, 7, 8)))

    assert {"person:V": "1/1"} == determine(alone(contributor("V", ended))).shares


def papers(*signed: tuple[str, str, date]) -> Contributor:
    """Give a person who assigned what they conceive by these papers: each its name, its assignee and its day."""
    return contributor(
        "V",
        *(
            instrument(instrument=name, kind="PRESENT_ASSIGNMENT", assignee_party=party, signed_on=day)
            for name, party, day in signed
        ),
    )


def test_whatever_binds_first_wins_by_whatever_name():
    """Who the assignee is and what the paper is called decide between equals only."""
    early, late = date(2024, 1, 1), date(2024, 1, 2)
    person = papers(("a", "A", late), ("c", "C", early), ("b", "B", late))

    assert {"C": "1/1"} == determine(alone(person)).shares


def test_of_papers_of_one_day_the_assignee_that_sorts_first_has_the_title():
    """A tie is broken the same way whatever was recorded first, and whatever the papers are called."""
    day = date(2024, 1, 1)
    for person in (papers(("z", "A", day), ("a", "B", day)), papers(("a", "B", day), ("z", "A", day))):
        assert {"A": "1/1"} == determine(alone(person)).shares


def test_of_papers_of_one_day_for_one_assignee_the_name_that_sorts_first_is_told():
    """So that everybody tells the same one."""
    day = date(2024, 1, 1)
    for person in (papers(("z", "A", day), ("a", "A", day)), papers(("a", "A", day), ("z", "A", day))):
        assert [("a",)] == [each.instruments for each in determine(alone(person)).derivation.people]


def test_an_element_of_no_weight_is_none():
    """It need not be contributed to, and what was contributed to it gives nothing."""
    share = alone(contributor("V", instrument(assignee_party="HUT")))
    weightless = msgspec.structs.replace(share, elements=(*share.elements, element(id="E0", weight="0/1")))
    contributed = (*share.contributions, counting(9, "V", "E0", "1/1"))

    assert determine(share) == determine(weightless)
    assert determine(share) == determine(msgspec.structs.replace(weightless, contributions=contributed))


def test_elements_of_no_weight_at_all_divide_nothing():
    """There is no whole of which anybody could have a part."""
    share = alone(contributor("V", instrument(assignee_party="HUT")))
    for elements in ((), (element(id="E0", weight="0/1"),)):
        with refuses(NothingToDetermine):
            determine(msgspec.structs.replace(share, elements=elements))


def test_a_split_without_both_instruments_splits_nothing():
    """Ratios of an appointment carry no title by themselves."""
    person = contributor("V", instrument(), split={"HUT": "3/4", "ATRC": "1/4"})

    assert {"HUT": "1/1"} == determine(alone(person)).shares


def test_shares_that_nobody_could_read_are_refused():
    """Denominators multiply; before they no longer fit in a text, the parties are asked for rounder points."""
    odd = [f"1/{10**40 + 2 * number + 1}" for number in range(8)]
    contributions = tuple(counting(number, "V", f"E{number}", "1/1") for number in range(8))
    elements = tuple(element(id=f"E{number}", weight=weight) for number, weight in enumerate(odd))

    with refuses(SharesTooFine):
        determine(
            inputs(elements=elements, contributions=contributions, contributors=(contributor("V", instrument()),))
        )


def alone(person: Contributor) -> DeterminationInputs:
    contributions = (counting(1, person.person, "E1", "1/1"),)
    return inputs(contributions=contributions, contributors=(person,))


@given(histories())
def test_shares_always_sum_to_one(history: DeterminationInputs):
    """Exactly one, whatever was contributed, and so do the parts they are made of."""
    determined = determine(history)

    assert 1 == sum(parse_shares(determined.shares).values())
    assert 1 == sum(parse_ratio(each.share) for each in determined.derivation.people)
    assert all(1 == sum(parse_shares(each.contributors).values()) for each in determined.derivation.elements)


@given(histories(), st.randoms(use_true_random=False))
def test_no_order_of_anything_matters(history: DeterminationInputs, chance: random.Random):
    """The same facts in another order are the same shares, by the same derivation, in the same bytes."""
    shuffled = msgspec.structs.replace(
        history,
        elements=tuple(chance.sample(history.elements, len(history.elements))),
        contributions=tuple(chance.sample(history.contributions, len(history.contributions))),
        contributors=tuple(
            msgspec.structs.replace(each, instruments=tuple(chance.sample(each.instruments, len(each.instruments))))
            for each in chance.sample(history.contributors, len(history.contributors))
        ),
    )

    assert msgspec.json.encode(determine(history)) == msgspec.json.encode(determine(shuffled))


@given(histories())
def test_percentages_total_a_hundred(history: DeterminationInputs):
    """What people see adds up, and is never a hundredth or more away from the exact share."""
    shares = parse_shares(determine(history).shares)
    shown = {holder: Fraction(text) for holder, text in percent_of(shares).items()}

    assert 100 == sum(shown.values())
    assert all(abs(shown[holder] - 100 * share) < Fraction(1, 100) for holder, share in shares.items())
