"""Simulating cases: an answer to each, a refusal by name included, and nothing recorded."""

import copy
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.agreements.simulation.cases import answer_to
from tests.told import notes

ALL = sorted(Path(__file__).parent.joinpath("cases").rglob("*.json"))
# The check of a licence is not simulated yet: its cases are played as far as they are about consent.
CASES = [path for path in ALL if path.parent.name != "consent"]
# The collection contradicts itself on this day: the case has the shares of before the transfer, though nothing undid
# it. A prospective determination leaves the days before its own as they were, so what was transferred stays so.
CONTRADICTED = {"prospective": "2024-08-31"}
SHARES = {"A": "3/5", "B": "2/5"}
ADOPT = {"type": "adopt", "shares": SHARES, "conceived_on": "2024-01-01"}
TRANSFER = {"type": "transfer", "from": "B", "to": "A", "of_holding": "1/2", "effective_on": "2024-03-01"}


def answered(given: Any) -> dict[str, Any]:
    """Return a case's answer, and have what it is refused compared with what is written."""
    answer = answer_to(given)
    for each in (answer, *answer.get("results", ())):
        if isinstance(each, dict) and "refused" in each:
            notes(msgspec.json.encode(each, order="sorted").decode())
    return answer


def simulated(*events: dict[str, Any], at: tuple[str, ...] = ("2024-12-31",), **changed: Any) -> dict[str, Any]:
    return answered({"name": "n", "kind": "ownership", "input": {"events": list(events), "at": list(at)} | changed})


def case(name: str) -> dict[str, Any]:
    (path,) = (path for path in CASES if path.stem == name)
    read: dict[str, Any] = json.loads(path.read_text())
    return read


def determined(**changed: Any) -> dict[str, Any]:
    given = copy.deepcopy(case("points"))
    given["input"] |= changed
    return answered(given)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_worked_case_is_answered_as_expected(path: Path):
    """Every field that its author expects is in the answer."""
    given = json.loads(path.read_text())

    answer = answered(given)
    for said in (answer, given["expect"]):
        said["holdings"] = [each for each in said.get("holdings", ()) if each["at"] != CONTRADICTED.get(path.stem)]

    assert given["expect"] == {name: answer[name] for name in given["expect"]}


def test_a_prospective_adoption_leaves_the_days_before_as_they_were():
    """What was transferred by then stays transferred."""
    answer = answered(case("prospective"))

    assert {"A": "4/5", "B": "1/5"} == answer["holdings"][1]["holders"]


@pytest.mark.parametrize(
    ("changed", "refused", "named"),
    [
        ({"kind": "waterfalls"}, "KIND_UNKNOWN", {"got": "waterfalls"}),
        ({"inputs": {}}, "FIELD_UNKNOWN", {"field": "inputs", "at": "$", "name": "n"}),
        ({"input": {"at": []}}, "FIELD_MISSING", {"field": "events", "name": "n"}),
        ({"input": {"events": [], "from": 1}}, "FIELD_UNKNOWN", {"field": "from", "at": "$.input"}),
        ({"input": {"events": [ADOPT | {"on": "x"}]}}, "FIELD_UNKNOWN", {"field": "on", "at": "$.input.events[0]"}),
        ({"input": {"events": [{"type": "sell"}]}}, "FIELD_MALFORMED", {"at": "$.input.events[0].type"}),
        (
            {"input": {"events": [ADOPT | {"shares": {"A": 1.0}}]}},
            "FIELD_MALFORMED",
            {"at": "$.input.events[0].shares[...]"},
        ),
        ({"input": {"events": [ADOPT | {"shares": {"A": "2/2"}}]}}, "NOT_A_RATIO", {"got": "2/2"}),
        ({"input": {"events": [TRANSFER | {"of_holding": "0.5"}]}}, "NOT_A_RATIO", {"got": "0.5"}),
    ],
)
def test_what_is_no_case_is_refused_by_name(changed: dict[str, Any], refused: str, named: dict[str, Any]):
    """The answer says which field, so that its author can find it."""
    answer = answered({"name": "n", "kind": "ownership", "input": {"events": []}} | changed)

    assert {"refused": refused, **named} == {name: answer[name] for name in ("refused", *named)}


def test_a_transfer_before_the_adoption_waits_and_is_replayed():
    """It counts from its own day, whenever the shares are adopted."""
    answer = simulated(TRANSFER, ADOPT, at=("2024-02-29", "2024-03-01"))

    assert ["pending", "adopted"] == answer["results"]
    assert [SHARES, {"A": "4/5", "B": "1/5"}] == [each["holders"] for each in answer["holdings"]]


def test_more_than_is_held_is_not_transferred():
    """The refusal says who lacks how much on which day, and nothing changes."""
    answer = simulated(ADOPT, TRANSFER | {"of_holding": None, "of_whole": "1/2"})

    refused = {"refused": "INSUFFICIENT_HOLDING", "holder": "B", "date": "2024-03-01", "shortfall": "1/10"}
    assert refused.items() <= answer["results"][1].items()
    assert SHARES == answer["holdings"][0]["holders"]


def test_a_backdated_transfer_takes_nothing_from_a_later_one():
    """What has been passed on since cannot be passed on before."""
    later = TRANSFER | {"of_holding": None, "of_whole": "2/5"}
    answer = simulated(ADOPT, later, TRANSFER | {"effective_on": "2024-02-01"})

    refused = {"refused": "OWNERSHIP_REPLAY_CONFLICT", "holder": "B", "date": "2024-03-01", "shortfall": "1/5"}
    assert refused.items() <= answer["results"][2].items()


def test_shares_that_are_no_whole_are_refused_where_they_stand():
    """The events after it are answered all the same."""
    answer = simulated(ADOPT | {"shares": {"A": "1/2"}}, ADOPT)

    assert "SHARES_DO_NOT_SUM_TO_ONE" == answer["results"][0]["refused"]
    assert "adopted" == answer["results"][1]


def test_a_prospective_adoption_needs_its_day():
    """Nobody guesses from when on other shares hold."""
    answer = simulated(ADOPT, ADOPT | {"mode": "PROSPECTIVE"})

    assert {"refused": "FIELD_MISSING", "field": "effective_on", "at": "$.input.events[1]"} == answer["results"][1]


def test_inventors_alike_count_once_each():
    """However many contributions they made, and to whatever."""
    given = case("points")["input"]["contributions"]

    answer = determined(method="EQUAL_INVENTORS", contributions=[*given, given[0] | {"points": "9/1"}])

    assert {"A": "2/3", "B": "1/3"} == answer["holders"]


def test_points_know_no_elements():
    """They are counted over the invention as a whole."""
    given = case("points")["input"]["contributions"]

    answer = determined(method="POINTS", contributions=[given[0], given[2] | {"element": "E9", "points": "4/1"}])

    assert {"A": "1/2", "B": "1/2"} == answer["holders"]


def test_parties_alike_hold_the_same():
    """Those whose people contributed, or those that are named."""
    assert {"A": "1/2", "B": "1/2"} == determined(method="EQUAL_PARTIES")["holders"]
    named = determined(method="EQUAL_PARTIES", parties=["A", "B", "C"])["holders"]
    assert {"A": "1/3", "B": "1/3", "C": "1/3"} == named


def test_a_party_named_twice_gets_no_share_twice():
    """Nor do the others get less, with a part that is nobody's."""
    assert "PARTIES_REPEATED" == determined(method="EQUAL_PARTIES", parties=["A", "B", "B"])["refused"]


@pytest.mark.parametrize(
    ("declared", "refused"),
    [
        (["A of B", "B of A"], {"refused": "AFFILIATION_CYCLE", "through": ["B", "A", "B"]}),
        (["P of A", "Q of A"], {"refused": "ACCRUAL_PARENT_TAKEN", "parent": "P", "child": "A"}),
        (["A of A"], {"refused": "OWN_PARENT", "got": "A"}),
    ],
)
def test_affiliations_that_the_registry_would_refuse_decide_nothing(declared: list[str], refused: dict[str, Any]):
    """Otherwise the order in which they are written would say who owns what."""
    affiliations = [dict(zip(("parent", "child"), each.split(" of "), strict=True)) for each in declared]

    answer = determined(affiliations=[each | {"from": "2015-01-01"} for each in affiliations])

    assert refused == {name: answer[name] for name in refused}


def test_affiliations_may_follow_each_other():
    """What was once the child may be the parent later, and who controls a parent is another matter."""
    before = {"parent": "A", "child": "P", "from": "2015-01-01", "to": "2020-01-01"}
    later = {"parent": "P", "child": "A", "from": "2020-01-01"}
    above = {"parent": "Q", "child": "P", "from": "2020-01-01"}

    assert {"B": "5/12", "P": "7/12"} == determined(affiliations=[before, later, above])["holders"]


def test_what_applies_on_no_day_is_refused():
    """Days written the wrong way round would pass a share on to somebody else, or to nobody."""
    given = case("points")["input"]["people"]
    given["B1"]["instruments"][0]["covers"] = {"from": "2024-01-01", "to": "2023-01-01"}

    assert "PERIOD_EMPTY" == determined(people=given)["refused"]
    backwards = {"parent": "P", "child": "A", "from": "2024-01-01", "to": "2024-01-01"}
    assert "PERIOD_EMPTY" == determined(affiliations=[backwards])["refused"]


def test_agreed_shares_are_taken_as_they_are():
    """And only by that method."""
    assert {"A": "1/4", "B": "3/4"} == determined(method="AGREED", shares={"A": "1/4", "B": "3/4"})["holders"]
    assert "AGREED_SHARES_MISSING" == determined(method="AGREED")["refused"]
    assert "AGREED_SHARES_MISSING" == determined(shares={"A": "1/1"})["refused"]


def test_points_on_what_is_not_inventive_are_refused():
    """What does not count has no number to count."""
    given = case("points")["input"]["contributions"]

    answer = determined(contributions=[given[0] | {"kind": "NON_INVENTIVE"}])

    assert "POINTS_ON_NON_INVENTIVE" == answer["refused"]


def test_somebody_nothing_is_known_of_is_a_title_gap():
    """No instrument carries their share to a party."""
    assert "TITLE_GAP" == determined(people={})["refused"]
