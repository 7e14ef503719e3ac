"""The eventsourcing library's mapping, ours in bytes: an envelope to a StoredEvent and back."""

from typing import Any

from eventsourcing.persistence import Mapper, StoredEvent, Transcoder

from shared.log.envelope import Envelope, decode, encode


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

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return the stored form of an Envelope; raises EventTooLarge."""
        envelope: Envelope = domain_event
        return StoredEvent(
            originator_id=envelope.stream,
            originator_version=envelope.version,
            topic=envelope.type,
            state=self.transcoder.encode(envelope),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return the Envelope; raises MalformedEvent."""
        return self.transcoder.decode(stored_event.state)
