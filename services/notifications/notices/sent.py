"""What exactly was put before whom, and what is said of it as proof."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple

import msgspec

from services.notifications.evidence.model import Acknowledgement, SentAlert, sent_hash
from services.notifications.mail.recipients import EMAIL
from shared.canonical import sha256_text

# Of so many recipients agreements take proof at a time.
MOST_AT_ONCE: Final = 100

What = Literal["DELIVERED", "ACKNOWLEDGED", "MAILED"]


class Mailed(NamedTuple):
    """The first letter of an alert that its recipient's mail server took, and when."""

    sent_hash: bytes
    sent_at: datetime


class Owed(NamedTuple):
    """Something to be proven of an alert; `body` is its event's, byte for byte, where it is kept."""

    what: What
    alert: SentAlert
    acknowledgement: Acknowledgement | None
    letter: Mailed | None
    body: bytes | None


class ProofOfNotice(NamedTuple):
    """What is said at once of one event, and what that proves."""

    owed: tuple[Owed, ...]
    said: bytes


def contradiction(owed: Owed) -> str | None:
    """Return why this can be proven by nothing that is kept, if so: a part of the database was restored, or changed.

    It is passed over, so that it keeps no other proof from being said.
    """
    if owed.body is None:
        return "EVENT_NOT_KEPT"
    if owed.what == "MAILED" and owed.letter is None:
        return "LETTER_NOT_SENT"
    if owed.what == "ACKNOWLEDGED" and owed.acknowledgement is None:
        return "NOT_ACKNOWLEDGED"
    return None


def proofs_of(owed: Iterable[Owed]) -> Iterator[ProofOfNotice]:
    """Yield what to say of what is owed, given in the order of its events; of what nothing proves, nothing."""
    for _, of_event in groupby(owed, key=lambda each: each.alert.event_id):
        kept = [each for each in of_event if contradiction(each) is None]
        for start in range(0, len(kept), MOST_AT_ONCE):
            part = tuple(kept[start : start + MOST_AT_ONCE])
            yield ProofOfNotice(part, msgspec.json.encode(_said(part)))


def _said(owed: tuple[Owed, ...]) -> dict[str, Any]:
    first = owed[0]
    assert first.body is not None, "only of what is kept"
    return {
        "event": first.alert.event_id,
        "position": first.alert.position,
        "event_hash": sha256_text(first.body),
        "delivered": [
            *(_delivered(each) for each in owed if each.what == "DELIVERED"),
            *(_mailed(each, each.letter) for each in owed if each.letter is not None),
        ],
        "acknowledged": [_acknowledged(each) for each in owed if each.what == "ACKNOWLEDGED"],
    }


def _delivered(owed: Owed) -> dict[str, Any]:
    return {
        "party": owed.alert.recipient,
        "channel": owed.alert.channel.upper(),
        "sent_hash": sent_hash(owed.alert),
        "delivered_at": owed.alert.alerted_at,
    }


def _mailed(owed: Owed, letter: Mailed) -> dict[str, Any]:
    return {
        "party": owed.alert.recipient,
        "channel": EMAIL.upper(),
        "sent_hash": f"sha256:{letter.sent_hash.hex()}",
        "delivered_at": letter.sent_at,
    }


def _acknowledged(owed: Owed) -> dict[str, Any]:
    taken = owed.acknowledgement
    assert taken is not None, "it is owed once somebody took note"
    return {"party": owed.alert.recipient, "person": taken.by, "acknowledged_at": taken.at}
