"""Declaring and ending affiliations."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agreements.affiliations.decisions import declare_affiliation, end_affiliation
from services.agreements.affiliations.errors import (
    AccrualParentTaken,
    AffiliationCycle,
    AffiliationDeclaredAlready,
    AffiliationEndInvalid,
    AffiliationNotFound,
    ControlRatioInvalid,
    OwnParent,
)
from services.agreements.affiliations.model import AFFILIATION, Affiliations, affiliations_on, is_affiliate_on
from services.agreements.errors import PartyIsInactive, PeriodEmpty
from services.agreements.parties import decisions as parties
from services.agreements.parties.errors import PartyNotFound
from shared.errors import DomainError
from shared.events.affiliation import AffiliationDeclared, AffiliationEnded
from shared.events.values import Period
from tests.agreements import desk as at
from tests.agreements.controls import period
from tests.agreements.desk import Desk
from tests.agreements.party_controls import (
    SINCE,
    affiliation_declared,
    deactivating,
    declared,
    declaring,
    ending,
    of_party,
)
from tests.told import refuses


def test_an_affiliate_accrues_to_its_parent_for_the_period():
    """On each of its days, and on none outside."""
    known = declared(declaring(period=period(SINCE, date(2020, 1, 1))))

    for day, parents in (
        (SINCE, ["HUT"]),
        (date(2019, 12, 31), ["HUT"]),
        (date(2020, 1, 1), []),
        (date(2014, 1, 1), []),
    ):
        assert parents == [each.parent for each in affiliations_on(known, day, ())], day


def test_an_affiliation_that_does_not_accrue_is_in_no_determination():
    """Under control, yet with shares of its own."""
    known = declared(declaring(accrual=False))

    assert () == affiliations_on(known, SINCE, ())
    assert is_affiliate_on(known, "HUT-RD", "HUT", SINCE)


def test_control_goes_through_others():
    """An affiliate's affiliate is one, and never the other way round."""
    known = declared(declaring(), declaring(parent="HUT-RD", child="HUT-SPIN"))

    assert is_affiliate_on(known, "HUT-SPIN", "HUT", SINCE)
    assert not is_affiliate_on(known, "HUT", "HUT-SPIN", SINCE)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"child": "HUT"}, OwnParent),
        ({"period": period(SINCE, SINCE)}, PeriodEmpty),
        ({"control_ratio": "3/2"}, ControlRatioInvalid),
        ({"control_ratio": "0/1"}, ControlRatioInvalid),
        ({"period": period(date(2016, 1, 1))}, AffiliationDeclaredAlready),
        ({"parent": "ATRC"}, AccrualParentTaken),
        ({"parent": "HUT-RD", "child": "HUT"}, AffiliationCycle),
    ],
)
def test_what_would_make_no_sense_on_some_day_is_refused(changed: dict[str, Any], refusal: type[DomainError]):
    """Nobody is their own parent, and shares accrue to one parent at most."""
    with refuses(refusal):
        declare_affiliation(declared(), declaring(**changed))


def test_a_circle_that_closes_on_one_day_only_is_found():
    """Three affiliations of which each two are harmless, and all three hold for a single day."""
    known = declared(
        declaring(parent="A", child="B", period=period(date(2020, 1, 1), date(2020, 6, 2))),
        declaring(parent="B", child="C", period=period(date(2020, 6, 1))),
    )

    with refuses(AffiliationCycle) as refused:
        declare_affiliation(known, declaring(parent="C", child="A", period=period(SINCE)))
    assert "on 2020-06-01" == refused.value.got
    assert declare_affiliation(known, declaring(parent="C", child="A", period=period(date(2020, 6, 2))))


def test_another_parent_may_follow():
    """The day on which one affiliation ends, another may begin."""
    known = declared(declaring(period=period(SINCE, date(2020, 1, 1))))

    assert declare_affiliation(known, declaring(parent="ATRC", period=period(date(2020, 1, 1))))


def test_declaring_it_again_changes_nothing():
    """The same affiliation, sent twice, is declared once."""
    assert () == declare_affiliation(declared(), declaring())


def test_an_affiliation_ends_on_a_day():
    """Up to the day before it holds."""
    (event,) = end_affiliation(declared(), ending())

    assert isinstance(event, AffiliationEnded)
    after = AFFILIATION.fold(declared(), (event,))
    assert affiliations_on(after, date(2025, 12, 31), ())
    assert () == affiliations_on(after, date(2026, 1, 1), ())
    assert () == end_affiliation(after, ending())


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"parent": "ATRC"}, AffiliationNotFound),
        ({"to": SINCE}, AffiliationEndInvalid),
        ({"to": date(2030, 1, 1)}, AffiliationEndInvalid),
    ],
)
def test_an_end_that_ends_nothing_is_refused(changed: dict[str, Any], refusal: type[DomainError]):
    """An affiliation is shortened, never made longer or unmade."""
    with refuses(refusal):
        end_affiliation(declared(declaring(period=period(SINCE, date(2027, 1, 1)))), ending(**changed))


async def test_of_two_declarations_that_make_a_circle_together_one_is_refused():
    """Neither is wrong by itself; at the same moment one of them is first."""
    desk = Desk()
    for party in ("HUT", "HUT-RD"):
        await desk.does(at.registered(party))

    with refuses(AffiliationCycle):
        await desk.interrupted(affiliation_declared(), meanwhile=affiliation_declared(parent="HUT-RD", child="HUT"))
    assert ["AffiliationDeclared"] == await desk.names("affiliation:all")


async def test_affiliates_are_registered_and_active():
    """Both sides are organisations that there are."""
    desk = Desk()
    await desk.does(at.registered("HUT"))
    with refuses(PartyNotFound):
        await desk.does(affiliation_declared())

    await desk.does(at.registered("HUT-RD"))
    await desk.does(of_party(parties.deactivate_party, deactivating(), "HUT-RD"))
    with refuses(PartyIsInactive):
        await desk.does(affiliation_declared())


_PARTIES = ("A", "B", "C", "D")
_START = date(2020, 1, 1)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start = draw(st.integers(0, 9))
    days = draw(st.none() | st.integers(1, 9))
    return period(_START + timedelta(start), None if days is None else _START + timedelta(start + days))


@given(st.lists(st.tuples(st.sampled_from(_PARTIES), st.sampled_from(_PARTIES), st.booleans(), periods()), max_size=12))
def test_whatever_is_declared_there_is_no_circle_and_one_accrual_parent(
    attempts: list[tuple[str, str, bool, Period]],
):
    """Whatever anybody tries, on every day everybody is below others only, and accrues to one at most."""
    state: Affiliations | None = None
    for parent, child, accrual, on in attempts:
        command = declaring(parent=parent, child=child, accrual=accrual, period=on)
        try:
            state = AFFILIATION.fold(state, declare_affiliation(state, command))
        except DomainError:
            continue

    for day in (_START + timedelta(days) for days in range(20)):
        assert not any(is_affiliate_on(state, party, party, day) for party in _PARTIES)
        children = [each.child for each in affiliations_on(state, day, ())]
        assert len(set(children)) == len(children)


def test_what_is_declared_is_what_is_recorded():
    """The event says everything a determination will need."""
    (event,) = declare_affiliation(None, declaring())

    assert isinstance(event, AffiliationDeclared)
    assert ("HUT", "HUT-RD", "1/1", True) == (event.parent, event.child, event.control_ratio, event.accrual)
