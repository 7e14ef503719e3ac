"""Approving a project."""

from services.agreements.errors import NotAProjectParty
from services.agreements.projects.decisions import approve_project
from services.agreements.projects.errors import ProjectNotFound
from services.agreements.projects.model import ProjectStatus
from shared.events.project import ProjectApproved
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, EGU, HUT, approved, approving, created, project
from tests.told import refuses


def test_a_party_approves():
    """An approval names the party and who gave it."""
    (event,) = approve_project(project(created()), approving())

    assert isinstance(event, ProjectApproved)
    assert ("HUT", "HUT-REP") == (event.party, event.person)


def test_it_is_approved_when_all_have_approved():
    """Only the last approval makes the project approved."""
    assert ProjectStatus.PROPOSED is project(approved(HUT)).status
    assert ProjectStatus.APPROVED is project(approved(HUT, ATRC)).status


def test_only_its_parties_approve():
    """A party that takes no part has nothing to approve."""
    with refuses(NotAProjectParty):
        approve_project(project(created()), approving(by=EGU))


async def test_an_outsider_finds_no_project():
    """To a party outside the agreement, the project does not exist."""
    desk = await at.an_agreement()
    await desk.does(at.created())

    with refuses(ProjectNotFound):
        await desk.does(at.approved(by=EGU))


def test_approving_it_again_changes_nothing():
    """A party approves once."""
    assert () == approve_project(project(approved(HUT)), approving())


async def test_two_approvals_at_once_both_count():
    """Neither is lost to the other."""
    desk = await at.an_agreement()
    await desk.does(at.created())

    await desk.interrupted(at.approved(), meanwhile=at.approved(by=ATRC))

    assert ["ProjectCreated", "ProjectApproved", "ProjectApproved"] == await desk.names("project:PRJ")
