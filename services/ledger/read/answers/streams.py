"""What streams say, entry by entry, and whom that makes an entry concern: by entries alone, each proven."""

from collections.abc import Collection, Sequence
from typing import Final

from services.ledger.errors import LedgerDamaged
from services.ledger.read.answers.access import unproven
from services.ledger.read.answers.reading import EVERYTHING, ITS_HASH, Reading
from services.ledger.read.periods import proven_entry
from shared.events.concerned import NOBODY, Circle
from shared.events.sight import concerns, folded, partners_in, stream_of, unknown
from shared.log.envelope import Envelope
from shared.positions import LAST_POSITION

_OF_STREAMS: Final = f"""
    SELECT entry.stream, entry.version, entry.position, entry.body, {ITS_HASH} AS leaf
    FROM unnest($1::text[]) AS asked (stream) CROSS JOIN LATERAL (
        SELECT * FROM entry WHERE entry.stream = asked.stream AND entry.position <= $2 OFFSET 0
    ) AS entry ORDER BY entry.position
"""  # noqa: S608  # put together from constants

# In which agreements to look: that two parties met there is seen from what their streams say.
_TOGETHER: Final = """
    SELECT DISTINCT agreement FROM member AS own JOIN member AS other USING (agreement)
    WHERE own.party = $1 AND other.party = ANY ($2::text[])
"""

Entries = Sequence[tuple[int, Envelope]]


async def entries_of(
    reading: Reading, streams: Collection[str], position: int, *, all_there: bool = False
) -> list[tuple[int, Envelope]]:
    """Return what streams say up to a position, in order: each entry is that of the tree, and none before it is gone.

    With `all_there` every stream has to say something. Raises LedgerDamaged.
    """
    rows = await reading.fetch(_OF_STREAMS, list(dict.fromkeys(streams)), position)
    versions: dict[str, int] = {}
    found: list[tuple[int, Envelope]] = []
    with reading.noticing():
        for row in rows:
            stream, expected = row["stream"], versions.get(row["stream"], 0) + 1
            if row["version"] != expected:
                raise LedgerDamaged(expected=f"version {expected} of {stream}", got=row["version"])
            versions[stream] = expected
            envelope = proven_entry(row["position"], row["body"], row["leaf"])
            if (envelope.stream, envelope.version) != (stream, expected):
                raise LedgerDamaged(expected=f"version {expected} of {stream}", got=envelope.stream)
            found.append((row["position"], envelope))
        if all_there and (gone := {*streams} - versions.keys()):
            raise LedgerDamaged(expected=f"entries of {min(gone)}", got="none")
    return found


async def readable(reading: Reading, entries: Entries, *, party: str | None) -> Entries:
    """Return those of some entries that a party may read: those that concern it, by all that is entered.

    Whatever the ledger tells of entries is asked here, so that no answer tells of one that is not to be read by itself.
    Raises LedgerDamaged where the entries that would say whom they concern are not those of the tree.
    """
    if party is EVERYTHING:
        return entries
    circles: dict[str, Circle] = {}
    while names := unknown(party, entries, circles):
        circles |= await _circles(reading, names, party)
    return [(position, envelope) for position, envelope in entries if concerns(party, position, envelope, circles)]


async def _circles(reading: Reading, names: Collection[str], party: str) -> dict[str, Circle]:
    """Return who is in circles; of those around parties' partners, whether this party is."""
    streams = {stream_of(name) for name in names}
    if others := partners_in(names):
        rows = await reading.fetch(_TOGETHER, party, others)
        streams |= {f"agreement:{row['agreement']}" for row in rows}
    with unproven(reading):
        told = folded(await entries_of(reading, sorted(streams), LAST_POSITION), {})
    return {name: told.get(name, NOBODY) for name in names}
