"""Holdings balance on every day as known at every position, and what was once an answer stays that answer."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from services.ledger.rules.holdings import (
    Holdings,
    Moment,
    PostingUnbalanced,
    determined,
    disclosed,
    post,
    rows_of,
    shares_on,
    timeline_of,
)
from tests.told import refuses

CONCEIVED = date(2024, 7, 8)
HALF = {"HUT": Fraction(1, 2), "ATRC": Fraction(1, 2)}
THIRD = {"HUT": Fraction(1, 3), "ATRC": Fraction(2, 3)}


def moment(position):
    return Moment(position, datetime(2024, 7, 15, tzinfo=UTC) + timedelta(hours=position))


@pytest.fixture
def history():
    """Disclosed at 3, determined at 7, determined again at 9."""
    holdings = Holdings()
    holdings.learn("INV", disclosed(CONCEIVED, 3), moment(3))
    holdings.learn("INV", determined(disclosed(CONCEIVED, 3), HALF, 7), moment(7))
    holdings.learn("INV", determined(disclosed(CONCEIVED, 3), THIRD, 9), moment(9))
    return holdings


@pytest.mark.parametrize(
    ("effective", "known", "shares"),
    [
        (CONCEIVED, 2, {}),
        (CONCEIVED, 3, {"UNALLOCATED": Fraction(1)}),
        (CONCEIVED, 6, {"UNALLOCATED": Fraction(1)}),
        (CONCEIVED, 7, HALF),
        (CONCEIVED, 8, HALF),
        (CONCEIVED, 9, THIRD),
        (date(2030, 1, 1), 99, THIRD),
        (CONCEIVED - timedelta(days=1), 99, {}),
    ],
)
def test_both_clocks_decide(history, effective, known, shares):
    """The legal day and the state of knowledge each move the answer, and neither stands in for the other."""
    assert shares == shares_on(history.timeline_at("INV", known), effective)


def test_a_change_from_a_later_day_leaves_the_days_before():
    """A posting effective later splits the period it falls into; each part keeps its causes."""
    timeline = determined(disclosed(CONCEIVED, 1), HALF, 2)

    timeline = post(timeline, date(2025, 3, 1), {"ATRC": Fraction(-1, 8), "HUT": Fraction(1, 8)}, 3)

    assert [
        (CONCEIVED, HALF, (2,)),
        (date(2025, 3, 1), {"ATRC": Fraction(3, 8), "HUT": Fraction(5, 8)}, (2, 3)),
    ] == [tuple(period) for period in timeline]
    assert timeline == timeline_of(rows_of("INV", timeline))


@pytest.mark.parametrize(
    "postings",
    [
        {"HUT": Fraction(1, 8)},
        {"HUT": Fraction(1, 8), "ATRC": Fraction(-1, 4)},
        {"HUT": Fraction(-3, 4), "ATRC": Fraction(3, 4)},
        {"NOBODY": Fraction(-1, 4), "ATRC": Fraction(1, 4)},
    ],
)
def test_unbalanced_postings_are_refused(postings):
    """What is given is taken, and nobody gives what they do not have."""
    timeline = determined(disclosed(CONCEIVED, 1), HALF, 2)

    with refuses(PostingUnbalanced):
        post(timeline, CONCEIVED, postings, 3)


def test_shares_that_are_no_whole_are_refused():
    """Nobody in particular gives one whole, so that is what the holders take."""
    with refuses(PostingUnbalanced):
        determined(disclosed(CONCEIVED, 1), {"HUT": Fraction(1, 2)}, 2)


def test_learning_the_same_again_changes_nothing(history):
    """A row that is still so keeps the day it became known."""
    before = list(map(repr, history.every()))

    history.learn("INV", history.timeline("INV"), moment(10))

    assert before == list(map(repr, history.every()))
