"""Whom it is told that nobody took note of an alert: others of its party, and those who were told the very same."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from services.notifications.alerts import Alert
from services.notifications.escalations.model import (
    TYPE,
    TYPE_BY_ANOTHER,
    counted,
    to_its_own,
    to_the_others,
    written_to,
)
from services.notifications.remembered import Representation, Representatives
from shared.events.concerned import Circle, Stay
from shared.events.values import Period
from tests.notifications.letters.controls import ALERT

DAY = date(2024, 7, 16)
NOW = datetime(2024, 7, 16, 4, tzinfo=UTC)


def critical(recipient: str = "ATRC", **changed: Any) -> Alert:
    fields = {"id": f"alr-{recipient}", "recipient": recipient, "class_": "legal-critical", "needs_you": False}
    return replace(ALERT, **(fields | changed))


def circle(*parties: str, **left: date) -> Circle:
    return Circle(
        stays={
            party: (Stay(since=1, until=5 if party in left else None, on=left.get(party)),)
            for party in (*parties, *left)
        }
    )


def told(alert: Alert, beside: list[Alert], parties: Circle) -> list[str]:
    return [each.recipient for each in to_the_others(alert, beside, parties, as_of=NOW)]


# -- its own party ----------------------------------------------------------------------------------------------------


def test_its_own_party_finds_it_again_and_is_led_to_it():
    """With weight in law as before, about the same, at the event that it is of; for whoever looks into the inbox."""
    alert = critical()
    again = to_its_own(alert, as_of=NOW)

    assert (TYPE, "legal-critical", "ATRC", f"/v1/inbox/{alert.id}") == (
        again.type,
        again.class_,
        again.recipient,
        again.link,
    )
    assert (alert.subject, alert.agreement, alert.position) == (again.subject, again.agreement, again.position)
    assert again.event_id not in {alert.event_id, alert.id}


def test_it_is_the_same_however_often_it_is_made():
    """By the alert that it is of, and by whom it tells."""
    others = to_the_others(critical(), [critical("HUT")], circle("ATRC", "HUT"), as_of=NOW)
    again = replace(critical(), due_on=None)

    assert to_its_own(critical(), as_of=NOW).id == to_its_own(again, as_of=datetime(2025, 1, 1, tzinfo=UTC)).id
    assert 3 == len({critical().id, to_its_own(critical(), as_of=NOW).id, others[0].id})


PERIOD = Period(start=date(2024, 1, 1))
OVER = Period(start=date(2024, 1, 1), end=DAY)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (set(), ["first", "second"]),
        ({"first"}, ["second"]),
        ({"second", "gone"}, ["first"]),
        ({"first", "second"}, ["first", "second"]),
    ],
)
def test_it_is_written_to_whoever_else_may_act_that_day(written: set[str], expected: list[str]):
    """Where there is nobody else, to the same again; to nobody whose days are over."""
    people = {"first": PERIOD, "second": PERIOD, "gone": OVER}
    named = Representatives(people={name: Representation(powers=(), period=each) for name, each in people.items()})

    assert expected == [each.person for each in written_to(critical(), written, named, DAY)]


# -- the other side ---------------------------------------------------------------------------------------------------


def test_those_hear_of_it_who_were_told_the_same_in_the_agreement():
    """Each is led to its own alert; that it is about the silent party is said by its id alone."""
    beside = [critical(), critical("HUT"), critical("EGU", class_="info")]
    [hut, egu] = to_the_others(critical(), beside, circle("ATRC", "HUT", "EGU", "NLN"), as_of=NOW)

    assert (["HUT", "EGU"], hut.event_id) == ([hut.recipient, egu.recipient], egu.event_id)
    assert ("/v1/inbox/alr-HUT", "/v1/inbox/alr-EGU") == (hut.link, egu.link)
    assert ("party:ATRC", TYPE_BY_ANOTHER, "legal-critical") == (hut.subject, hut.type, hut.class_)


def test_nobody_hears_of_an_event_that_did_not_concern_it():
    """To be in the agreement is not enough."""
    assert [] == told(critical(), [critical()], circle("ATRC", "HUT"))


def test_whoever_is_in_the_agreement_no_more_hears_nothing():
    """Nor does whoever never was, such as a licensee."""
    parties = circle("ATRC", "EGU", HUT=date(2024, 7, 1))
    alert = critical(recorded_at=datetime(2024, 6, 15, tzinfo=UTC))

    assert ["EGU"] == told(alert, [critical("HUT"), critical("EGU"), critical("NLN")], parties)


def test_who_has_left_since_is_told_of_to_those_who_stay():
    """It was one of them when it was told."""
    alert = critical(recorded_at=datetime(2024, 6, 15, tzinfo=UTC))

    assert ["HUT"] == told(alert, [critical("HUT")], circle("HUT", ATRC=date(2024, 7, 1)))
    assert [] == told(alert, [critical("HUT")], circle("HUT", ATRC=date(2024, 6, 1)))


def test_of_whoever_is_not_in_the_agreement_nobody_hears():
    """That a licensee was told of something is nobody else's to know."""
    assert [] == told(critical("NLN"), [critical("HUT"), critical("NLN")], circle("ATRC", "HUT"))


def test_whoever_was_told_for_another_reason_is_left_out():
    """It reads elsewhere what that is about; and what waits for a party that one controls is between these two."""
    parties = circle("ATRC", "HUT", "EGU")
    elsewhere = critical("EGU", link="/v1/licences/LIC-1")
    tasks = {"link": "/v1/tasks?party=KPD"}

    assert ["HUT"] == told(critical(), [critical("HUT"), elsewhere], parties)
    assert [] == told(elsewhere, [critical("HUT"), elsewhere], parties)
    assert [] == told(critical(**tasks), [critical("HUT", **tasks)], parties)


# -- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "on"), [(7, date(2024, 7, 23)), (1, date(2024, 7, 17)), (None, None)])
def test_days_are_counted_from_when_it_was_seen(days: int | None, on: date | None):
    """So many days by the terms; for some terms never."""
    assert on == counted(days, DAY)


def test_what_would_be_beyond_the_calendar_is_never():
    """As with every other day."""
    assert None is counted(3_650, date.max)
