"""What is proven of notice of one event, for whoever proves it, and for whom it concerns."""

from collections.abc import Container, Mapping
from datetime import date

import msgspec

from services.agreements.notices.model import Given, Notice
from shared.events.notice import NoticeChannel


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    event: str
    """The `id` of the event that there is notice of."""
    position: int
    """The position of that event."""
    delivered: tuple[str, ...]
    """The parties to which notice of it is proven to have been delivered."""
    acknowledged: tuple[str, ...]
    """The parties that are proven to have taken note of it."""
    version: int


class ShownDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """That a party was delivered notice of an event, by what, and since when that counts."""

    channel: NoticeChannel
    """By what it was delivered."""
    sent_hash: str
    """The hash of exactly what was delivered."""
    effective_on: date
    """From which day on it counts by the terms."""


class PartyNotice(msgspec.Struct, frozen=True, kw_only=True):
    """How a party has notice of an event."""

    party: str
    delivered: tuple[ShownDelivery, ...]
    """What was delivered to it, once for each channel."""
    acknowledged_on: date | None
    """From which day on it counts that somebody took note for it; null while nobody has."""


class EventNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What is proven of notice of an event, as far as its reader may see it."""

    event: str
    """The `id` of the event that there is notice of."""
    position: int
    """The position of that event."""
    subject: str
    """The thing that the event is about: its kind and its id, as in `transfer:XFR-1`."""
    parties: tuple[PartyNotice, ...]
    """Your own party's; of what your party recorded, that of the other parties of the agreement as well."""


def shown(notice: Notice, parties: Container[str]) -> EventNotice:
    """Return what is proven of notice that some parties have of an event."""
    told_of = sorted((party, given) for party, given in notice.given.items() if party in parties)
    return EventNotice(
        event=notice.event,
        position=notice.position,
        subject=notice.subject,
        parties=tuple(_of(party, given) for party, given in told_of),
    )


def _of(party: str, given: Given) -> PartyNotice:
    delivered = tuple(
        ShownDelivery(channel=channel, sent_hash=each.sent_hash, effective_on=each.effective_on)
        for channel, each in sorted(given.delivered.items())
    )
    return PartyNotice(party=party, delivered=delivered, acknowledged_on=given.acknowledged_on)


def view_of(state: Notice, version: int) -> NoticeView:
    return NoticeView(
        event=state.event,
        position=state.position,
        delivered=tuple(sorted(party for party, given in state.given.items() if given.delivered)),
        acknowledged=tuple(sorted(party for party, given in state.given.items() if given.acknowledged_on)),
        version=version,
    )


def told(silent_until: Mapping[str, date]) -> tuple[str, ...]:
    """Return what a thing's representation says of notice, which changes without its version."""
    return tuple(f"{party} {last}" for party, last in sorted(silent_until.items()))
