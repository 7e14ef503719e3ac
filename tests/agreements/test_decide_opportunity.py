"""Reviewing an opportunity, taking it up, declining it, letting it lapse."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from services.agreements.contracts.decisions import activate_agreement, propose_agreement, sign_agreement
from services.agreements.contracts.model import AGREEMENT
from services.agreements.errors import IdentifierTaken
from services.agreements.opportunities.decisions import (
    accept_opportunity,
    advance,
    decline_opportunity,
    review_opportunity,
)
from services.agreements.opportunities.errors import (
    OpportunityDecided,
    OpportunityNotShared,
    OpportunityOverdue,
    ReasonExpected,
    SupportMissing,
)
from services.agreements.opportunities.model import OPPORTUNITY, OpportunityStatus, next_due
from services.agreements.projects.decisions import create_project, reserve_project
from services.agreements.projects.errors import ProjectIsOver, ProjectNotFound
from services.agreements.projects.model import PROJECT, Project, ProjectStatus
from shared.events.opportunity import (
    OpportunityAccepted,
    OpportunityDeclined,
    OpportunityLapsed,
    OpportunityReviewed,
)
from shared.events.project import ProjectReserved
from tests.agreements import desk as at
from tests.agreements import prospects as given
from tests.agreements.controls import ATRC, HUT, activating, active, creating, proposing, signing
from tests.agreements.prospects import (
    SOON,
    accepting,
    declining,
    identified,
    of_opportunity,
    opportunity,
    reviewed,
    reviewing,
    shared,
)
from tests.told import refuses

NEEDS_WORK = {"verdict": "NEEDS_WORK", "reason_code": "ROUTE_UNCLEAR"}


def test_a_review_says_what_and_why():
    """A later one of the same party replaces it."""
    event = reviewed(**NEEDS_WORK)[-1]

    assert isinstance(event, OpportunityReviewed)
    assert ("ATRC", "ROUTE_UNCLEAR") == (event.party, event.reason_code)
    again = review_opportunity(opportunity(reviewed(**NEEDS_WORK)), reviewing())
    before, after = opportunity(reviewed(**NEEDS_WORK)), opportunity((*reviewed(**NEEDS_WORK), *again))
    assert ("NEEDS_WORK", "ROUTE_UNCLEAR") == (before.reviews["ATRC"].verdict, before.reviews["ATRC"].reason_code)
    assert ("SUPPORT", None) == (after.reviews["ATRC"].verdict, after.reviews["ATRC"].reason_code)
    # Said again it is nothing new; for another reason it is.
    assert () == review_opportunity(before, reviewing(**NEEDS_WORK))
    assert review_opportunity(before, reviewing(verdict="NEEDS_WORK", reason_code="TOO_EARLY"))


@pytest.mark.parametrize("changed", [{"verdict": "OPPOSE"}, {"reason_code": "TOO_EARLY"}])
def test_a_reason_belongs_to_an_objection(changed: dict[str, str]):
    """Who does not support it says why, and who does has no reason to give."""
    with refuses(ReasonExpected):
        review_opportunity(opportunity(shared()), reviewing(**changed))


def test_it_is_taken_up_when_all_support_it():
    """The id of the project to come is in the event."""
    (event,) = accept_opportunity(opportunity(reviewed()), accepting())

    assert isinstance(event, OpportunityAccepted)
    assert "PRJ-5G" == event.project
    assert OpportunityStatus.ACCEPTED is opportunity((*reviewed(), event)).status


def test_who_accepts_supports_it_by_that():
    """Two parties need no more than one to identify it and the other to accept."""
    assert accept_opportunity(opportunity(shared()), accepting(by=ATRC))


@pytest.mark.parametrize("events", [shared(), reviewed(**NEEDS_WORK)], ids=["silent", "not convinced"])
def test_nobody_is_taken_along_unasked(events: Any):
    """The party that saw it cannot decide for the others."""
    with refuses(SupportMissing) as refused:
        accept_opportunity(opportunity(events), accepting())
    assert ["ATRC"] == refused.value.ids["missing"]


def test_one_suffices_to_decline():
    """With a reason by code; then it is over."""
    (event,) = decline_opportunity(opportunity(shared()), declining())
    after = opportunity((*shared(), event))

    assert isinstance(event, OpportunityDeclined)
    assert (OpportunityStatus.DECLINED, "NOT_STRATEGIC") == (after.status, after.reason_code)
    assert () == decline_opportunity(after, declining())
    with refuses(OpportunityDecided):
        accept_opportunity(after, accepting(by=ATRC))
    with refuses(OpportunityDecided):
        review_opportunity(after, reviewing())


def test_what_nobody_knows_of_is_not_decided():
    """First it is shared."""
    decisions: list[tuple[Any, Any]] = [
        (review_opportunity, reviewing(by=HUT)),
        (accept_opportunity, accepting()),
        (decline_opportunity, declining(by=HUT)),
    ]
    for decide, command in decisions:
        with refuses(OpportunityNotShared):
            decide(opportunity(identified()), command)


def test_undecided_it_lapses_on_the_day_after():
    """On the last day there is still time, on the next there is none, recorded or not."""
    due = SOON + timedelta(days=1)
    waiting = opportunity(reviewed())

    assert due == next_due(waiting)
    assert () == advance(waiting, SOON)
    assert accept_opportunity(waiting, accepting(today=SOON))
    with refuses(OpportunityOverdue):
        accept_opportunity(waiting, accepting(today=due))

    (lapsed,) = advance(waiting, due)
    assert isinstance(lapsed, OpportunityLapsed)
    after = opportunity((*reviewed(), lapsed))
    assert (OpportunityStatus.LAPSED, None, ()) == (after.status, next_due(after), advance(after, date.max))


def test_what_is_decided_does_not_lapse():
    """There is nothing left to wait for."""
    accepted = opportunity((*reviewed(), *accept_opportunity(opportunity(reviewed()), accepting())))

    assert (None, ()) == (next_due(accepted), advance(accepted, date.max))
    assert () == accept_opportunity(accepted, accepting())


async def test_accepted_and_declined_at_once_it_is_one_of_them():
    """Whichever is first."""
    desk = await given.with_a_shared_opportunity()

    with refuses(OpportunityDecided):
        await desk.interrupted(
            of_opportunity(accept_opportunity, accepting(by=ATRC)),
            meanwhile=of_opportunity(decline_opportunity, declining()),
        )
    assert OpportunityStatus.DECLINED is (await desk.state(OPPORTUNITY, "OPP")).status


async def test_a_project_of_others_is_not_taken():
    """An id that names a project of another agreement is taken, and that is all that is said of it."""
    desk = await given.with_a_shared_opportunity()
    await desk.does(at.drafted(agreement="SIDE"))
    state = await desk.state(AGREEMENT, "SIDE")
    for by in (HUT, ATRC):
        await desk.does(at.in_agreement("SIDE", propose_agreement, proposing(by=by)))
        sign = signing(state.standing.terms_hash, by=by)
        await desk.does(at.in_agreement("SIDE", sign_agreement, sign))
    await desk.does(at.in_agreement("SIDE", activate_agreement, activating()))
    await desk.does(at.created(agreement="SIDE", project="OTHERS"))

    with refuses(IdentifierTaken):
        await desk.does(of_opportunity(accept_opportunity, accepting(by=ATRC, project="OTHERS")))
    await desk.does(of_opportunity(accept_opportunity, accepting(by=ATRC, project="PRJ")))


async def test_a_project_of_all_who_know_of_it_takes_it_up():
    """It may be there already: nothing is promised, and the project stays as it was."""
    desk = await given.with_a_shared_opportunity()
    await desk.does(at.created(project="PRJ"))
    before = await desk.names("project:PRJ")
    await desk.does(of_opportunity(accept_opportunity, accepting(by=ATRC, project="PRJ")))

    assert before == await desk.names("project:PRJ")
    assert "PRJ" == (await desk.state(OPPORTUNITY, "OPP")).project


def a_project(**changed: Any) -> Project:
    created = PROJECT.fold(None, create_project(None, active(), creating(project="PRJ")))
    assert created is not None
    return replace(created, **changed)


def test_a_project_without_one_of_them_is_taken():
    """Who would not even see it cannot find out by this that it is there: the words are those for any taken id."""
    reserved = ProjectReserved(agreement="MOU", project="PRJ", parties=("HUT", "ATRC"), opportunity="OPP")

    assert () == reserve_project(a_project(), reserved)
    with pytest.raises(IdentifierTaken) as refused:
        reserve_project(a_project(parties=("ATRC", "EGU")), reserved)
    assert {"project": "PRJ"} == refused.value.ids


@pytest.mark.parametrize("status", [ProjectStatus.COMPLETED, ProjectStatus.CANCELLED])
def test_a_project_that_is_over_takes_nothing_up(status: ProjectStatus):
    """Its parties know it, so they are told why."""
    reserved = ProjectReserved(agreement="MOU", project="PRJ", parties=("HUT", "ATRC"), opportunity="OPP")

    with pytest.raises(ProjectIsOver):
        reserve_project(a_project(status=status), reserved)


async def test_what_it_is_to_become_is_reserved_for_its_parties():
    """Nobody else creates a project under that id, in this agreement or another, and until then there is none."""
    desk = await given.with_a_shared_opportunity()
    await desk.does(of_opportunity(accept_opportunity, accepting(by=ATRC)))

    assert ["ProjectReserved"] == await desk.names("project:PRJ-5G")
    with refuses(ProjectNotFound):
        await desk.does(at.approved(project="PRJ-5G", by=HUT))
    reserved = await desk.state(PROJECT, "PRJ-5G")
    for promised, agreement in ((reserved, "SIDE"), (replace(reserved, parties=("ATRC", "EGU")), "MOU")):
        with refuses(IdentifierTaken) as refused:
            create_project(promised, active(), creating(project="PRJ-5G", agreement=agreement))
        assert {"project": "PRJ-5G"} == refused.value.ids

    await desk.does(at.created(project="PRJ-5G", by=ATRC))
    assert ["ProjectReserved", "ProjectCreated"] == await desk.names("project:PRJ-5G")
    assert ProjectStatus.PROPOSED is (await desk.state(PROJECT, "PRJ-5G")).status


async def test_two_opportunities_do_not_become_one_promise():
    """The second names another id; that it is taken is told last."""
    desk = await given.with_a_shared_opportunity()
    await desk.does(of_opportunity(accept_opportunity, accepting(by=ATRC)))
    state = await desk.state(PROJECT, "PRJ-5G")
    another = ProjectReserved(agreement="MOU", project="PRJ-5G", parties=("HUT", "ATRC"), opportunity="OPP-2")

    with refuses(IdentifierTaken):
        reserve_project(state, another)
    await desk.does(of_opportunity(accept_opportunity, accepting(by=ATRC)))
    assert ["ProjectReserved"] == await desk.names("project:PRJ-5G")
