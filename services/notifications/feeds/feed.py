"""Feeds as they grow, followed live or waited for."""

import asyncio
import contextlib
from collections.abc import Sequence

from services.notifications.errors import InboxUnavailable, NumberNotReached
from services.notifications.feeds.items import FeedItem
from services.notifications.feeds.store import FeedEnd, FeedReader
from services.notifications.live import HEARTBEAT_SECONDS, Growing, Wakeups, wait_for
from shared.log.chain import feed_seed


class PartyFeed(Growing[FeedItem]):
    """What concerns each party, as it comes."""

    def __init__(self, reader: FeedReader, wakeups: Wakeups, *, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        super().__init__(reader, lambda item: item.number, wakeups, heartbeat_seconds=heartbeat_seconds)
        self._reader = reader

    async def head(self, party: str) -> FeedEnd:
        """Return where a party's feed ends: of one that nothing concerned yet, at its seed; raises InboxUnavailable."""
        return await self._reader.head(party) or FeedEnd(0, 0, feed_seed(party))

    async def next(self, party: str, number: int, *, limit: int, wait_seconds: float) -> Sequence[FeedItem]:
        """Return what follows a number, having waited for it for so long; raises NumberNotReached, InboxUnavailable."""
        now = asyncio.get_running_loop().time
        until = now() + wait_seconds
        with self._wakeups.following(party) as woken:
            while True:
                woken.clear()
                if items := await self._reader.after(party, number, limit=limit):
                    return items
                await self._check(party, number)
                if (left := until - now()) <= 0:
                    return ()
                await wait_for(woken, left)

    async def check_reached(self, party: str, number: int) -> None:
        """Raise NumberNotReached for a number not given yet: nothing would be heard of the events below it."""
        # A stream outlasts its database being away; refused with 503, a browser's would never come back by itself.
        with contextlib.suppress(InboxUnavailable):
            await self._check(party, number)

    async def _check(self, party: str, number: int) -> None:
        if number and number > (end := await self.head(party)).number:
            raise NumberNotReached(expected=f"at most {end.number}", got=number)
