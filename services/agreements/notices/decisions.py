"""What is proven of notice, once of each party and channel."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final

import msgspec

from services.agreements.errors import RecordedOtherwise
from services.agreements.gates import Gate, Standing
from services.agreements.notices.errors import NoticeOfNotice, NoticeOutOfTime, NoticeToNobody
from services.agreements.notices.model import NOTICE, Given, Notice
from shared.calendar import business_days_after
from shared.events.notice import NoticeAcknowledged, NoticeChannel, NoticeDelivered
from shared.events.registry import Event
from shared.events.terms import Terms

# The clocks of two machines may be so far apart.
LEAVE: Final = timedelta(minutes=1)

Events = tuple[Event, ...]


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """That a party was delivered something."""

    party: str
    channel: NoticeChannel
    """By what it was delivered."""
    sent_hash: str
    """The hash of exactly what was delivered."""
    delivered_at: datetime
    """When it was delivered."""


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody took note for a party."""

    party: str
    person: str
    acknowledged_at: datetime
    """When somebody took note."""


class RecordNotice(msgspec.Struct, frozen=True, kw_only=True):
    # Whoever delivers says so of any event, however its agreement stands by then.
    gate: ClassVar[Gate] = Gate(power=None, standing=Standing.ANY)

    today: date
    event: str
    position: int
    event_hash: str
    delivered: tuple[Delivered, ...] = ()
    acknowledged: tuple[Acknowledged, ...] = ()
    # By the machine's clock, as the times that are said are; None where they are compared with nothing.
    said_at: datetime | None = None


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """The event that there is notice of, as far as it counts: where it happened, and by which terms."""

    agreement: str
    subject: str
    terms: Terms
    recorded_at: datetime | None = None


def record_notice(state: Notice | None, noticed: Noticed, command: RecordNotice) -> Events:
    """Record what was not proven yet; of what was, the first proof stands."""
    if not command.delivered and not command.acknowledged:
        raise NoticeToNobody(event=command.event)
    if noticed.subject.startswith(f"{NOTICE.name}:"):
        raise NoticeOfNotice(got=noticed.subject)
    if command.said_at is not None and noticed.recorded_at is not None:
        _check_times(command, noticed.recorded_at, command.said_at)
    said: dict[str, Any] = {
        "agreement": noticed.agreement,
        "event": command.event,
        "position": command.position,
        "subject": noticed.subject,
        "noticed_on": command.today,
        "effective_on": effective_on(noticed.terms, command.today),
    }
    return (*_delivered(state, said, command), *_acknowledged(state, said, command))


def _check_times(command: RecordNotice, recorded_at: datetime, said_at: datetime) -> None:
    """Raise NoticeOutOfTime for what cannot have been then.

    An event of a scenario that is played ahead of the machine was recorded by another clock: nothing is before it.
    """
    first = recorded_at if recorded_at <= said_at else None
    expected = f"{f'from {first.isoformat()} ' if first else ''}to {said_at.isoformat()}"
    times = {("delivered_at", each.party): each.delivered_at for each in command.delivered}
    times |= {("acknowledged_at", each.party): each.acknowledged_at for each in command.acknowledged}
    for (name, party), said in times.items():
        if said > said_at + LEAVE or (first is not None and said < first - LEAVE):
            raise NoticeOutOfTime(at=name, expected=expected, got=said, party=party)


def effective_on(terms: Terms, noticed_on: date) -> date:
    """Return the day from which notice counts that is proven on one; the calendar's last where it never does."""
    if terms.notice.effective == "SAME_DAY":
        return noticed_on
    return business_days_after(noticed_on, 1, terms.calendar.weekend, terms.calendar.holiday_dates) or date.max


def _delivered(state: Notice | None, said: dict[str, Any], command: RecordNotice) -> Iterator[Event]:
    proven = {(party, name): each for party, given in _given(state) for name, each in given.delivered.items()}
    sent = {key: each.sent_hash for key, each in proven.items()}
    for each in command.delivered:
        key = each.party, each.channel
        if key not in sent:
            sent[key] = each.sent_hash
            yield NoticeDelivered(**said, **msgspec.structs.asdict(each))
        elif sent[key] != each.sent_hash:
            raise RecordedOtherwise(expected=sent[key], got=each.sent_hash, party=each.party, event=command.event)


def _acknowledged(state: Notice | None, said: dict[str, Any], command: RecordNotice) -> Iterator[Event]:
    known = {party for party, given in _given(state) if given.acknowledged_on is not None}
    for each in command.acknowledged:
        if each.party not in known:
            known.add(each.party)
            yield NoticeAcknowledged(**said, **msgspec.structs.asdict(each))


def _given(state: Notice | None) -> Iterable[tuple[str, Given]]:
    return state.given.items() if state else ()
