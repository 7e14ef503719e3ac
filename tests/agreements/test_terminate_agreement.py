"""Terminating an agreement, its expiry, and what survives it."""

from datetime import date

import pytest

from services.agreements.contracts.decisions import advance
from services.agreements.contracts.ending import terminate_agreement
from services.agreements.contracts.errors import AgreementNotFound, NoticeGiven, NoticeTooShort
from services.agreements.contracts.model import AgreementStatus, next_due
from services.agreements.contracts.standing import standing_refused
from services.agreements.errors import AgreementNotActive, AgreementNotInEffect, DayNotReached
from services.agreements.gates import Standing
from services.agreements.projects.errors import ProjectOutsideAgreement
from shared.calendar import months_after
from shared.errors import DomainError
from shared.events.agreement import (
    AgreementClosed,
    AgreementExpired,
    AgreementTerminated,
    AmendmentLapsed,
    SurvivalBegan,
    SurvivalEnded,
    SurvivingClause,
    TerminationNoticeGiven,
)
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, EGU, HUT, TODAY, active, agreement, period, proposed, signed
from tests.agreements.lives import ENDS, after, amended, by_day, ended, survived, terminating, then
from tests.told import refuses


def test_a_notice_ends_the_agreement_on_its_day():
    """Until then it goes on."""
    state = active()
    (event,) = terminate_agreement(state, terminating())
    assert isinstance(event, TerminationNoticeGiven)

    noticed = after(state, event)
    assert (AgreementStatus.ACTIVE, date(2025, 12, 1)) == (noticed.status, noticed.ends_on)
    assert () == advance(noticed, date(2025, 11, 30))
    assert [AgreementTerminated, SurvivalBegan] == [type(each) for each in advance(noticed, date(2025, 12, 1))]


def test_a_notice_for_today_ends_it_today():
    """Nothing is begun under it from then on."""
    events = terminate_agreement(active(), terminating(effective_on=TODAY))

    assert [TerminationNoticeGiven, AgreementTerminated, SurvivalBegan] == [type(event) for event in events]


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"notice_on": date(2025, 6, 2)}, DayNotReached),
        ({"effective_on": date(2025, 5, 31)}, NoticeTooShort),
    ],
)
def test_a_notice_is_of_today_or_before_and_for_today_or_later(changed: dict[str, object], refusal: type[DomainError]):
    """What was done under an agreement is not undone by ending it."""
    with refuses(refusal):
        terminate_agreement(active(), terminating(**changed))


def test_one_notice_is_enough():
    """The same one, sent twice, is given once; another day is refused."""
    state = then(active(), terminate_agreement, terminating())

    assert () == terminate_agreement(state, terminating())
    with refuses(NoticeGiven):
        terminate_agreement(state, terminating(by=ATRC, effective_on=date(2025, 10, 1)))


@pytest.mark.parametrize("events", [proposed(), signed()], ids=["proposed", "signed"])
def test_what_is_not_in_effect_is_not_terminated(events: tuple[object, ...]):
    """A draft is given up instead."""
    with refuses(AgreementNotInEffect):
        terminate_agreement(agreement(events), terminating())  # type: ignore[arg-type]  # events


def test_without_a_notice_it_expires_after_its_last_day():
    """By itself, on the day its period names as its end."""
    assert ENDS == next_due(active())
    expired, began = advance(active(), ENDS)

    assert isinstance(expired, AgreementExpired)
    assert isinstance(began, SurvivalBegan)
    assert (SurvivingClause(clause="confidentiality", until=date(2039, 2, 1)),) == began.clauses


def test_an_open_amendment_ends_with_it():
    """What nobody can amend any more has no amendment waiting."""
    state = then(amended(HUT), terminate_agreement, terminating(effective_on=TODAY))

    assert state.open_amendment is None
    assert (1, None) == (len(state.amendments), state.amendments[0].signatures.get("ATRC"))


def test_an_agreed_amendment_that_its_end_overtakes_is_nobodys_terms():
    """It was to begin after the end."""
    state = amended(HUT, ATRC)
    events = terminate_agreement(state, terminating(effective_on=TODAY))

    assert any(isinstance(event, AmendmentLapsed) and event.reason == "AGREEMENT_ENDED" for event in events)
    assert [None] == [version.amendment for version in after(state, *events).agreed]


def test_clauses_end_one_by_one_and_the_last_closes_it():
    """Confidentiality for sixty months; afterwards nothing is left."""
    state = survived()
    assert (AgreementStatus.SURVIVING, date(2039, 2, 1)) == (state.status, next_due(state))

    events = advance(state, date(2039, 2, 1))
    assert [SurvivalEnded, AgreementClosed] == [type(event) for event in events]
    assert (AgreementStatus.CLOSED, None) == ((closed := after(state, *events)).status, next_due(closed))


def test_what_survives_for_ever_never_closes():
    """A clause without months has no end."""
    assert (AgreementStatus.SURVIVING, None) == ((state := survived(months=None)).status, next_due(state))


def test_a_longer_month_ends_in_a_shorter_one():
    """The last day of January and one month is the last of February; beyond the calendar is for ever."""
    assert date(2024, 2, 29) == months_after(date(2024, 1, 31), 1)
    assert date(2025, 12, 31) == months_after(date(2025, 10, 31), 2)
    assert date(2032, 2, 1) == months_after(date(2027, 2, 1), 60)
    assert months_after(date(9999, 1, 1), 12) is None


def test_what_was_dated_before_the_end_still_counts_after_it():
    """A late record of an early fact is no new fact; what is dated after the end is."""
    over = by_day(active(), ENDS)

    assert standing_refused(Standing.TOOK_EFFECT, over, ENDS) is None
    assert standing_refused(Standing.WAS_IN_EFFECT, over, ENDS, date(2034, 1, 31)) is None
    for day in (ENDS, date(2024, 1, 31)):
        assert isinstance(standing_refused(Standing.WAS_IN_EFFECT, over, ENDS, day), AgreementNotInEffect)


def test_before_it_took_effect_nothing_arises():
    """A signature alone is not the beginning."""
    for standing in (Standing.TOOK_EFFECT, Standing.WAS_IN_EFFECT):
        refusal = standing_refused(standing, agreement(signed()), TODAY, date(2024, 2, 1))
        assert isinstance(refusal, AgreementNotActive)


async def test_an_outsider_finds_no_agreement():
    """To a party that is not in it, the agreement does not exist."""
    desk = await at.an_agreement()

    with refuses(AgreementNotFound):
        await desk.does(ended(by=EGU))


async def test_a_project_that_would_outlast_the_notice_is_not_begun():
    """Between notice and end, only what ends before."""
    desk = await at.an_agreement()
    await desk.does(ended())

    with refuses(ProjectOutsideAgreement):
        await desk.does(at.created(period=period(date(2025, 6, 1), date(2026, 1, 1))))
    assert await desk.does(at.created(period=period(date(2025, 6, 1), date(2025, 12, 1))))


async def test_no_project_slips_past_a_termination():
    """Decided at the same moment, the termination wins and the project is refused by name."""
    desk = await at.an_agreement()

    with refuses(AgreementNotActive):
        await desk.interrupted(at.created(), meanwhile=ended(effective_on=TODAY))
    assert [] == await desk.names("project:PRJ")


async def test_of_two_processes_the_one_that_knows_less_creates_no_project():
    """A second process that still remembers the agreement as active finds out when it appends."""
    desk = await at.an_agreement()
    other = at.Desk()
    other.store = desk.store
    other.handler = type(desk.handler)(desk.store)
    await other.does(at.created(project="EARLIER"))
    await desk.does(ended(effective_on=TODAY))

    with refuses(AgreementNotActive):
        await other.does(at.created())


async def test_on_the_day_after_its_last_nothing_is_begun():
    """Even before somebody has recorded that it expired."""
    desk = await at.an_agreement()

    with refuses(AgreementNotInEffect):
        await desk.does(at.created(today=ENDS))
