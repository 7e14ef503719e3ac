"""A webhook as its party set it up, which events it is for, and what is sent of one."""

from datetime import datetime
from typing import Final, Literal, NamedTuple

import msgspec

from services.notifications.feeds.items import FeedItem
from services.notifications.webhooks.signing import Key
from shared.canonical import canonical_json
from shared.log.chain import LOG, chain_text, leaf_hash, tree_text

Payload = Literal["FULL", "THIN"]
"""The event as it was published, or only where to read it."""

State = Literal["UNVERIFIED", "ACTIVE", "DISABLED"]
"""Before what is at the URL has repeated the challenge; while events are sent; once they are no more."""

Reason = Literal["GONE", "FAILING", "EXHAUSTED"]
"""It answered 410; nothing was delivered for days; in order, an event was not taken at its last attempt."""

FULL_TYPE: Final = "application/cloudevents+json"
THIN_TYPE: Final = "application/json"
PING: Final = "moiety.webhook.ping"
CHALLENGE: Final = "moiety.webhook.challenge"


class Filter(NamedTuple):
    """Which events of the feed are sent: of these types, in these agreements; of either all where none is named."""

    types: frozenset[str]
    agreements: frozenset[str]

    @property
    def takes_all(self) -> bool:
        return not self.types and not self.agreements

    def takes(self, item: FeedItem) -> bool:
        if self.takes_all:
            return True
        told = msgspec.json.decode(item.body, type=_Told)
        return (not self.types or told.type in self.types) and (
            not self.agreements or told.agreement in self.agreements
        )


class Message(NamedTuple):
    """What is sent: under an id that every repetition bears."""

    identifier: str
    content_type: str
    body: bytes
    headers: dict[str, str]


class Destination(NamedTuple):
    """Where a webhook's messages go, and with which keys they are signed now."""

    webhook: str
    url: str
    payload: Payload
    keys: tuple[Key, ...]
    ordered: bool


class _Told(msgspec.Struct):
    id: str
    type: str
    time: str
    subject: str
    agreement: str


def message_of(webhook: str, item: FeedItem, payload: Payload) -> Message:
    """Return what is sent of an event.

    In full it is the published bytes, so that their signature, their leaf in the ledger's tree and the feed's chain are
    all of the same: the envelope of Standard Webhooks has `type` and `data`, as a CloudEvent does.
    """
    headers = {
        "moiety-number": str(item.number),
        "moiety-position": str(item.position),
        "moiety-log": LOG,
        "moiety-chain": chain_text(item.chain),
    }
    if payload == "FULL":
        return Message(identifier_of(webhook, item), FULL_TYPE, item.body, headers)
    return Message(identifier_of(webhook, item), THIN_TYPE, _thin(item), headers)


def _thin(item: FeedItem) -> bytes:
    told = msgspec.json.decode(item.body, type=_Told)
    data = {
        "number": item.number,
        "position": item.position,
        "log": LOG,
        "id": told.id,
        "subject": told.subject,
        "agreement": told.agreement,
        "leaf_hash": tree_text(leaf_hash(item.body)),
        "link": f"/v1/feed?after={item.number - 1}&limit=1",
    }
    return canonical_json({"type": told.type, "timestamp": told.time, "data": data})


def identifier_of(webhook: str, item: FeedItem) -> str:
    """Return the `webhook-id` of an event: the same at every attempt, and by every process.

    The chain is in it, because after a history was gone back on there is another event under a number.
    """
    return f"{webhook}-{item.number}-{item.chain[:4].hex()}"


def trial_of(identifier: str, kind: str, at: datetime, data: dict[str, str]) -> Message:
    """Return what tries an endpoint and is no event."""
    body = canonical_json({"type": kind, "timestamp": at.isoformat(), "data": data})
    return Message(identifier, THIN_TYPE, body, {})


def repeats(answer: bytes, challenge: str) -> bool:
    """Tell whether an answer repeats the challenge: as JSON `{"challenge": …}`, or as nothing but its text."""
    try:
        said = msgspec.json.decode(answer, type=_Challenge).challenge
    except ValueError:
        said = answer.decode(errors="replace").strip()
    return said == challenge


class _Challenge(msgspec.Struct):
    challenge: str
