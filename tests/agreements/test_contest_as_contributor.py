"""The person named in a contribution denies it, and says what would be right: they are heard, and decide nothing."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.agreements.commands import Representative
from services.agreements.contributions.errors import (
    ContributionNotFound,
    ContributorHasAnswered,
    PointsMissing,
    PointsOnNonInventive,
)
from services.agreements.contributions.voices import (
    VOICE,
    ContestAsContributor,
    Voice,
    Word,
    confirm_as_contributor,
    contest_as_contributor,
)
from services.agreements.errors import DayNotReached
from shared.errors import DomainError
from shared.events.contribution import ContributorContested
from shared.ratio import NotARatio
from tests.agreements.controls import DIGEST, OTHER_DIGEST, TODAY, contribution, recorded, said
from tests.agreements.test_confirm_as_contributor import RECORDED, STUDENT, confirming, heard
from tests.told import refuses

CREDITED = contribution(recorded(kind="NON_INVENTIVE", points=None, element=None))


def contesting(**changed: Any) -> ContestAsContributor:
    fields = {
        "by": STUDENT,
        "content_hash": RECORDED.content_hash,
        "shown_hash": OTHER_DIGEST,
        "ground": "WRONG_POINTS",
        **changed,
    }
    return ContestAsContributor(**said(fields))


def contested() -> Voice:
    voice = VOICE.fold(None, contest_as_contributor(None, RECORDED, contesting(proposed_points="9/1")))
    assert voice is not None
    return voice


def test_the_person_says_what_would_be_right():
    """Which points, which day; of their own words the log has the hash alone."""
    command = contesting(proposed_points="9/1", proposed_conceived_on=date(2024, 7, 5), statement_hash=DIGEST)
    (event,) = contest_as_contributor(None, RECORDED, command)

    assert isinstance(event, ContributorContested)
    assert ("WRONG_POINTS", "9/1", date(2024, 7, 5), DIGEST) == (
        event.ground,
        event.proposed_points,
        event.proposed_conceived_on,
        event.statement_hash,
    )
    assert Word.CONTESTED == contested().status


def test_contesting_it_again_changes_nothing_and_an_answer_stands():
    """On the same ground with the same proposal it is so already; anything else comes too late."""
    assert () == contest_as_contributor(contested(), RECORDED, contesting(proposed_points="9/1"))
    with refuses(ContributorHasAnswered):
        contest_as_contributor(contested(), RECORDED, contesting(proposed_points="8/1"))
    with refuses(ContributorHasAnswered):
        confirm_as_contributor(contested(), RECORDED, confirming())
    with refuses(ContributorHasAnswered):
        contest_as_contributor(heard(), RECORDED, contesting())


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"by": Representative("ATRC-SE", "ATRC")}, ContributionNotFound),
        ({"proposed_points": "0/1"}, PointsMissing),
        ({"proposed_points": "1/0"}, NotARatio),
        ({"proposed_conceived_on": TODAY + timedelta(days=1)}, DayNotReached),
    ],
    ids=["another's", "nothing", "no number", "tomorrow"],
)
def test_a_contest_that_cannot_be_is_refused(changed: dict[str, object], refusal: type[DomainError]):
    """By its rule's name."""
    with refuses(refusal):
        contest_as_contributor(None, RECORDED, contesting(**changed))


def test_what_does_not_count_has_no_points_to_propose():
    """It is recorded for credit."""
    command = contesting(content_hash=CREDITED.content_hash, proposed_points="1/1")
    with refuses(PointsOnNonInventive):
        contest_as_contributor(None, CREDITED, command)
