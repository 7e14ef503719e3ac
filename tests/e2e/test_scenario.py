"""The sample scenario on a real stack: broken off, repeated, contradicted."""

from itertools import islice

import msgspec
import pytest

from services.cli import scenario
from services.cli.scenario import AnsweredOtherwise, Expected, Step
from services.cli.standing import Standing
from shared.testing import Stack, temporary_home
from tests.e2e.truth import settled


def play(stack: Stack, step: Step) -> None:
    """Play one step of one's own making."""
    story = scenario.read()
    with scenario.client(stack.url("agreements")) as http:
        list(scenario.play(story, http, scenario.tokens(stack.home, story), [step]))


def test_a_load_that_was_broken_off_is_completed():
    """A first start that ended half-way is finished by the next one, and what was done is not done again."""
    story = scenario.read()
    steps = [step for step in story.steps if step.leaves_a_trace]
    with temporary_home() as home, Stack(home, log_level="WARNING") as stack:
        with scenario.client(home.url("agreements")) as http:
            begun = list(islice(scenario.play(story, http, scenario.tokens(home, story), steps), len(steps) // 2))
        scenario.load(home)
        completed = settled(stack)
        scenario.load(home)

        assert len(steps) // 2 == len(begun)
        assert completed == settled(stack)
        with Standing(home) as standing:
            assert story.ownership == {asset: standing.holders(asset) for asset in story.ownership}


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
