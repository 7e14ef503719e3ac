"""What the bytes of an entry must satisfy by themselves: asked before it is entered, and again by whoever checks.

One list for both, so that nothing is ever signed which its own verifier would refuse.
"""

from collections.abc import Callable
from datetime import UTC
from typing import Final, NamedTuple

from services.ledger.errors import EntryRefused
from services.ledger.rules.stated import mismatch_in_content
from shared.log.envelope import LARGEST_NUMBER, MAX_BODY_BYTES, Envelope, MalformedEvent, NotCanonical, decode_canonical


class Difference(NamedTuple):
    """What an entry ought to have, and what it has."""

    expected: str
    got: str


class EntryCheck(NamedTuple):
    """Something that every entry must satisfy, and what its refusal is called."""

    kind: str
    differs: Callable[[Envelope], Difference | None]


def read_entry(body: bytes) -> Envelope:
    """Return what the bytes of an entry say; raises EntryRefused unless they can, and every check holds."""
    # Before it is read: whatever takes longer than that to read is none of ours.
    if len(body) > MAX_BODY_BYTES:
        raise EntryRefused("EventTooLarge", expected=f"at most {MAX_BODY_BYTES} bytes", got=f"{len(body)} bytes")
    try:
        envelope = decode_canonical(body)
    except NotCanonical as error:
        expected = f"canonical JSON (RFC 8785), each member once, whole numbers of at most {LARGEST_NUMBER}"
        raise EntryRefused("EventNotCanonical", expected=expected, got="another form of it") from error
    except MalformedEvent as error:
        raise EntryRefused("EventMalformed", expected="an event this release can read", got=str(error)) from error
    for check in ENTRY_CHECKS:
        if difference := check.differs(envelope):
            raise EntryRefused(check.kind, expected=difference.expected, got=difference.got)
    return envelope


def _time(envelope: Envelope) -> Difference | None:
    if envelope.time.tzinfo is UTC:  # nearly always: as this log writes it
        return None
    if envelope.time.tzinfo is None:
        return Difference("a time with its offset", envelope.time.isoformat())
    try:
        envelope.time.astimezone(UTC)
    except OverflowError:
        return Difference("a time that there is in UTC", envelope.time.isoformat())
    return None


def _content(envelope: Envelope) -> Difference | None:
    found = mismatch_in_content(envelope.data)
    return None if found is None else Difference(*found)


# What stands in a stream of its own beside the thing that it is about.
_NAMED_BY: Final = {"voice": "contribution"}


def _place(envelope: Envelope) -> Difference | None:
    # What an event is about, its own stream tells: whoever reads that stream must find all of it there.
    entity = envelope.data.ENTITY
    name = getattr(envelope.data, _NAMED_BY.get(entity, entity), None)
    if name is None or envelope.stream == f"{entity}:{name}":
        return None
    return Difference(f"stream {entity}:{name}", f"stream {envelope.stream}")


ENTRY_CHECKS: Final = (
    EntryCheck("EventWithoutTime", _time),
    EntryCheck("EventInAnotherStream", _place),
    EntryCheck("ContentHashWrong", _content),
)
