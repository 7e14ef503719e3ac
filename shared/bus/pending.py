"""How long what is recorded has waited to be taken on: published, entered or alerted of."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

# Ends of the log that are remembered; beyond so many, the newest stand for those between.
_MOST: Final = 1_000


class Pending:
    """Since when the oldest event that is not taken on has been in the log, as far as this process has seen.

    By this process's own clock: an event's own time may be a scenario's, or that of another machine.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Where the log ended, and since when, in the order of both.
        self._ends: deque[tuple[int, float]] = deque()
        self.count = 0

    def seen(self, taken: int, last: int) -> None:
        """Note that everything up to `taken` is taken on, and that the log ends at `last`."""
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
        """How long the oldest has waited; 0 where none waits."""
        return self._clock() - self._ends[0][1] if self._ends else 0.0
