"""What whoever delivers says of notice."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, HashText, Id
from services.agreements.notices.decisions import Acknowledged, Delivered
from shared.positions import LAST_POSITION

Instant = Annotated[datetime, Meta(tz=True)]


class DeliveredBody(Delivered, frozen=True, kw_only=True, forbid_unknown_fields=True):
    party: Id
    sent_hash: HashText
    delivered_at: Instant


class AcknowledgedBody(Acknowledged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    party: Id
    person: Id
    acknowledged_at: Instant


class NoticeBody(Body, frozen=True, kw_only=True):
    event: Id
    """The `id` of the event that there is notice of."""
    position: Annotated[int, Meta(ge=1, le=LAST_POSITION)]
    """The position of that event."""
    event_hash: HashText
    """The SHA-256 of that event as it was published, byte for byte."""
    delivered: Annotated[tuple[DeliveredBody, ...], Meta(max_length=200)] = ()
    """To whom notice of it was delivered."""
    acknowledged: Annotated[tuple[AcknowledgedBody, ...], Meta(max_length=200)] = ()
    """Who has taken note of it."""
