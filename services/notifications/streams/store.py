"""The feeds as who mirrors them reads them."""

from collections.abc import Sequence
from typing import Final

from services.notifications.feeds.store import FeedReader
from shared.database import Pool
from shared.log.chain import Head, feed_seed
from shared.log.parties import FeedEntry, subject_for

FEEDS: Final = "moiety_feed"

_HEADS: Final = "SELECT party, number, chain FROM feed"
_CUT: Final = "SELECT party FROM feed_cut"
_MENDED: Final = "DELETE FROM feed_cut WHERE party = $1"


class FeedTables:
    """Where every feed ends, and which of them lost what was there."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def ends(self) -> dict[str, Head]:
        """Return where every party's feed ends."""
        return {row["party"]: Head(row["number"], row["chain"]) for row in await self._pool.fetch(_HEADS)}

    async def cut(self) -> list[str]:
        """Return whose feed lost its end, and whose stream may still have it."""
        return [row["party"] for row in await self._pool.fetch(_CUT)]

    async def mended(self, party: str) -> None:
        """Note that a party's stream has nothing more of what its feed lost."""
        await self._pool.fetch(_MENDED, party)


class PartyFeed:
    """One party's feed, as a history that can be mirrored."""

    def __init__(self, feeds: FeedReader, party: str) -> None:
        self._feeds = feeds
        self._party = party

    async def read_log(self, *, after: int, limit: int) -> Sequence[FeedEntry]:
        return [
            FeedEntry(item.number, item.position, subject_for(self._party, item.subject), item.body, item.chain)
            for item in await self._feeds.after(self._party, after, limit=limit)
        ]

    async def head(self) -> Head:
        end = await self._feeds.head(self._party)
        return Head(end.number, end.chain) if end else Head(0, feed_seed(self._party))
