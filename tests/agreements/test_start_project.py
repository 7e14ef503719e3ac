"""Starting a project."""

from datetime import date

from services.agreements.errors import DayNotReached, NotAProjectParty
from services.agreements.projects.decisions import start_project
from services.agreements.projects.errors import ApprovalsMissing, StartOutsideProject
from shared.events.project import ProjectStarted
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, EGU, HUT, approved, project, started, starting
from tests.told import refuses


def test_an_approved_project_starts():
    """Work begins on the day that is named."""
    (event,) = start_project(project(approved()), starting())

    assert isinstance(event, ProjectStarted)
    assert date(2024, 3, 1) == event.started_on


def test_a_missing_approval_is_named():
    """Nobody is drawn into a project."""
    with refuses(ApprovalsMissing) as refused:
        start_project(project(approved(HUT)), starting())
    assert ["ATRC"] == refused.value.ids["missing"]


def test_it_does_not_start_in_the_future():
    """What has not happened is not recorded."""
    with refuses(DayNotReached):
        start_project(project(approved()), starting(started_on=date(2025, 6, 2)))


def test_it_starts_within_its_period():
    """The day before its first is not one of its days."""
    with refuses(StartOutsideProject):
        start_project(project(approved()), starting(started_on=date(2024, 2, 29)))


def test_only_its_parties_start_it():
    """A party that takes no part starts nothing."""
    with refuses(NotAProjectParty):
        start_project(project(approved()), starting(by=EGU))


def test_starting_it_again_changes_nothing():
    """A project starts once."""
    assert () == start_project(started(), starting())


async def test_the_last_approval_may_come_in_between():
    """A start that was decided too early is decided again."""
    desk = await at.an_agreement()
    await desk.does(at.created())
    await desk.does(at.approved())
    await desk.does(at.approved(by=ATRC))

    outcome = await desk.interrupted(at.started(), meanwhile=at.started(by=ATRC))

    assert outcome.position is None
    assert 1 == (await desk.names("project:PRJ")).count("ProjectStarted")
