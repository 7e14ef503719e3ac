"""Leaving an agreement."""

from datetime import date

import pytest

from services.agreements.contracts.ending import leave_agreement
from services.agreements.contracts.errors import (
    AgreementNotFound,
    PartyNotInAgreement,
    TooFewParties,
    WithdrawalBackdated,
)
from services.agreements.errors import AgreementNotInEffect, PartyHasLeft
from services.agreements.projects.decisions import create_project
from shared.events.agreement import PartyWithdrew
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, EGU, HUT, TODAY, agreement, creating, signed
from tests.agreements.lives import (
    SOON,
    amendment_proposed,
    amendment_signed,
    leaving,
    left,
    open_hash,
    survived,
    then,
    three_parties,
)
from tests.told import refuses


def test_a_party_leaves_on_a_day():
    """Until that day it is one, and afterwards it still sees what it has a part in."""
    state = three_parties()
    (event,) = leave_agreement(state, leaving())
    assert isinstance(event, PartyWithdrew)

    gone = then(state, leave_agreement, leaving())
    assert (("HUT", "ATRC", "EGU"), ("HUT", "ATRC")) == (gone.members_on(TODAY), gone.members_on(SOON))
    assert "EGU" in gone.parties


def test_who_leaves_begins_no_project():
    """What is begun with a party must be able to count on it."""
    state = then(three_parties(), leave_agreement, leaving())

    with refuses(PartyNotInAgreement):
        create_project(None, state, creating(parties=("HUT", "EGU")))


def test_the_others_go_on():
    """A party that leaves does not end what the others agreed."""
    assert create_project(None, then(three_parties(), leave_agreement, leaving()), creating())


def test_two_are_left():
    """An agreement that one party alone would be in is ended instead."""
    state = then(three_parties(), leave_agreement, leaving())

    with refuses(TooFewParties):
        leave_agreement(state, leaving(by=HUT))


def test_nobody_leaves_in_the_past():
    """What it did as a party it did as one."""
    with refuses(WithdrawalBackdated):
        leave_agreement(three_parties(), leaving(effective_on=date(2025, 5, 31)))


@pytest.mark.parametrize("state", [agreement(signed()), survived()], ids=["not yet", "no more"])
def test_only_what_is_in_effect_is_left(state: object):
    """What has not begun is given up, what has ended needs no leaving."""
    with refuses(AgreementNotInEffect):
        leave_agreement(state, leaving(by=HUT, today=date(2034, 3, 1)))  # type: ignore[arg-type]  # an Agreement


def test_leaving_again_changes_nothing():
    """A party leaves once, on one day."""
    state = then(three_parties(), leave_agreement, leaving())

    assert () == leave_agreement(state, leaving())
    with refuses(PartyHasLeft):
        leave_agreement(state, leaving(effective_on=date(2025, 8, 1)))


async def test_an_outsider_finds_no_agreement():
    """To a party that is not in it, the agreement does not exist."""
    desk = await at.an_agreement()

    with refuses(AgreementNotFound):
        await desk.does(left(by=EGU))


async def test_of_two_that_leave_at_once_one_stays():
    """Together they would leave one party alone."""
    desk = await at.an_agreement()
    await desk.does(amendment_proposed(effective_on=TODAY, acceding=("EGU",)))
    terms_hash = await open_hash(desk)
    for by in (HUT, ATRC, EGU):
        await desk.does(amendment_signed(terms_hash, by=by))

    with refuses(TooFewParties):
        await desk.interrupted(left(by=EGU), meanwhile=left(by=ATRC))
