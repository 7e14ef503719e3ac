"""Whose affiliations count for what: those that operators declare for everything, what two declare for these two."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.ledger.rules.facts.standing import Standing
from shared.events.affiliation import AffiliationDeclared, AffiliationEnded, DeclarationConfirmed, DeclarationMade
from shared.events.agreement import AgreementDrafted
from shared.events.registry import Event
from shared.events.values import Period
from tests.docs.made import made
from tests.ledger.story import Story

DAY = date(2025, 6, 1)
LATER = DAY + timedelta(days=10)
_OF = {"parent": "HUT", "child": "HUT-RD"}


def standing(*events: Event, day: date = DAY) -> Standing:
    """Give what is known after some events, all of one day."""
    story, known = Story().on(str(day)), Standing()
    agreement = made(AgreementDrafted, agreement="AGR-1", parties=("HUT", "ATRC"))
    for event in (agreement, *events):
        known.read(story.tell(event, "any"))
    return known


def declared(*, by_ends: bool, **changed: Any) -> list[Event]:
    stated: dict[str, Any] = {**_OF, "accrual": True, "period": Period(start=DAY), **changed}
    if not by_ends:
        return [made(AffiliationDeclared, **stated)]
    return [
        made(DeclarationMade, **stated, declaration="DEC", declared_by="HUT"),
        made(DeclarationConfirmed, **_OF, declaration="DEC", party="HUT-RD"),
        made(AffiliationDeclared, **stated, declaration="DEC"),
    ]


def counting(known: Standing, day: date) -> set[str]:
    """Give for what the affiliation counts."""
    asked = {
        "speaks": known.speaks_for("HUT", "HUT-RD", day),
        "not neutral": not known.is_neutral("HUT-RD", "AGR-1", day),
        "gives a party what would be an outsider's": any(each.covers(day) for each in known.accruing({"HUT", "ATRC"})),
        "puts another in a party's place": any(each.covers(day) for each in known.accruing({"HUT-RD", "ATRC"})),
        "is less asked about a transfer": known.is_affiliated("HUT-RD", "HUT", day),
        "is not asked about an outcome": known.in_one_hand("HUT-RD", "HUT", day),
    }
    return {name for name, counts in asked.items() if counts}


FOR_THE_TWO = {"speaks", "not neutral", "gives a party what would be an outsider's"}
FOR_ALL = FOR_THE_TWO | {
    "puts another in a party's place",
    "is less asked about a transfer",
    "is not asked about an outcome",
}


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        (declared(by_ends=False), FOR_ALL),
        (declared(by_ends=True), FOR_THE_TWO),
        ([*declared(by_ends=True), *declared(by_ends=False)], FOR_ALL),
        ([*declared(by_ends=False), *declared(by_ends=True)], FOR_ALL),
    ],
    ids=["an operator", "its ends", "an operator, too", "its ends, too"],
)
def test_what_two_declare_takes_nothing_from_others(events: list[Event], counts: set[str]):
    """Until an operator declares the same."""
    assert counts == counting(standing(*events), DAY)


def ended(to: date, declaration: str | None = None) -> Event:
    return made(AffiliationEnded, **_OF, since=DAY, to=to, declaration=declaration)


@pytest.mark.parametrize(
    ("by_ends", "declaration", "to", "day", "ends"),
    [
        (True, "DEC", LATER, LATER, True),
        (True, "DEC", DAY, DAY, True),
        (True, None, LATER, LATER, True),
        (False, None, LATER, LATER, True),
        (False, "DEC", LATER, LATER, False),
        (True, "DEC-2", LATER, LATER, False),
    ],
)
def test_its_ends_end_what_they_have_declared_and_nothing_else(
    *, by_ends: bool, declaration: str | None, to: date, day: date, ends: bool
):
    """And an operator ends everything."""
    known = standing(*declared(by_ends=by_ends), ended(to, declaration))

    assert ends == (not counting(known, day))


def test_its_ends_end_nothing_of_days_that_are_over():
    """Who owns what is there would be another."""
    known = standing(*declared(by_ends=True))
    story = Story().on(str(LATER))
    known.read(story.tell(ended(DAY, "DEC"), "any"))

    assert FOR_THE_TWO == counting(known, LATER)


def test_what_has_ended_before_it_began_is_not_taken_up_by_another_of_that_day():
    """Each is what was declared last."""
    again = [
        made(DeclarationMade, **_OF, accrual=False, period=Period(start=DAY), declaration="DEC-2", declared_by="HUT"),
        made(DeclarationConfirmed, **_OF, declaration="DEC-2", party="HUT-RD"),
        made(AffiliationDeclared, **_OF, accrual=False, period=Period(start=DAY), declaration="DEC-2"),
    ]
    known = standing(*declared(by_ends=True), ended(DAY, "DEC"), *again, ended(LATER, "DEC-2"))

    assert FOR_THE_TWO - {"gives a party what would be an outsider's"} == counting(known, DAY)
    assert set() == counting(known, LATER)
