"""The slow pass over all that is recorded, again and again: what was changed by hand is found by itself."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final, Protocol

from shared.log.chain import START, Head, chain_text
from shared.log.recount import BELOW_ALL, LogAltered, recounted
from shared.log.store import LogEntry, LogUnavailable
from shared.telemetry import logger

# At this rate it is no burden: 500 events a second take three milliseconds of one processor.
BATCH_EVENTS: Final = 500
PAUSE_SECONDS: Final = 1.0
REST_SECONDS: Final = 10.0

_log = logger()


class LogReader(Protocol):
    """What the pass needs of the log."""

    async def read_log(self, *, after: int, limit: int) -> Sequence[LogEntry]: ...

    async def head(self) -> Head: ...


class Recounting:
    """One pass after the other over all events; says how far it is, and when it last was through."""

    def __init__(
        self, log: LogReader, *, pause_seconds: float = PAUSE_SECONDS, rest_seconds: float = REST_SECONDS
    ) -> None:
        self._log = log
        self._pause_seconds = pause_seconds
        self._rest_seconds = rest_seconds
        self._at = START
        self.through_at = 0.0

    @property
    def position(self) -> int:
        return self._at.position

    async def run(self) -> None:
        """Pass for ever; raises LogAltered."""
        self._at = START
        while True:
            try:
                through = await self._next()
            except LogUnavailable as error:
                _log.warning("The log does not answer", action="recounting-pauses", reason=str(error))
                through = False
            await asyncio.sleep(self._rest_seconds if through else self._pause_seconds)
            if through:
                self._at = START

    async def _next(self) -> bool:
        """Take the next events, and tell whether these were all."""
        entries = await self._log.read_log(after=self._at.position or BELOW_ALL, limit=BATCH_EVENTS)
        if entries:
            self._at = recounted(self._at, entries)
            return False
        head = await self._log.head()
        if head.position == self._at.position and head.chain != self._at.chain:
            raise LogAltered(
                head.position, expected=chain_text(self._at.chain), got=f"a head of {chain_text(head.chain)}"
            )
        if head.position < self._at.position:
            raise LogAltered(self._at.position, expected=str(self._at), got=f"a head at position {head.position}")
        self.through_at = time.time()
        return True
