"""The sample scenario on a real stack: broken off, repeated, contradicted."""

from itertools import islice

import msgspec
import pytest

from services.cli import scenario
from services.cli.calendar import Calendar
from services.cli.scenario import AnsweredOtherwise, Expected, Step
from services.cli.standing import Standing
from shared.testing import Stack, temporary_home
from tests.e2e.truth import settled
from tests.undeclared import refusing_as_declared_at


def play(stack: Stack, step: Step) -> None:
    """Play one step of one's own making."""
    story = scenario.read()
    try:
        list(scenario.play(story, stack.home, [step]))
    finally:
        with Calendar(stack.home) as calendar:
            calendar.stop()


def test_a_load_that_was_broken_off_is_completed():
    """A first start that ended half-way is finished by the next one, and what was done is not done again."""
    story = scenario.read()
    half = len(story.steps) // 2
    with temporary_home() as home, Stack(home, log_level="WARNING") as stack, refusing_as_declared_at(stack):
        begun = list(islice(scenario.play(story, home, only_traces=True), half))
        scenario.load(home)
        completed = settled(stack)
        scenario.load(home)

        assert half == len(begun)
        assert completed == settled(stack)
        with Standing(home) as standing:
            assert story.ownership == {asset: standing.holders(asset) for asset in story.ownership}


def test_the_story_is_recorded_on_its_own_days(stack: Stack):
    """What was typed on a day of the story is recorded on it, also what that day brought by itself."""
    with Standing(stack.home) as standing:
        events = [msgspec.json.decode(body) for body in standing.log()]
    recorded = {event["type"]: event["time"][:10] for event in reversed(events)}
    actors = {event["type"]: event["actor"] for event in events}

    assert "2024-01-15" == recorded["agreements.AgreementDrafted.v1"]
    assert "2024-02-01" == recorded["agreements.AgreementActivated.v1"]
    assert "system" == actors["agreements.AgreementActivated.v1"]
    assert "2024-08-30" == recorded["agreements.DeterminationAdopted.v1"]


def test_every_answer_about_days_before_is_given(stack: Stack):
    """Who owned what on a day, as it was known at the end of another."""
    story = scenario.read()
    with Standing(stack.home) as standing:
        for answer in story.answers:
            got = standing.ownership(answer.asset, effective=answer.effective, known=answer.known)
            assert (answer.holders, answer.disputed) == (got["holders"], bool(got["disputed_in"]))


def test_an_answer_that_the_story_does_not_expect_ends_it(stack: Stack):
    """A step that is answered otherwise than the story says is named, with what was expected and what came."""
    story = scenario.read()
    step = msgspec.structs.replace(story.steps[0], id="register-twice", expect=Expected(status=409))

    with pytest.raises(AnsweredOtherwise, match="register-twice: expected 409, got 200"):
        play(stack, step)


def test_a_member_that_the_story_does_not_expect_ends_it_too(stack: Stack):
    """The right status with the wrong content is not the right answer."""
    story = scenario.read()
    expected = Expected(status=200, answer={"country": "CN"})
    step = msgspec.structs.replace(story.steps[0], id="register-once-more", expect=expected)

    with pytest.raises(AnsweredOtherwise, match="register-once-more"):
        play(stack, step)
