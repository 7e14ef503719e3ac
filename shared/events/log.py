"""What happens to the log itself."""

from shared.events.registry import Event, event


@event("agreements.LogContinued.v1", entity="log")
class LogContinued(Event, frozen=True, kw_only=True):
    """What had been published after a position was lost or replaced, and an operator let the log go on without it.

    `chain` is that of the history up to `after`, the last position that everybody has; `epoch` counts such decisions.
    """

    log: str
    epoch: int
    after: int
    chain: str
    because: str
