"""Pausing a project and letting it go on."""

from services.agreements.errors import AgreementNotActive, NotAProjectParty
from services.agreements.projects.decisions import cancel_project, pause_project, resume_project
from services.agreements.projects.errors import ProjectNotActive, ProjectNotFound
from services.agreements.projects.model import PROJECT, Project
from shared.events.project import ProjectPaused, ProjectResumed
from tests.agreements import desk as at
from tests.agreements.controls import EGU, TODAY, approved, project, started
from tests.agreements.lives import cancelling, ended, pausing, resumed, resuming_project, stopped
from tests.told import refuses


def paused() -> Project:
    state = PROJECT.fold(started(), pause_project(started(), pausing()))
    assert state is not None
    return state


def test_a_party_pauses_it_and_one_lets_it_go_on():
    """Everybody reads who did, and why."""
    (stop,) = pause_project(started(), pausing())
    assert isinstance(stop, ProjectPaused)
    assert ("HUT", "the laboratory moves") == (stop.party, stop.reason)

    (go,) = resume_project(paused(), resuming_project())
    assert isinstance(go, ProjectResumed)


def test_what_has_not_started_is_not_paused():
    """Nor resumed."""
    with refuses(ProjectNotActive):
        pause_project(project(approved()), pausing())
    with refuses(ProjectNotActive):
        resume_project(project(approved()), resuming_project())


def test_only_its_parties_pause_it():
    """It is theirs."""
    with refuses(NotAProjectParty):
        pause_project(started(), pausing(by=EGU))
    with refuses(NotAProjectParty):
        resume_project(paused(), resuming_project(by=EGU))


def test_pausing_and_resuming_again_change_nothing():
    """Each is so already."""
    assert () == pause_project(paused(), pausing())
    assert () == resume_project(started(), resuming_project())


async def test_an_outsider_finds_no_project():
    """To a party that is not in its agreement, it does not exist."""
    desk = await at.a_project()

    with refuses(ProjectNotFound):
        await desk.does(stopped(pause_project, pausing(by=EGU)))


async def test_it_is_paused_also_after_its_agreement_ended_and_then_stays_so():
    """Nothing goes on under an agreement that is over."""
    desk = await at.a_project()
    await desk.does(ended(effective_on=TODAY))
    await desk.does(stopped(pause_project, pausing()))

    with refuses(AgreementNotActive):
        await desk.does(resumed())


async def test_a_pause_does_not_slip_past_a_cancellation():
    """What is over is not paused."""
    desk = await at.a_project()

    with refuses(ProjectNotActive):
        await desk.interrupted(stopped(pause_project, pausing()), meanwhile=stopped(cancel_project, cancelling()))
