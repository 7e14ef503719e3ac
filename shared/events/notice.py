"""That parties were given notice of an event, and took it: proven by whoever delivers, in a stream of its own."""

from datetime import date, datetime
from typing import Literal

from shared.events.registry import Event, event

NoticeChannel = Literal["INBOX", "EMAIL"]


class _OfNotice(Event, frozen=True, kw_only=True):
    """Of which event a party has notice; `effective_on` is the day from which that counts by the terms."""

    agreement: str
    event: str
    position: int
    subject: str
    party: str
    noticed_on: date
    effective_on: date


@event("agreements.NoticeDelivered.v1", entity="notice")
class NoticeDelivered(_OfNotice, frozen=True, kw_only=True):
    """A party was delivered notice of an event.

    `noticed_on` is the legal day on which this is recorded, whenever it was delivered: what depends on notice begins
    with the proof of it. `sent_hash` is taken over exactly what was put before the party.
    """

    channel: NoticeChannel
    sent_hash: str
    delivered_at: datetime


@event("agreements.NoticeAcknowledged.v1", entity="notice")
class NoticeAcknowledged(_OfNotice, frozen=True, kw_only=True):
    """A party took note of an event that it was alerted of; `noticed_on` is the legal day on which this is recorded."""

    person: str
    acknowledged_at: datetime
