"""How many idempotency keys a caller may have stored, and their end: each is kept for thirty days."""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from shared.errors import TooMany
from shared.log.store import EventStore, LogUnavailable
from shared.telemetry import logger

KEPT_DAYS: Final = 30
STORED_PER_CALLER: Final = 250_000
_COUNTED_AGAIN_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 60.0
_KNOWN_CALLERS: Final = 10_000
_BETWEEN_LOTS_SECONDS: Final = 0.1

_log = logger()


class TooManyKeys(TooMany):
    """The caller has as many idempotency keys stored as it may; each is forgotten thirty days after its request."""

    retry_after_seconds = 3_600


class StoredKeys:
    """Counts each party's keys now and then, and its new ones meanwhile: at every command that would cost too much.

    Of several processes each notices another's new ones within a minute.
    """

    def __init__(
        self, store: EventStore, *, most: int = STORED_PER_CALLER, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._most = most
        self._clock = clock
        self._counted: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        # One at a time: commands come together, and each would count all there are.
        self._counting = asyncio.Lock()

    async def admit(self, caller: str) -> None:
        """Count one more key of a caller's; raises TooManyKeys, LogUnavailable."""
        callers = callers_of(caller)
        async with self._counting:
            count, until = self._counted.get(callers, (0, -math.inf))
            if self._clock() >= until:
                count = await self._store.count_keys(*callers, most=self._most)
                until = self._clock() + _COUNTED_AGAIN_SECONDS
            if count >= self._most:
                raise TooManyKeys(expected=f"at most {self._most}")
            # Whether or not the command is recorded: counted anew, it is what it is.
            self._counted[callers] = (count + 1, until)
            self._counted.move_to_end(callers)
            if len(self._counted) > _KNOWN_CALLERS:
                self._counted.popitem(last=False)


def callers_of(caller: str) -> tuple[str, str]:
    """Return from which name on and below which callers share a limit with this one: its party's, or it alone."""
    party, slash, _ = caller.partition("/")
    if not party or not slash:
        return caller, caller + "\1"
    return party + "/", party + chr(ord("/") + 1)


async def expire_forever(store: EventStore, *, look_seconds: float = _LOOK_SECONDS) -> None:
    """Forget keys as they come of age: a few at a time, so that whoever appends meanwhile hardly notices."""
    while True:
        expired = 0
        try:
            while (lot := await store.expire_keys()) > 0:
                expired += lot
                await asyncio.sleep(_BETWEEN_LOTS_SECONDS)
        except LogUnavailable as error:
            _log.warning("Keys are not forgotten now", action="expiry-pauses", reason=str(error))
        if expired:
            _log.info("Forgot idempotency keys", action="keys-expired", count=expired)
        await asyncio.sleep(look_seconds)
