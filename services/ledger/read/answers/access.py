"""What is stored that lets a party read about assets, fetched with the entries that must bear it out."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from services.ledger.errors import LedgerDamaged
from services.ledger.read.access import StoredAccess, StoredEntry, check_access
from services.ledger.read.answers.reading import (
    A_HOLDING,
    EVERYTHING,
    THE_ENTRY,
    Reading,
    causes_of,
    gone,
    the_causes,
    the_holdings,
)
from shared.positions import LAST_POSITION

# All that hold in one period, as known at one position: the share alone says nothing.
_PERIOD: Final = """
    FROM holding AS each WHERE each.asset = found.asset AND each.effective_from = found.effective_from
        AND each.known_from <= found.known_at AND (each.known_to IS NULL OR each.known_to > found.known_at)
"""

# Of a party that is in no agreement of the asset's, that is the first period in which it holds a share as known now, or
# else as known at the position that it asks about.
_ACCESS: Final = f"""
    SELECT found.*,
        ARRAY(SELECT {A_HOLDING} {_PERIOD} ORDER BY holder) AS held,
        {causes_of(f"SELECT DISTINCT unnest(caused_by) AS position {_PERIOD}")} AS causes
    FROM unnest($1::text[]) AS asked (asset) CROSS JOIN LATERAL (
        SELECT asset.asset, asset.agreement, asset.position, joined.position AS joined_at,
            {THE_ENTRY.format("asset.position")} AS disclosed,
            {THE_ENTRY.format("joined.position")} AS joined,
            own.effective_from, own.known_at
        FROM asset
        LEFT JOIN member AS joined ON joined.agreement = asset.agreement AND joined.party = $2
            AND NOT {gone("asset.agreement", "$3::bigint")}
        LEFT JOIN LATERAL (
            SELECT effective_from, CASE WHEN known_to IS NULL THEN {LAST_POSITION} ELSE $3 END AS known_at
            FROM holding WHERE holding.asset = asset.asset AND holder = $2 AND joined.position IS NULL
                AND (known_to IS NULL OR known_from <= $3 AND known_to > $3)
            ORDER BY known_to DESC, effective_from LIMIT 1
        ) AS own ON true
        WHERE asset.asset = asked.asset
        OFFSET 0
    ) AS found
"""  # noqa: S608  # put together from constants


async def check_accesses(reading: Reading, assets: Sequence[str], then: int | None, *, party: str | None) -> None:
    """Check what lets a party read about assets, now or as known at a position. Raises LedgerDamaged; returns nothing.

    They are those that it may read about by the rows; what was entered since they were asked takes nothing from it.
    """
    if party is EVERYTHING:
        return
    rows = await reading.fetch(_ACCESS, assets, party, then)
    with unproven(reading):
        if len(rows) < len(assets):
            raise LedgerDamaged(expected=f"{len(assets)} assets", got=f"{len(rows)} of them")
        for row in rows:
            stored = StoredAccess(
                asset=row["asset"],
                agreement=row["agreement"],
                disclosed=stored_entry(row["position"], row["disclosed"]),
                joined=None if row["joined_at"] is None else stored_entry(row["joined_at"], row["joined"]),
                held=the_holdings(row["held"]),
                causes=the_causes(row["causes"]),
            )
            check_access(party, stored)


@contextlib.contextmanager
def unproven(reading: Reading) -> Iterator[None]:
    """Keep in mind what is found damaged inside; whoever may perhaps not read is not told what it is."""
    try:
        with reading.noticing():
            yield
    except LedgerDamaged as found:
        raise LedgerDamaged from found


def stored_entry(position: int, column: Sequence[Any] | None) -> StoredEntry:
    """Return what a column made of `THE_ENTRY` has."""
    return StoredEntry(position, *(column or (None, None)))
