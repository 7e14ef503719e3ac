"""What all answers are read from: the stored ledger, with what was found damaged in it, and whose eyes read."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import asyncpg
import msgspec

from services.ledger.errors import LedgerDamaged, SizeNotReached
from services.ledger.read.periods import StoredCause, StoredHolding
from shared.database import Pool

EVERYTHING: Final = None
"""In place of a party: the auditor's view."""

# Each statement finds what it asks for by index, whatever it asks about and however little is there yet (tests/plans).
# So it is planned once, and by no counts: left to itself PostgreSQL may plan each question anew, which takes longer
# than to answer it, or go through a whole table because that was small when it last counted.
PLANS: Final = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}


def gone(agreement: str, then: str) -> str:
    """Return the question whether a party, $2, had left an agreement when what stands at a position was recorded.

    It is that of `still_in`, as a table answers it: recorded times never go back from entry to entry.
    """
    return f"""
    coalesce((
        SELECT last.left_on IS NOT NULL AND {then} > last.position AND NOT coalesce((
            SELECT entry.recorded_at < (last.left_on::timestamp AT TIME ZONE 'Asia/Hong_Kong')
            FROM entry WHERE entry.position = {then}
        ), false)
        FROM (
            SELECT departure.position, departure.left_on FROM departure
            WHERE departure.agreement = {agreement} AND departure.party = $2 ORDER BY departure.position DESC LIMIT 1
        ) AS last
    ), false)
    """  # noqa: S608  # put together from constants


def may_read(then: str = "(SELECT position FROM progress)") -> str:
    """Return the question AN_ASSET, as it can be asked of many assets at once, of now and of what was known then.

    A share may pass to a party of another agreement or of none, and what it holds, or has held, is its own to read: as
    known now, or as known at the position that it asks about. Whoever has left the agreement reads the rest as known by
    then. What says so is believed once `access.py` has looked.
    """
    return f"""
    ($2::text IS NULL
        OR EXISTS (SELECT FROM member WHERE member.agreement = asset.agreement AND member.party = $2)
            AND NOT {gone("asset.agreement", then)}
        OR EXISTS (SELECT FROM holding AS own
            WHERE own.asset = asset.asset AND own.holder = $2
                AND (own.known_to IS NULL OR own.known_from <= {then} AND own.known_to > {then})))
    """  # noqa: S608  # put together from constants


# The tiles of the lowest row hold the hashes of 256 entries of 32 bytes each. Asked entry by entry, as all that belongs
# to one is: joined, PostgreSQL may go through a whole table before it has counted how few rows are asked for.
ITS_HASH: Final = """
    (SELECT substr(tile.hashes, ((entry.position - 1) % 256 * 32 + 1)::int, 32) FROM tile
        WHERE tile."row" = 0 AND tile.number = (entry.position - 1) / 256)
"""

# What a row refers to: to be read, and to be compared with the hash that the tree has.
THE_ENTRY: Final = f"(SELECT ROW(entry.body, {ITS_HASH}) FROM entry WHERE entry.position = {{}})"  # noqa: S608  # as above

# The driver reads no array inside a record.
_POSITIONS: Final = msgspec.json.Decoder(tuple[int, ...])
A_HOLDING: Final = "ROW(holder, share, effective_from, effective_to, to_json(caused_by))"


def causes_of(positions: str) -> str:
    """Return the entries that decided something, as an array, from a query for their positions."""
    return f"""
        ARRAY(
            SELECT ROW(cause.position, cause.body, cause.leaf, cause.reasons)
            FROM ({positions}) AS deciding
            CROSS JOIN LATERAL (
                SELECT entry.position, entry.body, {ITS_HASH} AS leaf,
                    (SELECT reasons FROM derivation WHERE derivation.position = entry.position) AS reasons
                FROM entry WHERE entry.position = deciding.position OFFSET 0
            ) AS cause
        )
    """  # noqa: S608  # put together from constants


def the_holdings(column: Iterable[Sequence[Any]]) -> list[StoredHolding]:
    """Return what an array of `A_HOLDING` has."""
    return [StoredHolding._make((*each, _POSITIONS.decode(caused_by))) for *each, caused_by in column]


def the_causes(column: Iterable[Sequence[Any]]) -> dict[int, StoredCause]:
    """Return what an array of `causes_of` has, by position."""
    return {position: StoredCause(*stored) for position, *stored in column}


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
        """Return how many entries there are; raises LedgerDamaged where nothing says so."""
        with self.noticing():
            size: int = the_progress(await self.fetch("SELECT position FROM progress"))["position"]
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


def the_progress(rows: "Sequence[asyncpg.Record]") -> "asyncpg.Record":
    """Return the row that goes with how far the ledger has come; raises LedgerDamaged where that is gone."""
    if not rows:
        raise LedgerDamaged(expected="how far the ledger has come", got="nothing")
    return rows[0]
