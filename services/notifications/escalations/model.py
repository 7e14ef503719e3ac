"""Whom it is told that a party has not acknowledged what has weight in law, and when: pure."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from hashlib import sha256
from typing import Final, NamedTuple

from services.notifications.alerts import INBOX, OWN_TYPES, TASKS, Alert, alert_id
from services.notifications.mail.recipients import Delivery, message_id
from services.notifications.remembered import Representatives
from shared.calendar import days_after
from shared.events.concerned import Circle
from shared.positions import LAST_POSITION

# To the party itself, and to those with whom it is in the agreement.
TYPE: Final = f"{OWN_TYPES}AlertUnacknowledged.v1"
TYPE_BY_ANOTHER: Final = f"{OWN_TYPES}AlertUnacknowledgedByAnother.v1"
ITS_OWN, THE_OTHERS = 1, 2


class Unacknowledged(NamedTuple):
    """An alert that nobody took note of for so many days, and how far that was told before."""

    alert: Alert
    days: int
    told: int


def counted(days: int | None, today: date) -> date | None:
    """Return on which day it is time, counted from one by the terms; None for never."""
    return None if days is None else days_after(today, days)


def to_its_own(alert: Alert, *, as_of: datetime) -> Alert:
    """Return what a party is told of its own alert: in the inbox, which whoever else may act for it reads, too."""
    return _told(alert, TYPE, ITS_OWN, alert.recipient, alert.id, as_of)


def written_to(alert: Alert, written: Iterable[str], representatives: Representatives, day: date) -> Iterator[Delivery]:
    """Return to whom that is written: whoever else may act for the party that day; where that is nobody, the same."""
    present = {person for person, each in representatives.people.items() if each.period.covers(day)}
    for person in sorted(present - {*written} or present):
        yield Delivery(alert.id, person, message_id(alert.id, person))


def to_the_others(alert: Alert, beside: Iterable[Alert], parties: Circle, *, as_of: datetime) -> list[Alert]:
    """Return what the other side is told: those parties of the agreement that were alerted of the very same.

    `beside` are the alerts of the same event. Whoever reads of it elsewhere was told for another reason, which may be
    nobody else's to know, and so may be that the party was: then nobody is told.
    """
    if alert.recipient not in parties.members_at(LAST_POSITION, alert.recorded_at) or alert.link.startswith(TASKS):
        return []
    still_in = parties.members_at(LAST_POSITION, as_of)
    return [
        _told(alert, TYPE_BY_ANOTHER, THE_OTHERS, each.recipient, each.id, as_of)
        for each in beside
        if each.recipient != alert.recipient and each.link == alert.link and each.recipient in still_in
    ]


def _told(alert: Alert, kind: str, step: int, recipient: str, read: str, as_of: datetime) -> Alert:  # noqa: PLR0913, PLR0917
    of = f"{alert.id}\n{step}"
    named = f"esc-{sha256(of.encode()).hexdigest()[:32]}"
    own = step == ITS_OWN
    return Alert(
        id=alert_id(named, recipient, INBOX),
        event_id=named,
        recipient=recipient,
        channel=INBOX,
        position=alert.position,
        type=kind,
        class_="legal-critical",
        agreement=alert.agreement,
        subject=alert.subject if own else f"party:{alert.recipient}",
        link=f"/v1/inbox/{read}",
        due_on=alert.due_on if own else None,
        recorded_at=as_of,
    )
