"""Who holds what on a day, and whom it concerns."""

from datetime import date
from fractions import Fraction

import pytest

from services.agreements.consent.holders import acquirers, concerned, holders_ever, holders_on, shares_on
from services.agreements.ownership.account import Regime
from tests.agreements.consent.situations import CONCEIVED, LATER, NOTICED, THIRDS, Piece, days_from, held, passed

BEFORE = days_from(LATER, -1)
OF_NOBODY = held(parties=("ATRC", "HUT", "EGU"))
SOLD = held(THIRDS, passed("HUT", "EGU"))


def superseded() -> Piece:
    """Give what ATRC held alone at first, and HUT alone from a later day on by other shares."""
    piece = held({"ATRC": "1/1"})
    later = Regime(determination="DET-2", start=LATER, shares={"HUT": "1/1"})
    return piece._replace(account=type(piece.account)(conceived_on=CONCEIVED, regimes=(*piece.account.regimes, later)))


@pytest.mark.parametrize(
    ("piece", "day", "shares"),
    [
        (held(THIRDS), NOTICED, {"ATRC": Fraction(5, 12), "HUT": Fraction(1, 3), "HUT-RD": Fraction(1, 4)}),
        (SOLD, BEFORE, {"ATRC": Fraction(5, 12), "HUT": Fraction(1, 3), "HUT-RD": Fraction(1, 4)}),
        (SOLD, LATER, {"ATRC": Fraction(5, 12), "EGU": Fraction(1, 3), "HUT-RD": Fraction(1, 4)}),
        (OF_NOBODY, NOTICED, dict.fromkeys(("ATRC", "HUT", "EGU"), Fraction(1, 3))),
        (held(THIRDS), days_from(CONCEIVED, -1), dict.fromkeys(("ATRC", "HUT"), Fraction(1, 2))),
        (held({"person:VR": "1/1"}), NOTICED, {"person:VR": Fraction(1)}),
    ],
    ids=["by shares", "the day before", "from the day on", "of nobody", "before conception", "a person"],
)
def test_each_has_as_large_a_say_as_its_share_that_day(piece: Piece, day: date, shares: dict[str, Fraction]):
    """While nobody holds any, the parties of its project alike."""
    assert shares == shares_on(piece, day)


def test_who_holds_something_of_several_is_a_holder():
    """Of what nobody holds, nobody is: its project's parties are told all the same."""
    assert {"ATRC", "HUT-RD", "EGU", "HUT"} == holders_on([SOLD, held({"HUT": "1/1"}), OF_NOBODY], LATER)


@pytest.mark.parametrize(
    ("piece", "on_the_day", "ever", "acquired"),
    [
        (held({"HUT": "1/1"}), {"HUT"}, {"HUT"}, {"HUT"}),
        (SOLD, {"ATRC", "HUT", "HUT-RD"}, {"ATRC", "HUT", "HUT-RD", "EGU"}, {"ATRC", "HUT", "HUT-RD", "EGU"}),
        (superseded(), {"ATRC"}, {"ATRC", "HUT"}, {"HUT"}),
        (held(None, passed("HUT", "EGU")), set(), set(), {"EGU"}),
        (held({"HUT": "1/1"}, passed("ATRC", "EGU")), {"HUT"}, {"HUT"}, {"HUT", "EGU"}),
    ],
    ids=["one holder", "sold later", "other shares later", "passed on before there are shares", "nothing passed on"],
)
def test_three_answers_to_who_the_holders_are(piece: Piece, on_the_day: set[str], ever: set[str], acquired: set[str]):
    """On a day; on any day; or whom the last adoption and any transfer gave something."""
    assert (on_the_day, ever, acquired) == (holders_on([piece], NOTICED), holders_ever([piece]), acquirers([piece]))


def test_it_concerns_the_parties_of_the_projects_and_those_holders():
    """Each once, in order; a person is told by nobody's inbox."""
    pieces = [held(parties=("HUT", "ATRC")), held(parties=("HUT", "NLN"))]

    assert ("ATRC", "EGU", "HUT", "NLN") == concerned(pieces, {"EGU", "HUT", "person:VR"})
    assert ("ATRC", "HUT", "NLN") == concerned(pieces, ())
