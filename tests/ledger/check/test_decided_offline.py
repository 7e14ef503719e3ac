"""What the offline verifier says of shares that follow from no contribution: what decided them, and by whose word."""

from datetime import date

import pytest

from services.ledger.check.offline import ownership_in_words
from services.ledger.check.replay import Replay
from shared.known import AsKnown
from shared.log.envelope import encode
from tests.ledger.false_unopposed import bound, laid_down, silent
from tests.ledger.story import Story, contributions_of_the_5g_invention

OUTCOME = {"ATRC": "1/7", "HUT": "6/7"}


@pytest.fixture
def story() -> Story:
    told = Story()
    told.agree(registrar="NLN")
    contributions_of_the_5g_invention(told)
    told.adopt(told.propose())
    return told


def said(story: Story) -> list[str]:
    replay = Replay()
    for envelope in story.envelopes:
        replay.enter(encode(envelope))
    lines = ownership_in_words(replay, "INV-5G-1", date(2025, 1, 1), AsKnown())
    return [line for line in lines[3:] if not line.startswith("disputed")]


@pytest.mark.parametrize(
    ("confirming", "words"),
    [
        (["ATRC"], "ATRC"),
        (["NLN"], "NLN, the registrar"),
        (["ATRC", "NLN"], "ATRC and NLN, the registrar"),
    ],
)
def test_a_decision_is_told_with_whose_word_it_has(story: Story, confirming: list[str], words: str):
    """And never that facts bear it out."""
    dispute = story.dispute(OUTCOME, adopted=None)
    decision = story.lay_down_alone(dispute, OUTCOME, "COURT", *confirming)
    story.adopt_outcome(dispute, OUTCOME, decision=decision)

    assert [
        f"because of position {story.position}: decided in dispute {dispute.dispute} on the basis COURT:",
        "  laid down by HUT",
        f"  confirmed by {words}",
        "  document X",
        "  not derived from contributions",
    ] == said(story)


def test_silence_is_told_apart_from_a_word():
    """Nobody is said to have confirmed what it only did not object to."""
    assert [
        "  laid down by HUT",
        "  confirmed by nobody else",
        "  not objected to, after proven notice, by ATRC",
    ] == said(bound(silent(laid_down())))[1:4]


def test_of_a_decision_of_before_nobody_is_named(story: Story):
    """By whose word it was is in the entries of the dispute alone."""
    dispute = story.dispute(OUTCOME, adopted=None)
    story.lay_down(dispute, OUTCOME, "COURT")
    story.adopt_outcome(dispute, OUTCOME)

    [first, word, *_] = said(story)
    assert f"decided in dispute {dispute.dispute}" in first
    assert "  by whose word was not recorded with it" == word
