"""Suspending an agreement and letting it go on."""

from services.agreements.contracts.ending import (
    leave_agreement,
    resume_agreement,
    suspend_agreement,
    terminate_agreement,
)
from services.agreements.contracts.errors import AgreementNotFound, NotTheSuspendingParty
from services.agreements.contracts.model import AgreementStatus
from services.agreements.errors import AgreementNotActive, AgreementNotInEffect
from shared.events.agreement import AgreementResumed, AgreementSuspended
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, EGU, TODAY, active, agreement, signed
from tests.agreements.lives import (
    ENDS,
    SOON,
    by_day,
    leaving,
    resuming,
    suspended,
    suspending,
    terminating,
    then,
    three_parties,
)
from tests.told import refuses


def test_a_party_suspends_it():
    """With a ground, which everybody may read."""
    (event,) = suspend_agreement(active(), suspending())

    assert isinstance(event, AgreementSuspended)
    assert ("HUT", "a breach to be healed") == (event.suspended_by_party, event.ground)


def test_that_party_lets_it_go_on():
    """What it held up it lets go."""
    (event,) = resume_agreement(then(active(), suspend_agreement, suspending()), resuming())

    assert isinstance(event, AgreementResumed)


def test_no_other_party_does():
    """Else a suspension would hold nobody."""
    with refuses(NotTheSuspendingParty):
        resume_agreement(then(active(), suspend_agreement, suspending()), resuming(by=ATRC))


def test_a_party_that_left_holds_nothing_up():
    """After it is gone, any other lets the agreement go on."""
    state = then(three_parties(), suspend_agreement, suspending(by=EGU))
    state = then(state, leave_agreement, leaving())

    assert resume_agreement(state, resuming(today=SOON))


def test_a_suspended_agreement_ends_all_the_same():
    """By notice and by time."""
    state = then(active(), suspend_agreement, suspending())
    assert ("HUT", "a breach to be healed") == (state.suspended_by, state.suspended_because)

    by_time, by_notice = by_day(state, ENDS), then(state, terminate_agreement, terminating(effective_on=TODAY))

    for ended, day in ((by_time, ENDS), (by_notice, TODAY)):
        assert (AgreementStatus.SURVIVING, day) == (ended.status, ended.ended_on)
        assert (None, None) == (ended.suspended_by, ended.suspended_because)


def test_what_is_not_in_effect_is_not_suspended():
    """Nor resumed."""
    with refuses(AgreementNotInEffect):
        suspend_agreement(agreement(signed()), suspending())
    with refuses(AgreementNotInEffect):
        resume_agreement(agreement(signed()), resuming())


def test_suspending_and_resuming_again_change_nothing():
    """Each is so already."""
    assert () == suspend_agreement(then(active(), suspend_agreement, suspending()), suspending())
    assert () == resume_agreement(active(), resuming())


async def test_an_outsider_finds_no_agreement():
    """To a party that is not in it, the agreement does not exist."""
    desk = await at.an_agreement()

    with refuses(AgreementNotFound):
        await desk.does(suspended(by=EGU))


async def test_no_project_slips_past_a_suspension():
    """Decided at the same moment, the project is refused."""
    desk = await at.an_agreement()

    with refuses(AgreementNotActive):
        await desk.interrupted(at.created(), meanwhile=suspended())
