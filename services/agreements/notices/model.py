"""Who has notice of one event: since which day, by what, and who has acknowledged it."""

from collections.abc import Iterable
from datetime import date
from functools import partial

import msgspec

from services.agreements.notices.errors import NoticedEventNotFound
from shared.calendar import days_after
from shared.events.notice import NoticeAcknowledged, NoticeChannel, NoticeDelivered
from shared.events.registry import Event
from shared.events.terms import NoticeMethod
from shared.log.aggregate import Aggregate


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What was delivered, and from which day on it counts."""

    sent_hash: str
    effective_on: date


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """How one party has notice: what was delivered, by channel, and since when it counts that it took note."""

    delivered: dict[NoticeChannel, Delivery] = {}
    acknowledged_on: date | None = None

    def counts_from(self, method: NoticeMethod, *, or_acknowledged: bool = False) -> date | None:
        """Return the day from which a method of the terms has the party be on notice; None before there is proof.

        Where whoever took note has notice by that as well, whichever comes first counts.
        """
        if method == "ACKNOWLEDGED":
            return self.acknowledged_on
        delivery = self.delivered.get(method)
        days = [delivery.effective_on if delivery else None, self.acknowledged_on if or_acknowledged else None]
        return min((day for day in days if day is not None), default=None)


NOT_GIVEN = Given()


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Notice of one event."""

    event: str
    position: int
    """The position of the event that there is notice of."""
    subject: str
    # By party.
    given: dict[str, Given]

    def to(self, party: str) -> Given:
        return self.given.get(party, NOT_GIVEN)


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """Until when silence counts for nothing yet, worked out from notice where something is read: no event says it."""

    event: str
    """The id of the event that there has to be notice of."""
    until: dict[str, date]
    """The last day on which each party may speak that is on notice of it: its silence attests after that."""


def effective_days(notice: Notice | None, method: NoticeMethod) -> dict[str, date]:
    """Return since when each party is on notice, by a method of the terms, as far as that is proven."""
    given = {party: each.counts_from(method) for party, each in notice.given.items()} if notice else {}
    return {party: day for party, day in given.items() if day is not None}


def silence_after(  # noqa: PLR0913  # keyword-only: how long, and by what
    notice: Notice | None,
    event: str,
    parties: Iterable[str],
    *,
    days: int,
    method: NoticeMethod,
    or_acknowledged: bool = False,
) -> Silence:
    """Return the last day on which each of some parties may speak, so many days after it is on notice of an event."""
    on_notice = partial(Given.counts_from, method=method, or_acknowledged=or_acknowledged)
    given = {party: on_notice(notice.to(party)) for party in parties} if notice else {}
    last = {party: days_after(day, days) for party, day in given.items() if day is not None}
    return Silence(event=event, until={party: day for party, day in last.items() if day is not None})


def over_after(silence: Silence | None, parties: Iterable[str]) -> date | None:
    """Return the last day of the last of some parties; None while one of them is not on notice."""
    known = silence.until if silence else {}
    days = [known.get(party) for party in parties]
    return None if None in days else max((day for day in days if day is not None), default=None)


def last_days(parties: Iterable[str], *, said_day: date | None, silence: Silence | None) -> dict[str, date]:
    """Return the last day on which each of some parties may speak, as far as it is on notice.

    What was asked before there was proof of notice has `said_day`, the same for all of them.
    """
    if said_day is not None:
        return dict.fromkeys(parties, said_day)
    known = silence.until if silence else {}
    return {party: known[party] for party in parties if party in known}


def evolve(state: Notice | None, event: Event) -> Notice:
    assert isinstance(event, NoticeDelivered | NoticeAcknowledged)
    known = state or Notice(event=event.event, position=event.position, subject=event.subject, given={})
    given = known.to(event.party)
    match event:
        case NoticeDelivered():
            delivery = Delivery(sent_hash=event.sent_hash, effective_on=event.effective_on)
            given = msgspec.structs.replace(given, delivered={**given.delivered, event.channel: delivery})
        case NoticeAcknowledged():
            given = msgspec.structs.replace(given, acknowledged_on=event.effective_on)
    return msgspec.structs.replace(known, given={**known.given, event.party: given})


NOTICE = Aggregate("notice", Notice, evolve, NoticedEventNotFound)
