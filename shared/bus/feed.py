"""The log over HTTP, `GET /v1/events`, as its server writes it and its readers read it."""

import base64

import msgspec

from shared.log.chain import LOG


class FeedEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A recorded event; `body` is the published bytes in base64."""

    position: int
    subject: str
    """The subject under which it is published."""
    body: str
    """The published bytes, in base64."""
    traceparent: str | None = None

    @property
    def published(self) -> bytes:
        """The published bytes; raises ValueError where they are not in base64."""
        return base64.b64decode(self.body, validate=True)


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events above the position asked for, in order and without a gap; `last_position` is the log's.

    `chain` is the chain of this log after the page's last event, or at the position asked for where there is none after
    it; null where the log ends below what was asked for. A party is told only what concerns it, and no chain.
    """

    events: tuple[FeedEvent, ...]
    last_position: int
    log: str = LOG
    chain: str | None = None
    read_to: int | None = None
    """The position up to which the page tells of all that there was to tell: go on after it, whatever it has."""


def as_base64(body: bytes) -> str:
    """Write an event's bytes as a page has them."""
    return base64.b64encode(body).decode()
