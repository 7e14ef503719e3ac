"""What a command needs to know of its request, in one dependency."""

from datetime import datetime

from litestar.di import NamedDependency

from shared.log.context import CommandContext
from shared.log.store import IdempotencyKey
from shared.web.auth import Caller
from shared.web.trace import RequestTrace


def command(
    caller: NamedDependency[Caller],
    trace: NamedDependency[RequestTrace],
    idempotency: NamedDependency[IdempotencyKey | None],
    now: NamedDependency[datetime],
) -> CommandContext:
    """Provide `command: NamedDependency[CommandContext]`: who, when, and by which request."""
    return CommandContext(
        actor=caller.subject,
        actor_party=caller.party,
        now=now,
        correlation_id=trace.correlation_id,
        traceparent=trace.traceparent,
        idempotency=idempotency,
    )
