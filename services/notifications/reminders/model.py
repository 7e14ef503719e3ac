"""Who is reminded of a deadline, and when: pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from services.notifications.alerts import INBOX, Alert, alert_id, link_to
from shared.calendar import legal_day
from shared.events.concerned import Circle, kind_of

# So many days before the last on which something can still be otherwise; each reminder stands for the time until the
# next, so that one which could not be given on its day is given late, and never two at once.
DAYS_BEFORE: Final = (30, 7, 1)
TYPE: Final = "notifications.DeadlineNear.v1"
# What these are known to is their own matter: of anything else all of its agreement know.
_OF_ITS_OWN: Final = frozenset({"dispute", "licence", "opportunity", "transfer"})


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """That something happens to a thing by itself once a day is over, as agreements tell it."""

    stream: str
    agreement: str
    last_day: date
    told_at: datetime
    asked: tuple[str, ...]
    today: date
    as_of: datetime


def circle_of(deadline: Deadline) -> str:
    """Return the name of the circle of those who know of a deadline."""
    return deadline.stream if kind_of(deadline.stream) in _OF_ITS_OWN else f"agreement:{deadline.agreement}"


def days_before(deadline: Deadline) -> int | None:
    """Return for which number of days before its last it is time to remind of a deadline; None for none yet.

    Nor is it for one of which its parties were told on that day or later: whoever was told a week before the last day
    is not told the same again at once.
    """
    left = (deadline.last_day - deadline.today).days
    reached = [days for days in DAYS_BEFORE if 0 <= left <= days]
    if not reached or legal_day(deadline.told_at) >= deadline.last_day - timedelta(days=reached[-1]):
        return None
    return reached[-1]


def reminders_of(deadlines: Iterable[Deadline], circles: Mapping[str, object], *, position: int) -> list[Alert]:
    """Return what is to be given now: one to each that is still asked; where nobody is, to each that knows of it.

    `circles` says who is in those that `circle_of` names, as of a position in the log. Given again, they are the same
    alerts; of a deadline that has moved they are others.
    """
    return [
        _reminder(deadline, days, recipient, position)
        for deadline in deadlines
        if (days := days_before(deadline)) is not None
        for recipient in deadline.asked or _around(circles.get(circle_of(deadline)))
    ]


def _around(circle: object) -> tuple[str, ...]:
    return circle.present if isinstance(circle, Circle) else ()


def _reminder(deadline: Deadline, days: int, recipient: str, position: int) -> Alert:
    named = f"{deadline.stream}\n{deadline.last_day}\n{days}"
    reminder = f"rem-{sha256(named.encode()).hexdigest()[:32]}"
    return Alert(
        id=alert_id(reminder, recipient, INBOX),
        event_id=reminder,
        recipient=recipient,
        channel=INBOX,
        position=position,
        type=TYPE,
        class_="reminder",
        agreement=deadline.agreement,
        subject=deadline.stream,
        link=link_to(deadline.stream),
        due_on=deadline.last_day,
        recorded_at=deadline.as_of,
        needs_you=recipient in deadline.asked,
    )
