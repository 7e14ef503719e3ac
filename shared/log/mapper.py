"""The eventsourcing library's mapping, ours in bytes: an envelope to a StoredEvent and back."""

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent, Transcoder

from shared.log.envelope import Envelope, decode, encode
from shared.log.store import Recordable


class CloudEventTranscoder(Transcoder):
    """Envelopes as canonical CloudEvents JSON; upcasting happens by the versioned type when reading."""

    def encode(self, obj: Envelope) -> bytes:
        return encode(obj)

    def decode(self, data: bytes) -> Envelope:
        return decode(data)


class EnvelopeMapper(Mapper[str]):
    """Maps envelopes, whose topics are their published types, never module paths."""

    def __init__(self) -> None:
        super().__init__(CloudEventTranscoder())

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> Recordable:
        """Return the stored form of an Envelope; raises EventTooLarge."""
        assert isinstance(domain_event, Envelope)
        return Recordable(
            domain_event.stream,
            domain_event.version,
            domain_event.data.TYPE,
            encode(domain_event),
            domain_event.agreement,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Envelope:
        """Return the Envelope; raises MalformedEvent."""
        return decode(stored_event.state)
