"""The envelope of an event and its one byte form: CloudEvents 1.0 in structured mode, canonical JSON (RFC 8785).

The bytes are produced once, when the event is appended; they are stored, published, hashed and entered as they are.
The position is not among them: it is the event's number in the log, on the stream and in the ledger.
"""

import re
from datetime import UTC, date, datetime
from functools import cache
from typing import Literal

import msgspec
import msgspec.inspect

from shared.canonical import canonical_json
from shared.errors import MoietyError, TooLarge
from shared.events.registry import Event, UnknownEventType, event_name, read_event

SOURCE = "urn:moiety:agreements"
NO_AGREEMENT = "_"
SUBJECT_ROOT = "moiety.v1"
# An entry bundle of a transparency log writes each entry's length in 16 bits (C2SP tlog-tiles).
MAX_BODY_BYTES = 65_535


class MalformedEvent(MoietyError):
    """The bytes are not an event that this release can read."""


class NotCanonical(MalformedEvent):
    """The bytes say what an event says, and are not its one form."""


class EventTooLarge(TooLarge):
    """An event may hold at most 65,535 bytes; documents stay outside, their hashes go in."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """An event and what is known about its recording; `version` counts from 1 in its stream."""

    id: str
    stream: str
    version: int
    time: datetime
    effective_on: date
    agreement: str
    actor: str
    actor_party: str | None
    correlation_id: str
    causation_id: str | None
    traceparent: str | None
    data: Event

    @property
    def type(self) -> str:
        return self.data.TYPE

    # The eventsourcing library's names of the same two things: an envelope is a domain event to it.
    @property
    def originator_id(self) -> str:
        return self.stream

    @property
    def originator_version(self) -> int:
        return self.version

    @property
    def subject(self) -> str:
        return subject_of(self.agreement, self.stream, self.data.TYPE)


class _CloudEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The attributes as they are on the wire; their names are CloudEvents', lower case without separators."""

    # `Literal` fields without a default are always written; an optional attribute is left out, never null.
    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: Literal["application/json"]
    dataschema: str
    streamversion: int
    effectiveon: date
    agreement: str
    actor: str
    correlationid: str
    data: msgspec.Raw | Event
    actorparty: str | None = None
    causationid: str | None = None
    traceparent: str | None = None


class _ReceivedCloudEvent(_CloudEvent, frozen=True, kw_only=True):
    data: msgspec.Raw


_DECODER = msgspec.json.Decoder(_ReceivedCloudEvent)


def _no_fraction(text: str) -> object:
    message = f"a number with a fraction or an exponent: {text[:80]}"
    raise ValueError(message)


# Whatever fields there are, of any release. Canonical JSON has a form of its own for fractions, which have no place in
# a fact (shared/canonical.py).
_WHOLE = msgspec.json.Decoder(float_hook=_no_fraction)


# RFC 8785 builds on I-JSON (RFC 7493): beyond it whoever reads numbers as JavaScript does reads another.
LARGEST_NUMBER = 2**53 - 1
# What may be one, wherever it stands: a cheap question, asked only of kinds of events that have numbers.
_LONG_NUMBER = re.compile(rb"[:,\[]-?[0-9]{16}")


class _Traced(msgspec.Struct):
    traceparent: str | None = None


_TRACED = msgspec.json.Decoder(_Traced)


def subject_of(agreement: str, stream: str, type_name: str) -> str:
    """Return the NATS subject of an event: `moiety.v1.<agreement>.<entity>.<Event>`."""
    return f"{SUBJECT_ROOT}.{agreement}.{stream.partition(':')[0]}.{event_name(type_name)}"


def dataschema_of(type_name: str) -> str:
    """Return the name of the schema of a type of events, which agreements serves at `/schemas/<type>.json`."""
    return f"urn:moiety:schema:{type_name}"


def traceparent_of(body: bytes) -> str | None:
    """Return the trace that an event's bytes name; None as well for bytes that are no event."""
    if b'"traceparent":' not in body:  # most events: looking is a tenth of reading
        return None
    try:
        return _TRACED.decode(body).traceparent
    except ValueError:
        return None


def format_instant(instant: datetime) -> str:
    """Write an instant as RFC 3339 in UTC, always with six fraction digits, so that equal instants are equal bytes."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def encode(envelope: Envelope) -> bytes:
    """Return the event's bytes; raises EventTooLarge beyond 65,535 of them."""
    body = canonical_json(
        _CloudEvent(
            specversion="1.0",
            id=envelope.id,
            source=SOURCE,
            type=envelope.data.TYPE,
            subject=envelope.stream,
            time=format_instant(envelope.time),
            datacontenttype="application/json",
            dataschema=dataschema_of(envelope.data.TYPE),
            streamversion=envelope.version,
            effectiveon=envelope.effective_on,
            agreement=envelope.agreement,
            actor=envelope.actor,
            actorparty=envelope.actor_party,
            correlationid=envelope.correlation_id,
            causationid=envelope.causation_id,
            traceparent=envelope.traceparent,
            data=envelope.data,
        )
    )
    if len(body) > MAX_BODY_BYTES:
        raise EventTooLarge(expected=f"at most {MAX_BODY_BYTES} bytes", got=len(body), type=envelope.type)
    return body


def decode(body: bytes) -> Envelope:
    """Read an event from its bytes, ignoring fields it does not know; raises MalformedEvent for anything else."""
    return _read(body)[0]


def decode_canonical(body: bytes) -> Envelope:
    """Do the same of canonical JSON (RFC 8785) alone, each member once; raises NotCanonical, MalformedEvent."""
    envelope, received = _read(body)
    # What this release would write is canonical, and nearly always it is what there is: to look takes half as long.
    as_written = canonical_json(received) == body and canonical_json(envelope.data) == bytes(received.data)
    has_long = envelope.version > LARGEST_NUMBER or (_has_numbers(type(envelope.data)) and _LONG_NUMBER.search(body))
    if (has_long or not as_written) and not _is_canonical(body):
        raise NotCanonical
    return envelope


def _is_canonical(body: bytes) -> bool:
    # A member that stands twice is lost on the way, so it differs as well.
    try:
        whole = _WHOLE.decode(body)
        return canonical_json(whole) == body and not _has_longer(whole)
    except (ValueError, RecursionError):
        return False


def _has_longer(value: object) -> bool:
    """Tell whether there is a number in a JSON value that not everybody reads the same."""
    if isinstance(value, dict):
        return any(map(_has_longer, value.values()))
    if isinstance(value, list):
        return any(map(_has_longer, value))
    return isinstance(value, int) and abs(value) > LARGEST_NUMBER


@cache
def _has_numbers(kind: type[Event]) -> bool:
    """Tell whether there may be a number in an event of a kind."""
    return _may_be_number(msgspec.inspect.type_info(kind))


def _may_be_number(form: msgspec.inspect.Type) -> bool:
    match form:
        case msgspec.inspect.StructType(fields=fields):
            return any(_may_be_number(field.type) for field in fields)
        case msgspec.inspect.UnionType(types=types):
            return any(map(_may_be_number, types))
        case msgspec.inspect.VarTupleType(item_type=each) | msgspec.inspect.DictType(value_type=each):
            return _may_be_number(each)
    return isinstance(form, msgspec.inspect.IntType | msgspec.inspect.AnyType)


def _read(body: bytes) -> tuple[Envelope, _ReceivedCloudEvent]:
    try:
        received = _DECODER.decode(body)
        envelope = Envelope(
            id=received.id,
            stream=received.subject,
            version=received.streamversion,
            time=datetime.fromisoformat(received.time),
            effective_on=received.effectiveon,
            agreement=received.agreement,
            actor=received.actor,
            actor_party=received.actorparty,
            correlation_id=received.correlationid,
            causation_id=received.causationid,
            traceparent=received.traceparent,
            data=read_event(received.type, received.data),
        )
    except (ValueError, RecursionError) as error:  # msgspec's errors and UnicodeDecodeError are ValueErrors
        message = f"malformed event: {error}"
        raise MalformedEvent(message) from error
    except UnknownEventType as error:
        message = f"unknown event type: {error}"
        raise MalformedEvent(message) from error
    return envelope, received
