"""Who commands, when, and by which request: what every event of a command carries besides its data."""

from dataclasses import dataclass
from datetime import date, datetime

from shared.events.registry import Event
from shared.ids import new_event_id
from shared.log.envelope import Envelope
from shared.log.store import IdempotencyKey


@dataclass(frozen=True)
class CommandContext:
    """Who commands, when, and by which request: what every event of the command carries besides its data."""

    actor: str
    actor_party: str | None
    now: datetime
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    idempotency: IdempotencyKey | None = None

    def envelope(self, stream: str, version: int, event: Event, effective_on: date, agreement: str) -> Envelope:
        """Return an event of this command in its envelope."""
        return Envelope(
            id=new_event_id(),
            stream=stream,
            version=version,
            time=self.now,
            effective_on=effective_on,
            agreement=agreement,
            actor=self.actor,
            actor_party=self.actor_party,
            correlation_id=self.correlation_id,
            causation_id=self.causation_id,
            traceparent=self.traceparent,
            data=event,
        )
