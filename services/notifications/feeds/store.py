"""Feeds as they are read: from the tables alone, without NATS."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.notifications.errors import InboxUnavailable
from services.notifications.feeds.items import FeedItem
from shared.database import Pool, reaching

_AFTER: Final = """
    SELECT number, feed_entry.position, subject, body, chain FROM feed_entry JOIN published USING (position)
    WHERE party = $1 AND number > $2 ORDER BY number LIMIT $3
"""
_HEAD: Final = """
    SELECT feed.number, feed.chain, coalesce(position, 0) AS position, coalesce(came_with, 0) AS came_with
    FROM feed LEFT JOIN feed_entry USING (party, number) WHERE party = $1
"""
_PARTIES: Final = "SELECT party FROM feed ORDER BY party"


class FeedEnd(NamedTuple):
    """Where a feed ends, where in the log its last event is, and with which event that came: none of it is later."""

    number: int
    position: int
    chain: bytes
    came_with: int = 0


class FeedReader:
    """The parties' feeds."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def after(self, party: str, number: int, *, limit: int) -> Sequence[FeedItem]:
        """Return what follows a number in a party's feed, in order; raises InboxUnavailable."""
        with reaching(InboxUnavailable):
            rows = await self._pool.fetch(_AFTER, party, number, limit)
        return [FeedItem(*row) for row in rows]

    async def head(self, party: str) -> FeedEnd | None:
        """Return where a party's feed ends; None for one that has none. Raises InboxUnavailable."""
        with reaching(InboxUnavailable):
            rows = await self._pool.fetch(_HEAD, party)
        return next((FeedEnd(row["number"], row["position"], row["chain"], row["came_with"]) for row in rows), None)

    async def parties(self) -> list[str]:
        """Return who has a feed, in ascending order; raises InboxUnavailable."""
        with reaching(InboxUnavailable):
            rows = await self._pool.fetch(_PARTIES)
        return [row["party"] for row in rows]
