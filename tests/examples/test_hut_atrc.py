"""The sample story as a file: complete, consistent, and right in its arithmetic, before any server plays it."""

from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from services.cli.scenario import STORY, Scenario, read

# Until then counts what is counted.
ADOPTED = {
    "INV-5G-1": date(2024, 8, 30),
    "INV-SEMI-1": date(2024, 12, 10),
    "INV-WASTE-1": date(2025, 6, 30),
    "INV-WASTE-2": date(2026, 4, 20),
}


@pytest.fixture(scope="module")
def story() -> Scenario:
    """The story as it stands in examples/."""
    return read(STORY)


def references(body: Any) -> list[str]:
    """Return the steps whose answers a body takes values from."""
    if isinstance(body, dict):
        return [name for value in body.values() for name in references(value)]
    if isinstance(body, list):
        return [name for value in body for name in references(value)]
    return [body[1:].split(".")[0]] if isinstance(body, str) and body.startswith("$") else []


def test_every_actor_is_introduced(story: Scenario):
    """Whoever acts is one of the people, and every representative's party was registered before."""
    registered = {step.body["party"] for step in story.steps if step.request == "POST /v1/parties" and step.body}

    assert {step.by for step in story.steps} == set(story.people)
    assert {person.party for person in story.people.values() if person.party} <= registered


def test_steps_have_names_of_their_own(story: Scenario):
    """A step's id is its Idempotency-Key, so no two are the same."""
    ids = [step.id for step in story.steps]

    assert sorted(set(ids)) == sorted(ids)


def test_values_come_from_earlier_steps(story: Scenario):
    """A body takes values only from answers that were already given."""
    given: set[str] = set()
    for step in story.steps:
        assert set(references(step.body)) <= given
        given.add(step.id)


def test_an_attestation_is_the_other_partys(story: Scenario):
    """Each contribution is recorded by its contributor's party and attested by the other."""
    recorded = {step.body["contribution"]: step.by for step in story.steps if step.body and "contributor" in step.body}
    attested = {
        step.see.rsplit("/")[-1]: step.by for step in story.steps if step.see and "content_hash" in str(step.body)
    }

    assert recorded.keys() == attested.keys()
    assert all({"HUT-REP", "ATRC-REP"} == {recorded[name], attested[name]} for name in recorded)


@pytest.mark.parametrize(
    ("invention", "shares"),
    [
        ("INV-5G-1", {"HUT": "35/72", "ATRC": "37/72"}),
        ("INV-SEMI-1", {"ATRC": "5/12", "HUT": "1/6", "HUTRD": "1/4", "VR": "1/6"}),
        ("INV-WASTE-1", {"HUT": "1/3", "ATRC": "1/3", "EGU": "1/3"}),
        ("INV-WASTE-2", {"HUT": "3/5", "ATRC": "2/5"}),
    ],
)
def test_the_shares_follow_from_the_contributions(story: Scenario, invention: str, shares: dict[str, str]):
    """Weights times parts of the points, summed by home, are the shares that are first adopted."""
    points: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    weights: dict[str, Fraction] = {}
    for step in story.steps:
        body = step.body or {}
        if body.get("invention") == invention and "points" in body and step.on <= ADOPTED[invention]:
            points[body["element"]][body["contributor"].split("-")[0]] += Fraction(body["points"])
        if f"/{invention}/elements" in step.request:
            weights |= {element["id"]: Fraction(element["weight"]) for element in body["elements"]}
    got: dict[str, Fraction] = defaultdict(Fraction)
    for element, weight in weights.items():
        for home, own in points[element].items():
            got[home] += weight / sum(weights.values()) * own / sum(points[element].values())

    assert {home: Fraction(share) for home, share in shares.items()} == got


def test_days_come_in_their_order(story: Scenario):
    """Time only goes on, and the first step says when the story begins."""
    days = [step.on for step in story.steps]

    assert days == sorted(days)


def test_every_expected_answer_is_a_whole(story: Scenario):
    """Whatever day is asked about, all of it belongs to somebody, or there is nothing yet."""
    assert all(sum(map(Fraction, answer.holders.values())) in {0, 1} for answer in story.answers)


def test_every_timeline_ends_as_the_story_does(story: Scenario):
    """The last answer about each asset, by the last that is known, is who owns it in the end."""
    known = max(answer.known for answer in story.answers)
    last = {
        answer.asset: answer.holders
        for answer in sorted(story.answers, key=lambda answer: answer.effective)
        if answer.known == known
    }

    assert story.ownership == last
