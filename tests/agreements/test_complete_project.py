"""Completing a project, or giving it up."""

from datetime import date

import pytest

from services.agreements.errors import DayNotReached, NotAProjectParty
from services.agreements.projects.decisions import (
    advance,
    approve_project,
    cancel_project,
    complete_project,
    pause_project,
    start_project,
)
from services.agreements.projects.errors import (
    CompletionBeforeStart,
    ProjectIsOver,
    ProjectNotActive,
    ProjectNotFound,
)
from services.agreements.projects.model import PROJECT, Project, next_due
from shared.errors import DomainError
from shared.events.project import ProjectCancelled, ProjectCompleted, ProjectPeriodEnded
from tests.agreements import desk as at
from tests.agreements import waits
from tests.agreements.controls import EGU, TODAY, approved, approving, created, period, project, started, starting
from tests.agreements.lives import cancelling, completing, ended, pausing, stopped
from tests.told import refuses


def completed() -> Project:
    state = PROJECT.fold(started(), complete_project(started(), completing()))
    assert state is not None
    return state


def cancelled() -> Project:
    state = PROJECT.fold(started(), cancel_project(started(), cancelling()))
    assert state is not None
    return state


def test_work_that_is_done_is_completed():
    """On the day on which it was."""
    (event,) = complete_project(started(), completing(completed_on=date(2025, 5, 1)))

    assert isinstance(event, ProjectCompleted)
    assert ("HUT", date(2025, 5, 1)) == (event.party, event.completed_on)


@pytest.mark.parametrize("state", [project(created()), project(approved()), started()], ids=lambda each: each.status)
def test_a_project_is_given_up_at_any_time(state: Project):
    """Before it started, too."""
    (event,) = cancel_project(state, cancelling())

    assert isinstance(event, ProjectCancelled)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"completed_on": date(2025, 6, 2)}, DayNotReached),
        ({"completed_on": date(2024, 2, 29)}, CompletionBeforeStart),
        ({"by": EGU}, NotAProjectParty),
    ],
)
def test_a_completion_that_cannot_be_is_refused(changed: dict[str, object], refusal: type[DomainError]):
    """Work is done by its parties, between its start and today."""
    with refuses(refusal):
        complete_project(started(), completing(**changed))


def test_what_never_started_was_not_completed():
    """It is given up."""
    with refuses(ProjectNotActive):
        complete_project(project(approved()), completing())


def test_only_its_parties_give_it_up():
    """It is theirs."""
    with refuses(NotAProjectParty):
        cancel_project(started(), cancelling(by=EGU))


def test_what_is_over_stays_over():
    """It is neither approved, started, completed nor given up."""
    with refuses(ProjectIsOver):
        cancel_project(completed(), cancelling())
    for state in (cancelled(), completed()):
        with refuses(ProjectIsOver):
            approve_project(state, approving())
        with refuses(ProjectIsOver):
            start_project(state, starting())
        with refuses(ProjectIsOver):
            complete_project(state, completing(completed_on=date(2025, 5, 1)))


def test_ending_it_again_changes_nothing():
    """It ends once."""
    assert () == complete_project(completed(), completing())
    assert () == cancel_project(cancelled(), cancelling())


async def test_an_outsider_finds_no_project():
    """To a party that is not in its agreement, it does not exist."""
    desk = await at.a_project()

    with refuses(ProjectNotFound):
        await desk.does(stopped(cancel_project, cancelling(by=EGU)))


async def test_a_project_is_completed_also_after_its_agreement_ended():
    """The end of an agreement does not keep its projects open."""
    desk = await at.a_project()
    await desk.does(ended(effective_on=TODAY))

    await desk.does(stopped(complete_project, completing()))
    assert "ProjectCompleted" == (await desk.names("project:PRJ"))[-1]


async def test_of_completing_and_giving_up_at_once_one_happens():
    """The second finds it over."""
    desk = await at.a_project()

    with refuses(ProjectIsOver):
        await desk.interrupted(stopped(cancel_project, cancelling()), meanwhile=stopped(complete_project, completing()))


# -- by time ----------------------------------------------------------------------------------------------------


def test_a_project_ends_with_its_period():
    """On the first day after it, whether it runs or is paused; nobody has to say so."""
    paused = PROJECT.fold(started(), pause_project(started(), pausing()))
    for state in (started(), paused):
        assert state is not None
        (event,) = advance(state, date(2026, 1, 1))
        ended = PROJECT.fold(state, (event,))

        assert isinstance(event, ProjectPeriodEnded)
        assert ended is not None
        assert ("COMPLETED", date(2025, 9, 1), None) == (ended.status, ended.completed_on, next_due(ended))
    assert () == advance(started(), date(2025, 8, 31))


@pytest.mark.parametrize("state", [project(created()), project(approved()), completed(), cancelled()])
def test_what_has_not_begun_or_is_over_does_not_end_by_time(state: Project):
    """It may still be recorded that it began."""
    assert next_due(state) is None


async def test_who_took_part_is_recorded_after_the_end_of_the_period():
    """Recorded late, but from a day in it; what they conceived there counts."""
    desk = await at.a_project()
    await waits.until(desk, PROJECT, "PRJ", date(2026, 1, 1))
    await desk.does(at.engaged(person="LATE", period=period(date(2025, 8, 31))))

    with refuses(ProjectNotActive):
        await desk.does(at.engaged(person="TOO-LATE", period=period(date(2025, 9, 1))))


async def test_completing_a_project_on_the_day_its_period_ended_changes_nothing():
    """What is asked for is so already."""
    desk = await at.a_project(period=period(date(2024, 2, 1), date(2034, 2, 1)))
    await waits.until(desk, PROJECT, "PRJ", date(2026, 1, 1))
    await desk.does(stopped(complete_project, completing(completed_on=date(2025, 9, 1))))

    assert "ProjectPeriodEnded" == (await desk.names("project:PRJ"))[-1]
