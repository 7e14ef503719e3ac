"""Whom silence, delay and the giving up of an invention concern."""

from datetime import date
from typing import Any

import pytest

from services.notifications.alerts import Alert
from services.notifications.remembered import States
from shared.events.concerned import Circle, Stay
from shared.events.contribution import ContributionAttestationDeemed, ContributionCorrected, ContributionRecorded
from shared.events.invention import DeterminationAttestationDeemed, DeterminationEscalated, DeterminationProposed
from shared.events.licence import LicenceDrafted, Scope
from shared.events.project import ProjectPeriodEnded
from shared.events.registry import Event
from shared.events.retirement import InventionRetired, RetirementOpposed, RetirementProposed
from shared.events.terms import ConsentRule
from shared.events.transfer import TransferProposed
from tests.docs.made import made
from tests.notifications.controls import BOTH, alerts_of, said

HELD: States = {"invention:INV-1": Circle(stays={"EGU": (Stay(since=1),), "HUT": (Stay(since=1),)})}


def alerts_by_nobody(event: Event) -> list[Alert]:
    # That is who acts when time does.
    return alerts_of(said(event, by=None), HELD)


def told(event: Event) -> list[tuple[str, str]]:
    return [(alert.recipient, alert.class_) for alert in alerts_by_nobody(event)]


def test_whoever_said_nothing_must_say_that_it_knows():
    """What binds it was no act of its own."""
    deemed = made(ContributionAttestationDeemed, parties=BOTH, party="ATRC")

    assert [("ATRC", "legal-critical"), ("HUT", "legal-critical")] == told(deemed)


@pytest.mark.parametrize(
    "kind",
    [DeterminationAttestationDeemed, DeterminationEscalated, RetirementProposed, RetirementOpposed, InventionRetired],
)
def test_whoever_holds_it_is_told_besides_the_parties(kind: type[Event]):
    """A holder that is no party of the project has as much to lose."""
    event = made(kind, parties=BOTH, invention="INV-1")

    assert ["ATRC", "EGU", "HUT"] == [recipient for recipient, _ in told(event)]
    assert {"legal-critical"} == {class_ for _, class_ in told(event)}


@pytest.mark.parametrize("kind", [ContributionRecorded, ContributionCorrected])
def test_where_silence_attests_what_is_asked_weighs_in_law(kind: type[Event]):
    """The days to speak begin with notice of it, which is proven of what weighs in law alone."""
    asked, receipt = [
        made(kind, attesting_parties=("ATRC",), deemed_after=days, contribution="CTB-1") for days in (30, None)
    ]

    assert [("ATRC", "legal-critical", True)] == [
        (alert.recipient, alert.class_, alert.needs_you) for alert in alerts_by_nobody(asked)
    ]
    assert [("ATRC", "action")] == told(receipt)


def test_the_alert_names_the_last_day_to_speak():
    """Of shares, the day after which silence attests them; of giving up, the day before it happens."""
    proposed = made(DeterminationProposed, parties=BOTH, deemed_on=date(2025, 7, 1))
    retiring = made(RetirementProposed, parties=BOTH, retires_on=date(2025, 7, 31))
    consenting = made(RetirementProposed, parties=BOTH, retires_on=None, notice_method="INBOX")

    assert {date(2025, 7, 1)} == {alert.due_on for alert in alerts_by_nobody(proposed)}
    assert {date(2025, 7, 30)} == {alert.due_on for alert in alerts_by_nobody(retiring)}
    assert {None} == {alert.due_on for alert in alerts_by_nobody(consenting)}


@pytest.mark.parametrize(
    ("rule", "deemed_on", "last"),
    [
        (ConsentRule(rule="NOTICE", days=30), None, date(2025, 6, 30)),
        (ConsentRule(rule="LEAD_DEEMED", days=10), date(2025, 6, 13), date(2025, 6, 13)),
    ],
)
def test_where_time_begins_with_notice_no_alert_of_it_knows_the_last_day(
    rule: ConsentRule, deemed_on: date | None, last: date
):
    """What was proposed before says it, or since when it runs."""
    said_: dict[str, Any] = {"parties": BOTH, "rule": rule, "noticed_on": date(2025, 6, 1)}
    before, now = (
        made(TransferProposed, **said_, deemed_on=deemed_on),
        made(TransferProposed, **said_, notice_method="INBOX"),
    )

    assert {last} == {alert.due_on for alert in alerts_by_nobody(before)}
    assert {None} == {alert.due_on for alert in alerts_by_nobody(now)}
    assert {"legal-critical"} == {alert.class_ for alert in alerts_by_nobody(now)}


@pytest.mark.parametrize("rule", [None, ConsentRule(rule="NOTICE", days=30)])
def test_a_licence_of_which_there_has_to_be_notice_weighs_in_law(rule: ConsentRule | None):
    """Its days begin with notice of it, which is proven of what weighs in law alone; where there are none it asks."""
    drafted = made(LicenceDrafted, parties=BOTH, scope=made(Scope, assets=("INV-1",)), rule=rule, notice_method="INBOX")

    alerts = alerts_by_nobody(drafted)
    assert {("legal-critical" if rule else "action", None)} == {(alert.class_, alert.due_on) for alert in alerts}


def test_all_parties_learn_that_a_project_is_over():
    """As if one of them had said so."""
    assert [("ATRC", "info"), ("HUT", "info")] == told(made(ProjectPeriodEnded, parties=BOTH))
