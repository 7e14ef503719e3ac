"""Who is reminded of what happens by itself, and on which day: each once, and nobody of what it was just told."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.notifications.reminders.model import Deadline, circle_of, days_before, reminders_of
from shared.events.concerned import Circle, Stay

LAST_DAY = date(2024, 6, 30)
LONG_AGO = datetime(2024, 1, 15, 3, tzinfo=UTC)


def deadline(
    left: int = 7,
    *,
    stream: str = "contribution:C1",
    asked: tuple[str, ...] = ("ATRC",),
    told: datetime = LONG_AGO,
    last_day: date = LAST_DAY,
) -> Deadline:
    """Give one of which so many days are left."""
    today = LAST_DAY - timedelta(days=left)
    return Deadline(
        stream=stream,
        agreement="MOU",
        last_day=last_day,
        told_at=told,
        asked=asked,
        today=today,
        as_of=datetime.combine(today, datetime.min.time(), UTC),
    )


def circle(*parties: str, left: str | None = None) -> Circle:
    stays: dict[str, tuple[Stay, ...]] = {
        party: (Stay(since=1, until=5 if party == left else None),) for party in parties
    }
    return Circle(stays=stays)


@pytest.mark.parametrize(
    ("left", "days"),
    [(31, None), (30, 30), (29, 30), (8, 30), (7, 7), (6, 7), (2, 7), (1, 1), (0, 1), (-1, None)],
)
def test_it_is_thirty_days_before_and_seven_and_one(left: int, days: int | None) -> None:
    """A day that was missed is made up for until the next."""
    assert days == days_before(deadline(left))


@pytest.mark.parametrize(("told", "days"), [("2024-06-22", 7), ("2024-06-23", None), ("2024-06-26", None)])
def test_nobody_is_reminded_of_what_it_was_just_told(told: str, days: int | None) -> None:
    """Whoever was told a week before the last day, or later, hears of it again the day before that."""
    at = datetime.fromisoformat(f"{told}T04:00:00Z")

    assert days == days_before(deadline(3, told=at))
    assert 1 == days_before(deadline(1, told=at))


def test_whoever_is_asked_is_reminded_and_nobody_else() -> None:
    """It waits for them, and is one of their tasks."""
    [alert] = reminders_of([deadline()], {"agreement:MOU": circle("HUT", "ATRC")}, position=9)

    assert ("ATRC", True, "reminder", LAST_DAY, 9) == (
        alert.recipient,
        alert.needs_you,
        alert.class_,
        alert.due_on,
        alert.position,
    )
    assert ("contribution:C1", "/v1/contributions/C1") == (alert.subject, alert.link)


def test_where_nobody_is_asked_all_are_reminded_who_are_still_there() -> None:
    """An agreement ends: whoever left it before hears nothing of that."""
    ending = deadline(stream="agreement:MOU", asked=())
    around = {"agreement:MOU": circle("HUT", "ATRC", "EGU", left="EGU")}

    assert [("HUT", False), ("ATRC", False)] == [
        (alert.recipient, alert.needs_you) for alert in reminders_of([ending], around, position=9)
    ]


@pytest.mark.parametrize(
    ("stream", "known_to"),
    [
        ("agreement:MOU", "agreement:MOU"),
        ("project:PRJ", "agreement:MOU"),
        ("invention:INV", "agreement:MOU"),
        ("opportunity:OPP", "opportunity:OPP"),
        ("dispute:DSP", "dispute:DSP"),
        ("transfer:TRF", "transfer:TRF"),
    ],
)
def test_what_not_all_of_the_agreement_know_reminds_those_who_do(stream: str, known_to: str) -> None:
    """An opportunity that is not shared yet, a dispute of others, a transfer: their parties, and nobody besides."""
    around: dict[str, object] = {
        known_to: circle("HUT"),
        "agreement:MOU" if known_to != "agreement:MOU" else "_": circle("ATRC"),
    }
    asked_nobody = deadline(stream=stream, asked=())

    assert known_to == circle_of(asked_nobody)
    assert ["HUT"] == [alert.recipient for alert in reminders_of([asked_nobody], around, position=9)]


def test_a_reminder_is_the_same_however_often_it_is_given() -> None:
    """By thing, day and number of days; of a deadline that has moved it is another."""
    again = [reminders_of([deadline(left)], {}, position=9)[0] for left in (7, 5)]
    [sooner] = reminders_of([deadline(1)], {}, position=9)
    [later] = reminders_of([deadline(last_day=LAST_DAY - timedelta(days=1))], {}, position=9)

    assert 1 == len({alert.id for alert in again})
    assert 3 == len({again[0].id, sooner.id, later.id})
    assert again[0].event_id != again[0].id
