"""Engaging a participant."""

from datetime import date

import pytest

from services.agreements.errors import IdentifierTaken, NotAProjectParty, PeriodEmpty
from services.agreements.participants.decisions import engage_participant
from services.agreements.participants.errors import NotTheirParticipant, SplitNotBetweenHomeAndHost
from services.agreements.parties.errors import PartyNotFound
from services.agreements.projects.errors import ProjectNotActive
from shared.errors import DomainError
from shared.events.participant import ParticipantEngaged
from shared.ratio import SharesDoNotSumToOne
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, EGU, approved, engaged, engaging, participant, period, project, started
from tests.told import refuses


def test_a_person_takes_part_under_a_pseudonym():
    """The event knows a role and a home, no name."""
    (event,) = engaged()

    assert isinstance(event, ParticipantEngaged)
    assert ("HUT-SE", "RESEARCHER", "HUT") == (event.person, event.role, event.home_party)


def test_a_visitor_is_engaged_by_the_host():
    """A visitor's home may be no party of the project at all."""
    assert engaged(home_party="EGU", host_party="HUT", role="VISITOR")


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"by": EGU, "home_party": "EGU"}, NotAProjectParty),
        ({"by": ATRC}, NotTheirParticipant),
        ({"period": period(date(2024, 3, 1), date(2024, 3, 1))}, PeriodEmpty),
        ({"host_party": "ATRC", "appointment_split": {"HUT": "3/4", "ATRC": "1/2"}}, SharesDoNotSumToOne),
        ({"appointment_split": {"HUT": "3/4", "ATRC": "1/4"}}, SplitNotBetweenHomeAndHost),
    ],
)
def test_an_engagement_that_is_not_theirs_to_make_is_refused(changed: dict[str, object], refusal: type[DomainError]):
    """A party engages its own people and its guests, and splits them only with the other of the two."""
    with refuses(refusal):
        engage_participant(None, started(), engaging(**changed))


def test_nobody_is_engaged_before_the_project_starts():
    """A project that its parties have not started has no people."""
    with refuses(ProjectNotActive):
        engage_participant(None, project(approved()), engaging())


async def test_an_unknown_home_is_refused():
    """A home is a registered organisation."""
    desk = await at.a_project()

    with refuses(PartyNotFound):
        await desk.does(at.engaged(person="V", home_party="NOWHERE", host_party="HUT"))


def test_engaging_them_again_changes_nothing():
    """The same engagement, sent twice, is made once."""
    assert () == engage_participant(participant(engaged()), started(), engaging())


async def test_of_two_engagements_of_one_person_one_is_made():
    """A person takes part in a project in one way."""
    desk = await at.a_project()

    with refuses(IdentifierTaken):
        await desk.interrupted(at.engaged(person="V", role="VISITOR"), meanwhile=at.engaged(person="V"))
