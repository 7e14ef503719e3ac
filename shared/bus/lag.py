"""How far a process is behind the log: what is recorded and not published, entered or alerted of, and for how long.

Always behind the log itself. Measured against a stage that can stand still, a lag is nothing while that one does; and
whoever cannot look, or does not look any more, knows nothing of there being none.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from shared.telemetry import logger
from shared.web.health import ReadyBut

LOOK_SECONDS: Final = 2.0
# A look may take a while, and one that was missed is no news. Who has not looked for so long does not know.
BLIND_SECONDS: Final = 10.0
# Whoever is behind for so long says so where it is asked whether it is ready.
TOLD_SECONDS: Final = 10.0

# Ends of the log that are remembered; beyond so many, the newest stand for those between.
_MOST: Final = 1_000

_log = logger()


class Pending:
    """Since when the oldest event that is not taken on has been in the log, as far as this process has seen.

    By this process's own clock: an event's own time may be a scenario's, or that of another machine.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Where the log ended, and since when, in the order of both.
        self._ends: deque[tuple[int, float]] = deque()
        self._looked_at = clock()
        self.count = 0

    def seen(self, taken: int, last: int) -> None:
        """Note that everything up to `taken` is taken on, and that the log ends at `last`."""
        self._looked_at = self._clock()
        self.known(taken, last)

    def known(self, taken: int, last: int) -> None:
        """Note the same as far as it is known: at least one of them could not be looked at now."""
        while self._ends and self._ends[0][0] <= taken:
            self._ends.popleft()
        self.count = max(last - taken, 0)
        if self.count and (not self._ends or self._ends[-1][0] < last):
            since = self._clock()
            if len(self._ends) >= _MOST:
                _, since = self._ends.pop()
            self._ends.append((last, since))

    @property
    def seconds(self) -> float:
        """How long the oldest has waited; 0 where none waits.

        While nobody has looked for a while: how long ago all that was recorded by then was known to be taken on.
        """
        now = self._clock()
        since = self._ends[0][1] if self._ends else now
        return now - (min(since, self._looked_at) if now - self._looked_at > BLIND_SECONDS else since)


class Lag:
    """What an operator sees of it, under the name of whoever is behind: the relay, the ledger, the alerting."""

    def __init__(self, registry: CollectorRegistry, *, of: str, position: Gauge | None = None) -> None:
        self.pending = Pending()
        # What shows how far it has come: kept true in a process that stands by, too.
        self._position = position
        self._last = Gauge("moiety_log_position", "Where the log ends, as this process last saw.", registry=registry)
        behind = Gauge(
            f"moiety_{of}_lag", "Recorded events that have not come so far yet, as last known.", registry=registry
        )
        behind.set_function(lambda: self.pending.count)
        waited = Gauge(
            f"moiety_{of}_lag_seconds",
            "How long the oldest of them has waited, as seen here; while nobody can look, how long ago none waited.",
            registry=registry,
        )
        waited.set_function(lambda: self.pending.seconds)

    async def behind(self) -> str | None:
        """Return how much waits, and for how long, once the oldest has waited a while; it is ready all the same."""
        seconds = self.pending.seconds
        if seconds < TOLD_SECONDS:
            return None
        count = f"{self.pending.count} events" if self.pending.count else "an unknown number of events"
        return ReadyBut(f"{count} behind the log, the oldest for {seconds:.0f} s")

    async def watch(
        self,
        taken: Callable[[], Awaitable[int]],
        recorded: Callable[[int], Awaitable[int]],
        *,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        """Look for ever how far this service and the log are; `recorded` is told what was looked at before.

        Whatever keeps it from looking, it looks again: one of both may be known all the same, and then it counts.
        """
        at = last = 0
        told: set[str] = set()
        while True:
            unseen: dict[str, str] = {}
            try:
                last = await recorded(at)
                self._last.set(last)
            except Exception as error:  # noqa: BLE001  # whoever measures must outlive whatever it measures
                unseen["where the log ends"] = type(error).__name__
            try:
                at = await taken()
                if self._position is not None:
                    self._position.set(at)
            except Exception as error:  # noqa: BLE001  # as above
                unseen["how far it has come"] = type(error).__name__
            (self.pending.known if unseen else self.pending.seen)(at, last)
            for what in unseen.keys() - told:
                _log.warning("Nobody sees it", action="lag-pauses", unseen=what, reason=unseen[what])
            told = set(unseen)
            await asyncio.sleep(look_seconds)
