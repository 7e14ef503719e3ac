"""Recording a contribution."""

from datetime import date
from typing import Any

import msgspec
import pytest

from services.agreements.contributions.decisions import record_contribution
from services.agreements.contributions.errors import (
    ElementMissing,
    ElementUnknown,
    InventionOfAnotherProject,
    PointsMissing,
    PointsOnNonInventive,
)
from services.agreements.contributions.model import content_of
from services.agreements.errors import DayNotReached, IdentifierTaken, NotAProjectParty
from services.agreements.inventions.errors import InventionNotFound
from services.agreements.participants.errors import ParticipantNotEngaged, ParticipantNotFound
from services.agreements.projects.errors import ProjectNotActive, ProjectNotFound
from shared.canonical import content_hash
from shared.errors import DomainError
from shared.events.contribution import ContributionRecorded
from shared.log.handle import Decided, Reader
from shared.ratio import NotARatio
from tests.agreements import desk as at
from tests.agreements.controls import (
    EGU,
    approved,
    circumstances,
    contribution,
    disclosed,
    invention,
    project,
    recorded,
    recording,
)
from tests.told import refuses


def test_a_contribution_is_recorded_for_the_others_to_attest():
    """Recording is its party's own attestation; the others are named."""
    (event,) = recorded()

    assert isinstance(event, ContributionRecorded)
    assert ("HUT", ("ATRC",)) == (event.recorded_by_party, event.attesting_parties)


def test_its_hash_can_be_taken_again_by_anyone():
    """The content's hash is over the event's own fields."""
    (event,) = recorded()

    assert isinstance(event, ContributionRecorded)
    assert event.content_hash == content_hash(content_of(event))


def test_what_is_not_inventive_is_recorded_without_points():
    """Work that does not count for ownership is recorded all the same, even of the project at large."""
    assert recorded(kind="NON_INVENTIVE", points=None, element=None, invention=None)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"by": EGU}, NotAProjectParty),
        ({"kind": "NON_INVENTIVE"}, PointsOnNonInventive),
        ({"points": None}, PointsMissing),
        ({"points": "0/1"}, PointsMissing),
        ({"points": "4/2"}, NotARatio),
        ({"element": None}, ElementMissing),
        ({"element": "E9"}, ElementUnknown),
        ({"conceived_on": date(2025, 6, 2)}, DayNotReached),
        ({"conceived_on": date(2024, 2, 29)}, ParticipantNotEngaged),
    ],
)
def test_a_contribution_that_could_not_count_as_it_says_is_refused(changed: dict[str, Any], refusal: type[DomainError]):
    """Each rule has its name."""
    with refuses(refusal):
        record_contribution(None, circumstances(), recording(**changed))


def test_an_element_without_an_invention_is_refused():
    """An element is only one of something."""
    with refuses(ElementMissing):
        record_contribution(None, circumstances(invention=None), recording(invention=None))


def test_an_invention_of_another_project_is_refused():
    """Contribution and invention belong to one project."""
    elsewhere = msgspec.structs.replace(invention(disclosed()), project="ANOTHER")

    with refuses(InventionOfAnotherProject):
        record_contribution(None, circumstances(invention=elsewhere), recording())


def test_a_project_that_has_not_started_gets_none():
    """Its parties have to start it first."""
    with refuses(ProjectNotActive):
        record_contribution(None, circumstances(project=project(approved())), recording())


async def test_an_outsider_finds_no_project():
    """To a party outside the agreement, the project does not exist."""
    desk = await at.an_invention()

    with refuses(ProjectNotFound):
        await desk.does(at.recorded(by=EGU))


async def test_whoever_takes_no_part_contributes_nothing():
    """A contributor is a participant of the project."""
    desk = await at.an_invention()

    with refuses(ParticipantNotFound):
        await desk.does(at.recorded(contributor="NOBODY"))


async def test_an_unknown_invention_is_refused():
    """A contribution goes into something that was disclosed."""
    desk = await at.an_invention()

    with refuses(InventionNotFound):
        await desk.does(at.recorded(invention="INV-9"))


def test_a_taken_id_is_refused():
    """One id names one contribution."""
    with refuses(IdentifierTaken):
        record_contribution(contribution(recorded()), circumstances(), recording(points="9/1"))


def test_repeating_a_contribution_changes_nothing():
    """The same contribution, sent twice, is recorded once."""
    assert () == record_contribution(contribution(recorded()), circumstances(), recording())


async def test_of_two_contributions_that_want_one_id_one_gets_it():
    """Two at once cannot both have the id."""
    desk = await at.an_invention()

    with refuses(IdentifierTaken):
        await desk.interrupted(at.recorded(points="9/1"), meanwhile=at.recorded())


async def test_recording_beside_a_confirmation_does_not_conflict():
    """Whoever records the next contribution need not wait for the last one to be confirmed."""
    desk, content_hash_ = await at.a_record()
    decisions = 0

    async def counting(reader: Reader) -> Decided:
        nonlocal decisions
        decisions += 1
        return await at.recorded(contribution="C2")(reader)

    await desk.interrupted(counting, meanwhile=at.attested(content_hash_))

    assert 1 == decisions
