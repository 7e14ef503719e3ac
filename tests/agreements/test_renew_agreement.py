"""Renewing an agreement."""

from datetime import date

from services.agreements.contracts.ending import renew_agreement, terminate_agreement
from services.agreements.contracts.errors import AgreementNotFound, AmendmentPending, NoticeGiven, RenewalNotLater
from services.agreements.errors import AgreementNotInEffect
from shared.events.agreement import AgreementRenewalAgreed, AgreementRenewed
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, EGU, HUT, active, agreement, period, signed
from tests.agreements.lives import ENDS, amended, by_day, renewed, renewing, terminating, then
from tests.told import refuses

LONGER = date(2036, 2, 1)


def test_it_lasts_longer_once_all_have_agreed():
    """One party's wish is no renewal."""
    state = active()
    (wish,) = renew_agreement(state, renewing())
    assert isinstance(wish, AgreementRenewalAgreed)

    state = then(state, renew_agreement, renewing())
    assert ENDS == state.ends_on
    agreed, all_did = renew_agreement(state, renewing(by=ATRC))
    assert (AgreementRenewalAgreed, AgreementRenewed) == (type(agreed), type(all_did))
    assert LONGER == then(state, renew_agreement, renewing(by=ATRC)).ends_on


def test_it_does_not_expire_on_its_old_last_day():
    """A renewed agreement goes on without a break."""
    state = then(then(active(), renew_agreement, renewing()), renew_agreement, renewing(by=ATRC))

    assert state == by_day(state, ENDS)


def test_another_day_is_another_wish():
    """Agreeing to one day is not agreeing to another."""
    state = then(active(), renew_agreement, renewing())
    (event,) = renew_agreement(state, renewing(by=ATRC, new_to=date(2040, 2, 1)))

    assert isinstance(event, AgreementRenewalAgreed)


def test_a_renewal_is_longer():
    """What ends earlier is ended by notice or by an amendment."""
    with refuses(RenewalNotLater):
        renew_agreement(active(), renewing(new_to=date(2030, 1, 1)))


def test_what_has_no_end_is_not_renewed():
    """It lasts already."""
    with refuses(RenewalNotLater):
        renew_agreement(active(period=period(date(2024, 2, 1))), renewing())


def test_what_is_under_notice_is_not_renewed():
    """Its end has been said."""
    with refuses(NoticeGiven):
        renew_agreement(then(active(), terminate_agreement, terminating()), renewing())


def test_what_is_being_amended_is_not_renewed():
    """The amendment says how long it lasts."""
    with refuses(AmendmentPending):
        renew_agreement(amended(HUT), renewing())


def test_what_is_not_in_effect_is_not_renewed():
    """Nor what is over."""
    with refuses(AgreementNotInEffect):
        renew_agreement(agreement(signed()), renewing())
    with refuses(AgreementNotInEffect):
        renew_agreement(by_day(active(), ENDS), renewing(today=ENDS))


def test_agreeing_again_changes_nothing():
    """A party agrees once."""
    assert () == renew_agreement(then(active(), renew_agreement, renewing()), renewing())


async def test_an_outsider_finds_no_agreement():
    """To a party that is not in it, the agreement does not exist."""
    desk = await at.an_agreement()

    with refuses(AgreementNotFound):
        await desk.does(renewed(by=EGU))


async def test_two_that_agree_at_once_renew_it():
    """Whoever is second makes it complete."""
    desk = await at.an_agreement()

    await desk.interrupted(renewed(by=ATRC), meanwhile=renewed())

    assert ["AgreementRenewalAgreed", "AgreementRenewalAgreed", "AgreementRenewed"] == (
        await desk.names("agreement:MOU")
    )[-3:]
