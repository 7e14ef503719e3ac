"""What all answers are read from: the stored ledger, with what was found damaged in it, and whose eyes read."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import asyncpg

from services.ledger.errors import LedgerDamaged, SizeNotReached
from shared.database import Pool

EVERYTHING: Final = None
"""In place of a party: the auditor's view."""

# Each statement finds what it asks for by index, whatever it asks about (tests/plans), so it is planned once: left to
# itself PostgreSQL may plan each question anew, which takes longer than to answer it.
PLANS: Final = "force_generic_plan"

# The question AN_ASSET, as it can be asked of many assets at once: a share may pass to a party of another agreement or
# of none, and what it holds, or has held, is its own to read.
MAY_READ: Final = """
    ($2::text IS NULL
        OR EXISTS (SELECT FROM member WHERE member.agreement = asset.agreement AND member.party = $2)
        OR EXISTS (SELECT FROM holding AS own
            WHERE own.asset = asset.asset AND own.holder = $2 AND own.known_to IS NULL))
"""

# The tiles of the lowest row hold the hashes of 256 entries of 32 bytes each. Asked entry by entry, as all that belongs
# to one is: joined, PostgreSQL may go through a whole table before it has counted how few rows are asked for.
ITS_HASH: Final = """
    (SELECT substr(tile.hashes, ((entry.position - 1) % 256 * 32 + 1)::int, 32) FROM tile
        WHERE tile."row" = 0 AND tile.number = (entry.position - 1) / 256)
"""


class Reading:
    """The stored ledger. Of a question asked of it, `party` is whose eyes to read with, EVERYTHING for an auditor's.

    Whatever is damaged is not told: LedgerDamaged is raised, `notice` is told, and `damaged` says so from then on.
    """

    def __init__(self, readers: Pool, notice: Callable[[LedgerDamaged], None] = lambda _: None) -> None:
        self._readers = readers
        self._notice = notice
        self._damage: str | None = None

    async def fetch(self, query: str, *arguments: Any) -> "list[asyncpg.Record]":  # noqa: ANN401  # as the driver's own
        """Ask one query; raises LedgerUnavailable."""
        return await self._readers.fetch(query, *arguments)

    async def size(self) -> int:
        """Return how many entries there are."""
        rows = await self.fetch("SELECT position FROM progress")
        size: int = rows[0]["position"]
        return size

    async def asked_size(self, asked: int | None) -> int:
        """Return the size that is asked about, the newest if none; raises SizeNotReached."""
        size = await self.size()
        if asked is not None and asked > size:
            raise SizeNotReached(expected=f"at most {size}", got=asked)
        return size if asked is None else asked

    @contextlib.contextmanager
    def noticing(self) -> Iterator[None]:
        """Keep in mind, and tell, what is found damaged inside."""
        try:
            yield
        except LedgerDamaged as damaged:
            self._damage = self._damage or str(damaged)
            self._notice(damaged)
            raise

    async def damaged(self) -> str | None:
        """Return what was found damaged first, if anything was since the start: what else is, only fsck tells."""
        return self._damage
