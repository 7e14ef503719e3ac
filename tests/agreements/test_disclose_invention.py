"""Disclosing an invention."""

from datetime import date

import pytest

from services.agreements.errors import AgreementNotInEffect, DayNotReached, IdentifierTaken, NotAProjectParty
from services.agreements.inventions.decisions import disclose_invention
from services.agreements.inventions.errors import ConceivedAfterDisclosed, ConceivedOutsideProject, TitleOrItsHash
from services.agreements.projects.errors import ProjectNotActive, ProjectNotFound
from shared.errors import DomainError
from shared.events.invention import InventionDisclosed
from tests.agreements import desk as at
from tests.agreements.controls import (
    CONCEIVED,
    DIGEST,
    EGU,
    approved,
    disclosed,
    disclosing,
    invention,
    project,
    started,
)
from tests.told import refuses


def test_an_invention_is_disclosed_to_its_project():
    """From now on it exists, as of the day it was conceived."""
    (event,) = disclosed()

    assert isinstance(event, InventionDisclosed)
    assert (("HUT", "ATRC"), CONCEIVED) == (event.parties, event.conceived_on)


def test_a_confidential_title_may_stay_outside():
    """A title that must never leak is given by its hash."""
    (event,) = disclosed(title=None, title_hash=DIGEST)

    assert isinstance(event, InventionDisclosed)
    assert event.title is None


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"by": EGU}, NotAProjectParty),
        ({"title": None}, TitleOrItsHash),
        ({"title_hash": DIGEST}, TitleOrItsHash),
        ({"disclosed_on": date(2025, 6, 2)}, DayNotReached),
        ({"disclosed_on": date(2024, 7, 7)}, ConceivedAfterDisclosed),
        ({"conceived_on": date(2024, 2, 29)}, ConceivedOutsideProject),
        ({"class_": "SIDEGROUND"}, ConceivedOutsideProject),
    ],
)
def test_a_disclosure_that_contradicts_itself_is_refused(changed: dict[str, object], refusal: type[DomainError]):
    """Each rule has its name."""
    with refuses(refusal):
        disclose_invention(None, started(), disclosing(**changed))


def test_a_project_that_has_not_started_has_no_inventions():
    """Its parties have to start it first."""
    with refuses(ProjectNotActive):
        disclose_invention(None, project(approved()), disclosing())


async def test_what_was_conceived_before_the_agreement_is_told_its_days():
    """From the first on, too: the day given lies before the end, so the end alone would say nothing."""
    desk = await at.a_project()

    with refuses(AgreementNotInEffect) as refused:
        await desk.does(at.disclosed(conceived_on=date(2023, 1, 1)))

    assert ("from 2024-02-01, before 2034-02-01", date(2023, 1, 1)) == (refused.value.expected, refused.value.got)


async def test_an_outsider_finds_no_project():
    """To a party outside the agreement, the project does not exist."""
    desk = await at.a_project()

    with refuses(ProjectNotFound):
        await desk.does(at.disclosed(by=EGU))


def test_disclosing_it_again_changes_nothing():
    """The same disclosure, sent twice, is made once."""
    assert () == disclose_invention(invention(disclosed()), started(), disclosing())


async def test_of_two_inventions_that_want_one_id_one_gets_it():
    """Two disclosures at once cannot both have the id."""
    desk = await at.a_project()

    with refuses(IdentifierTaken):
        await desk.interrupted(at.disclosed(title="Late"), meanwhile=at.disclosed())


@pytest.mark.parametrize(("conceived_on", "kind"), [(CONCEIVED, "FOREGROUND"), (date(2025, 9, 1), "POSTGROUND")])
def test_its_class_follows_from_the_day(conceived_on: date, kind: str):
    """Foreground is conceived in the project's period, postground after it."""
    late = date(2026, 1, 1)
    (event,) = disclosed(conceived_on=conceived_on, disclosed_on=late, today=late)

    assert isinstance(event, InventionDisclosed)
    assert kind == event.class_
