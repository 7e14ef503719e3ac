"""What grows by numbers, followed live: the table is the truth, a notification only says when to look again."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Final, Generic, Protocol, TypeVar

from services.notifications.errors import InboxUnavailable, SequenceNotReached
from services.notifications.inbox.store import Inbox
from services.notifications.inbox.views import InboxAlert
from services.notifications.recording import CHANNEL
from shared.database import Database
from shared.telemetry import logger

PAGE: Final = 100
HEARTBEAT_SECONDS: Final = 15.0
POLL_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 0.25

# In place of a party: whoever follows for all of them. No party's name is empty.
EVERYBODY: Final = ""

_log = logger()
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)


async def _for_nothing(_alerts: int) -> None:
    """Take nothing for what is sent."""


class Wakeups:
    """One connection that listens for a whole process, and wakes whoever follows what got something."""

    def __init__(self, database: Database, *, channel: str = CHANNEL, poll_seconds: float = POLL_SECONDS) -> None:
        self._database = database
        self._channel = channel
        self._poll_seconds = poll_seconds
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def followers(self) -> int:
        """Return how many follow something in this process."""
        # Metrics ask from a thread of their own, while followers come and go.
        return sum(len(waiting) for party, waiting in list(self._waiting.items()) if party != EVERYBODY)

    @contextlib.contextmanager
    def following(self, party: str) -> Iterator[asyncio.Event]:
        """Yield an event that is set whenever there may be something new for the party."""
        woken = asyncio.Event()
        self._waiting[party].add(woken)
        try:
            yield woken
        finally:
            self._waiting[party].discard(woken)
            if not self._waiting[party]:
                del self._waiting[party]

    async def run(self) -> None:
        """Listen for ever. Everybody is woken now and then all the same: a notification may be lost, an alert not."""
        while True:
            try:
                async with self._database.listening(self._channel, self._wake) as lost:
                    while not lost.is_set():
                        self._wake_all()
                        # Not wait_for, which in Python 3.11 can swallow a cancellation when the wait ends with it.
                        with contextlib.suppress(TimeoutError):
                            async with asyncio.timeout(self._poll_seconds):
                                await lost.wait()
            except InboxUnavailable as error:
                _log.warning(
                    "Not listening for what is new",
                    action="listening-pauses",
                    channel=self._channel,
                    reason=str(error),
                )
            self._wake_all()
            await asyncio.sleep(RETRY_SECONDS)

    def _wake(self, party: str) -> None:
        for woken in (*self._waiting.get(party, ()), *self._waiting.get(EVERYBODY, ())):
            woken.set()

    def _wake_all(self) -> None:
        for party in self._waiting:
            self._wake(party)


class Numbered(Protocol[Item_co]):
    """What is stored of each party by numbers from 1; raises InboxUnavailable."""

    async def after(self, party: str, number: int, /, *, limit: int) -> Sequence[Item_co]: ...


class Growing(Generic[Item]):
    """What grows by numbers, of each party apart."""

    def __init__(
        self,
        stored: Numbered[Item],
        number_of: Callable[[Item], int],
        wakeups: Wakeups,
        *,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._stored = stored
        self._number_of = number_of
        self._wakeups = wakeups
        self._heartbeat_seconds = heartbeat_seconds

    async def follow(
        self, party: str, *, after: int, until: float, pay: Callable[[int], Awaitable[None]] = _for_nothing
    ) -> AsyncIterator[Item | None]:
        """Yield what a party has above a number, each once and in order, until a time; None when it was quiet for long.

        So much at a time, each lot paid for first: much read on many streams would keep others from theirs.
        Nothing is held while the reader takes its time: it asks the table again from where it is.
        """
        now = asyncio.get_running_loop().time
        quiet_until = now() + self._heartbeat_seconds
        with self._wakeups.following(party) as woken:
            while (left := until - time.time()) > 0:
                # Cleared before looking, so that what comes between the look and the wait is not slept through.
                woken.clear()
                if items := await self._look(party, after):
                    await pay(len(items))
                    for item in items:
                        yield item
                    after = self._number_of(items[-1])
                    quiet_until = now() + self._heartbeat_seconds
                    if len(items) == PAGE:
                        continue
                elif now() >= quiet_until:
                    yield None
                    quiet_until = now() + self._heartbeat_seconds
                await wait_for(woken, min(left, quiet_until - now()))

    async def _look(self, party: str, after: int) -> Sequence[Item]:
        try:
            return await self._stored.after(party, after, limit=PAGE)
        except InboxUnavailable:  # whoever follows need not know: nothing is lost, and the next look finds it
            return ()


class LiveInbox(Growing[InboxAlert]):
    """Inboxes as they grow."""

    def __init__(self, inbox: Inbox, wakeups: Wakeups, *, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        super().__init__(inbox, lambda alert: alert.sequence, wakeups, heartbeat_seconds=heartbeat_seconds)
        self._inbox = inbox

    async def check_reached(self, party: str, sequence: int) -> None:
        """Raise SequenceNotReached for a number not given yet: nothing would be heard of the alerts below it."""
        if not sequence:
            return
        # A stream outlasts its database being away; refused with 503, a browser's would never come back by itself.
        with contextlib.suppress(InboxUnavailable):
            if sequence > (newest := await self._inbox.last_sequence(party)):
                raise SequenceNotReached(expected=f"at most {newest}", got=sequence)


async def wait_for(woken: asyncio.Event, seconds: float) -> None:
    """Wait for something new, so long at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()
