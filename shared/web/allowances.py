"""What each caller may ask of a process: a part of its time, which comes back by the clock, and a few open streams.

A request costs as many units as the milliseconds for which it keeps the process busy, and one at least: so whoever asks
for much at a time, or in vain, pays for just that, whatever the route.
"""

import asyncio
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, Protocol, cast

from litestar.types import ASGIApp, Middleware, Receive, Scope, Send

from shared.web.auth import Caller
from shared.web.refusals import AllowanceSpent, TooManyStreams

UNITS_PER_SECOND: Final = 200.0
UNITS_SAVED: Final = 1_000.0
STREAMS: Final = 20
# Sooner than that a request's turn is waited for, which slows bursts down without refusing them. What is refused has
# waited as long, so that whoever asks on and on costs us little.
LONGEST_WAIT_SECONDS: Final = 5.0
_KNOWN_CALLERS: Final = 10_000
_UNITS_PER_BUSY_SECOND: Final = 1_000.0
# The processes of our own that read everything, at the operator's bidding.
_UNLIMITED: Final = "service"
_STREAM: Final = "stream"


class AllowanceSettings(Protocol):
    """How much each caller may ask of a process: part of the settings."""

    @property
    def requests_per_second(self) -> float: ...
    @property
    def requests_saved(self) -> float: ...
    @property
    def streams_per_caller(self) -> int: ...


class _Account:
    """What one caller has left, which may be less than nothing."""

    __slots__ = ("at", "left")

    def __init__(self, left: float, at: float) -> None:
        self.left = left
        self.at = at


class Allowances:
    """What every caller has left in this process."""

    def __init__(
        self,
        *,
        per_second: float = UNITS_PER_SECOND,
        saved: float = UNITS_SAVED,
        streams: int = STREAMS,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._saved = saved
        self._most_streams = streams
        self._longest_wait_seconds = longest_wait_seconds
        self._clock = clock
        self._accounts: OrderedDict[str, _Account] = OrderedDict()
        self._streams: Counter[str] = Counter()

    @classmethod
    def of(cls, settings: AllowanceSettings) -> "Allowances":
        return cls(
            per_second=settings.requests_per_second,
            saved=settings.requests_saved,
            streams=settings.streams_per_caller,
        )

    async def admit(self, caller: Caller) -> None:
        """Take a unit and wait until it is there; raises AllowanceSpent when that would take long."""
        if _UNLIMITED in caller.roles:
            return
        account = self._account(caller)
        wait = (1 - account.left) / self._per_second
        if wait > self._longest_wait_seconds:
            await asyncio.sleep(self._longest_wait_seconds)
            refusal = AllowanceSpent(expected=f"{self._per_second:g} units a second")
            refusal.retry_after_seconds = math.ceil(wait)
            raise refusal
        account.left -= 1
        if wait > 0:
            await asyncio.sleep(wait)

    def charge(self, caller: Caller, busy_seconds: float) -> None:
        """Take what a request has cost beyond the unit that it began with."""
        self._take(caller, max(busy_seconds * _UNITS_PER_BUSY_SECOND - 1, 0))

    async def pay(self, caller: Caller, units: float) -> None:
        """Take what is going to be sent on a stream, and wait until it is there, however long that takes."""
        self._take(caller, units)
        if _UNLIMITED not in caller.roles and (owed := -self._account(caller).left) > 0:
            await asyncio.sleep(owed / self._per_second)

    def open_stream(self, caller: Caller, scope: Scope) -> None:
        """Count this request as an open stream until it ends; raises TooManyStreams."""
        name = caller.counted_as
        if self._streams[name] >= self._most_streams:
            raise TooManyStreams(expected=f"at most {self._most_streams}")
        self._streams[name] += 1
        scope["state"][_STREAM] = name

    def ended(self, scope: Scope) -> None:
        """Count a request no more."""
        name = scope["state"].pop(_STREAM, None)
        if name is not None:
            self._streams[name] -= 1
            if not self._streams[name]:
                del self._streams[name]

    def _take(self, caller: Caller, units: float) -> None:
        if _UNLIMITED not in caller.roles:
            account = self._account(caller)
            # Half of the longest wait: whoever asks one thing after another waits for what it owes, and is not refused
            # even where a machine that is busy with others makes everything long.
            account.left = max(account.left - units, -self._longest_wait_seconds * self._per_second / 2)

    def _account(self, caller: Caller) -> _Account:
        now = self._clock()
        account = self._accounts.get(caller.counted_as)
        if account is None:
            account = self._accounts[caller.counted_as] = _Account(self._saved, now)
            if len(self._accounts) > _KNOWN_CALLERS:
                self._accounts.popitem(last=False)
        else:
            self._accounts.move_to_end(caller.counted_as)
            account.left = min(account.left + (now - account.at) * self._per_second, self._saved)
            account.at = now
        return account


def sharing(allowances: Allowances) -> Middleware:
    """Return what takes each authenticated request from its caller's allowance; behind authentication."""

    def around(app: ASGIApp) -> ASGIApp:
        async def share(scope: Scope, receive: Receive, send: Send) -> None:
            caller: Caller | None = scope.get("user")
            if caller is None:
                await app(scope, receive, send)
                return
            await allowances.admit(caller)
            metered = Metered(cast("Coroutine[Any, Any, None]", app(scope, receive, send)))
            try:
                await metered
            finally:
                allowances.charge(caller, metered.busy_seconds)
                allowances.ended(scope)

        return share

    return around


class Metered:
    """Awaits work and adds up for how long it keeps the loop, without what it waits for."""

    __slots__ = ("_work", "busy_seconds")

    def __init__(self, work: Coroutine[Any, Any, None]) -> None:
        self._work = work
        self.busy_seconds = 0.0

    def __await__(self) -> Generator[Any, Any, None]:
        work, value = self._work, None
        thrown: BaseException | None = None
        while True:
            # Not the thread's own clock: to ask that costs more than most steps.
            started = time.perf_counter()
            try:
                awaited = work.send(value) if thrown is None else work.throw(thrown)
            except StopIteration:
                return
            finally:
                # What an exception passes it holds, and what this held it would hold: the request, its connection and
                # all, until the collector comes.
                thrown = None
                self.busy_seconds += time.perf_counter() - started
            try:
                value = yield awaited
            except BaseException as error:  # noqa: BLE001  # whatever comes is for the work
                thrown = error
