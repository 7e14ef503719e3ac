"""Whom opportunities, background and a project's progress concern."""

from datetime import date

import pytest

from services.notifications.alerts import link_to
from shared.events.background import (
    AccessGranted,
    AccessRequested,
    BackgroundContested,
    BackgroundDeclared,
)
from shared.events.opportunity import OpportunityIdentified, OpportunityReviewed, OpportunityShared
from shared.events.party import RepresentativeAppointed
from shared.events.progress import ExportScreeningRecorded
from shared.events.registry import Event
from tests.docs.made import made
from tests.notifications.controls import BOTH, alerts_of, said


def told(event: Event) -> list[tuple[str, str]]:
    return [(alert.recipient, alert.class_) for alert in alerts_of(said(event))]


def test_an_opportunity_is_told_to_those_it_is_shared_with():
    """Before that to nobody, and to no other party of the agreement; they learn until when to answer."""
    shared = made(OpportunityShared, parties=BOTH, respond_by=date(2024, 3, 10))

    assert [] == told(made(OpportunityIdentified))
    # Whoever shared it is told that it has reached the others, and is asked for nothing.
    assert [("ATRC", "action"), ("HUT", "info")] == told(shared)
    assert [date(2024, 3, 10), None] == [alert.due_on for alert in alerts_of(said(shared))]
    assert [("ATRC", "info")] == told(made(OpportunityReviewed, parties=BOTH))


def test_background_asks_the_others_whether_they_agree():
    """Contested it concerns everybody; whoever contests is told that the others know."""
    assert [("ATRC", "action")] == told(made(BackgroundDeclared, parties=BOTH))
    assert [("ATRC", "action"), ("HUT", "info")] == told(made(BackgroundContested, parties=BOTH))


def test_a_request_asks_the_owner_and_the_answer_goes_to_who_asked():
    """Nobody else has anything to do about it."""
    assert [("ATRC", "action")] == told(made(AccessRequested, parties=BOTH, owner_party="ATRC"))
    assert [("HUT", "info")] == told(made(AccessGranted, parties=BOTH, to_party="HUT"))


def test_what_was_screened_is_told_to_the_other_parties():
    """They must know what they may not share."""
    assert [("ATRC", "info")] == told(made(ExportScreeningRecorded, parties=BOTH))


def test_whom_a_party_empowers_is_its_own_affair():
    """Nobody is alerted of it."""
    assert [] == told(made(RepresentativeAppointed))


@pytest.mark.parametrize(
    ("stream", "address"),
    [
        ("background:bkg-1", "/v1/background/bkg-1"),
        ("opportunity:OPP", "/v1/opportunities/OPP"),
        ("progress:PRJ", "/v1/projects/PRJ/progress"),
        ("party:HUT", "/v1/parties/HUT"),
        ("project:PRJ", "/v1/projects/PRJ"),
    ],
)
def test_a_link_leads_to_what_it_is_about(stream: str, address: str):
    """Whatever the plural of its name is."""
    assert address == link_to(stream)
