"""The ledger's tables as its one writer uses them: a batch is one transaction, in few round trips."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg

from services.ledger.errors import LedgerHalted, LedgerUnavailable, StillRead, TamperDetected
from services.ledger.rules.history import Derivation
from services.ledger.rules.holdings import KnownRow, Moment, Row
from services.ledger.rules.posting import Ruling, disputes_after
from services.ledger.tree.alarm import alarm_text
from services.ledger.tree.merkle import Edge, TileKey, edge_keys, edge_of, root_of
from services.ledger.tree.note import Signer
from services.ledger.write.batch import AssetRow, DepartureRow, EntryRow, MemberRow
from shared.database import Connection, Database, reaching
from shared.errors import Unavailable
from shared.events.invention import AssetFrozen, AssetUnfrozen
from shared.events.registry import Event
from shared.ratio import parse_ratio

BEGINNING = Moment(0, datetime(1970, 1, 1, tzinfo=UTC))
# Any number will do, as long as no other program takes it in the ledger's own database.
_WRITER_LOCK = 0x6C6564676572
_BATCH_LOCK = _WRITER_LOCK + 1
# For each table: a read that is one statement long ends within it, and all of them together take half a second at most.
_READERS_MILLISECONDS = 40

_VERSIONS = """
    SELECT asked.stream, newest.version
    FROM unnest($1::text[]) AS asked (stream)
    CROSS JOIN LATERAL (
        SELECT version FROM entry WHERE entry.stream = asked.stream AND position > 0 ORDER BY version DESC LIMIT 1
    ) AS newest
"""

_FINISH = """
    WITH grown AS (
        INSERT INTO tile ("row", number, hashes)
        SELECT * FROM unnest($4::smallint[], $5::bigint[], $6::bytea[])
        ON CONFLICT ("row", number) DO UPDATE SET hashes = excluded.hashes
    ), signed AS (
        INSERT INTO checkpoint (size, note) SELECT $2, $7::text WHERE $7 IS NOT NULL
    )
    UPDATE progress SET position = $2, recorded_at = $3, chain = $8 WHERE position = $1 RETURNING position
"""

_CLOSE = """
    UPDATE holding SET known_to = closing.known_to, recorded_to = closing.recorded_to
    FROM unnest($1::text[], $2::bigint[], $3::date[], $4::text[], $5::bigint[], $6::timestamptz[])
        AS closing (asset, known_from, effective_from, holder, known_to, recorded_to)
    WHERE (holding.asset, holding.known_from, holding.effective_from, holding.holder)
        = (closing.asset, closing.known_from, closing.effective_from, closing.holder)
"""

_KNOWN = """
    SELECT asset, holder, share, effective_from, effective_to, caused_by, known_from, recorded_from
    FROM holding WHERE asset = ANY ($1::text[]) AND known_to IS NULL
"""

_ABOUT = """
    SELECT position, body FROM entry WHERE stream = ANY ($1::text[]) AND position > 0
    UNION
    SELECT position, body FROM entry WHERE invention = ANY ($2::text[]) AND position > 0
"""

# A party that left and joins again is a member already.
_ADD_MEMBERS = """
    INSERT INTO member (agreement, party, position)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
    ON CONFLICT DO NOTHING
"""

_DISPUTED = """
    INSERT INTO dispute (asset, dispute, actions, known_from, recorded_from) VALUES ($1, $2, $3, $4, $5)
"""

_SETTLED = """
    UPDATE dispute SET known_to = $3, recorded_to = $4 WHERE asset = $1 AND dispute = $2 AND known_to IS NULL
"""

# Raised again after it was over, it halts again.
_ALARM = """
    INSERT INTO alarm (position, kind, expected, got, note) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (position, kind) DO UPDATE SET over_at = NULL WHERE alarm.over_at IS NOT NULL
"""


_OVER = "UPDATE alarm SET over_at = now() WHERE kind = ANY ($1::text[]) AND over_at IS NULL"

_NEXT = """
    SELECT coalesce(
        (SELECT position FROM progress),
        (SELECT position FROM entry WHERE position > 0 ORDER BY position DESC LIMIT 1),
        0
    ) + 1
"""


class ProgressMoved(Unavailable):
    """Another writer has entered events meanwhile; this one must read its progress anew before it goes on."""


class Progress(NamedTuple):
    """How far the ledger has come: the last moment entered, the tree's edge, the newest checkpoint, the chain."""

    moment: Moment
    edge: Edge
    checkpoint: str | None
    chain: bytes


class LedgerStore:
    """The tables in one schema, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Commit everything done inside, or nothing; raises LedgerUnavailable when the outcome is unknown."""
        with reaching(LedgerUnavailable):
            async with self._connection.transaction():
                yield

    @contextlib.asynccontextmanager
    async def batch(self) -> AsyncIterator[None]:
        """Do the same, unless and until a rebuild is about to exchange the tables."""
        async with self.transaction():
            # The first thing of all, while no table is locked: waiting here can be in nobody's way.
            await self._connection.execute("SELECT pg_advisory_xact_lock_shared($1)", _BATCH_LOCK)
            yield

    async def progress(self) -> Progress:
        """Return how far the ledger has come."""
        with reaching(LedgerUnavailable):
            row = await self._connection.fetchrow("SELECT position, recorded_at, chain FROM progress")
            if row is None:
                raise TamperDetected(expected="how far the ledger has come", got="nothing", at="progress")
            moment = Moment(row["position"], row["recorded_at"])
            note = await self._connection.fetchval("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
            edge = await self._edge(moment.position)
            return Progress(moment, edge, note, row["chain"])

    async def root_at(self, size: int) -> bytes:
        """Return the root of the tree as it was at a size that it has reached."""
        with reaching(LedgerUnavailable):
            return root_of(await self._edge(size))

    async def _edge(self, size: int) -> Edge:
        try:
            return edge_of(size, await self._edge_tiles(size))
        except KeyError as error:
            raise TamperDetected(expected="the tiles of the tree", got="one is missing", at=f"size {size}") from error

    async def _edge_tiles(self, size: int) -> Mapping[TileKey, bytes]:
        keys = edge_keys(size)
        rows = await self._connection.fetch(
            'SELECT "row", number, hashes FROM tile WHERE ("row", number) IN '
            "(SELECT * FROM unnest($1::smallint[], $2::bigint[]))",
            [key.row for key in keys],
            [key.number for key in keys],
        )
        return {TileKey(row["row"], row["number"]): row["hashes"] for row in rows}

    async def versions(self, streams: Iterable[str]) -> dict[str, int]:
        """Return the last entered version of each stream that has any."""
        rows = await self._connection.fetch(_VERSIONS, list(streams))
        return {row["stream"]: row["version"] for row in rows}

    async def add_entries(self, rows: Sequence[EntryRow]) -> None:
        await self._connection.copy_records_to_table("entry", records=rows, columns=EntryRow._fields)

    async def add_assets(self, rows: Sequence[AssetRow], members: Sequence[MemberRow]) -> None:
        if rows:
            await self._connection.copy_records_to_table("asset", records=rows, columns=AssetRow._fields)
        if members:
            columns = [list(column) for column in zip(*members, strict=True)]
            await self._connection.execute(_ADD_MEMBERS, *columns)

    async def add_departures(self, rows: Sequence[DepartureRow]) -> None:
        if rows:
            await self._connection.copy_records_to_table("departure", records=rows, columns=DepartureRow._fields)

    async def entries_about(self, streams: Iterable[str], inventions: Iterable[str]) -> list[tuple[int, bytes]]:
        """Return the entries of streams, and those whose contribution is to one of the inventions."""
        rows = await self._connection.fetch(_ABOUT, list(streams), list(inventions))
        return [(row["position"], row["body"]) for row in rows]

    async def known_holdings(self, assets: Iterable[str]) -> list[KnownRow]:
        """Return the holdings of assets as now known."""
        return [_known(row) for row in await self._connection.fetch(_KNOWN, list(assets))]

    async def write_holdings(self, closed: Sequence[KnownRow], opened: Sequence[KnownRow]) -> None:
        """Close the known period of stored rows and add new ones, some of which may be closed already."""
        if closed:
            keys = [_key(known) for known in closed]
            ends = [known.until for known in closed if known.until]
            await self._connection.execute(
                _CLOSE,
                *(list(column) for column in zip(*keys, strict=True)),
                [end.position for end in ends],
                [end.recorded_at for end in ends],
            )
        if opened:
            await self._connection.copy_records_to_table(
                "holding", records=[known.record() for known in opened], columns=_HOLDING_COLUMNS
            )

    async def write_derivations(self, derivations: Mapping[int, tuple[str, Derivation]]) -> None:
        if derivations:
            await self._connection.copy_records_to_table(
                "derivation",
                records=[
                    (position, asset, *derivation.texts()) for position, (asset, derivation) in derivations.items()
                ],
                columns=("position", "asset", "reasons", "alarms"),
            )

    async def write_alarms(self, rulings: Iterable[tuple[int, Ruling]]) -> None:
        """Keep what people must look at, by the position of the entry at which it was noticed."""
        rows = [
            (position, number, ruling.asset, each.alarm, each.text())
            for position, ruling in rulings
            for number, each in enumerate(ruling.alarms, start=1)
        ]
        if rows:
            columns = ("position", "number", "asset", "alarm", "details")
            await self._connection.copy_records_to_table("asset_alarm", records=rows, columns=columns)

    async def write_dispute(self, data: Event, moment: Moment) -> None:
        """Write that an asset begins or ceases to be disputed."""
        if isinstance(data, AssetFrozen | AssetUnfrozen):
            await self._connection.execute(_SETTLED, data.invention, data.dispute, *moment)
        for each in disputes_after([], data, moment):
            await self._connection.execute(_DISPUTED, *each.record()[:5])

    async def finish(  # what a batch ends with
        self, before: int, moment: Moment, chain: bytes, tiles: Mapping[TileKey, bytes], note: str | None
    ) -> None:
        """Write the grown tree, its checkpoint and the progress; raises ProgressMoved if that was not at `before`."""
        moved = await self._connection.fetchval(
            _FINISH,
            before,
            *moment,
            [key.row for key in tiles],
            [key.number for key in tiles],
            list(tiles.values()),
            note,
            chain,
        )
        if moved is None:
            raise ProgressMoved(expected=before)

    async def next_position(self) -> int:
        """Return the position of what is to be entered next, also where nothing says how far the ledger has come."""
        with reaching(LedgerUnavailable):
            position: int = await self._connection.fetchval(_NEXT)
            return position

    async def alarms_over(self, *kinds: str) -> None:
        """Say of every alarm of these kinds that what raised it is no longer so."""
        with reaching(LedgerUnavailable):
            await self._connection.execute(_OVER, kinds)

    async def raise_alarm(self, halted: LedgerHalted, signer: Signer | None) -> None:
        """Keep what stopped the ledger, once, signed by its key."""
        note = signer.sign(alarm_text(signer.name, halted)) if signer is not None else None
        with reaching(LedgerUnavailable):
            await self._connection.execute(_ALARM, halted.position, halted.kind, halted.expected, halted.got, note)


@contextlib.asynccontextmanager
async def sole_writer(
    database: Database, *, stands_by: Callable[[], None] = lambda: None
) -> AsyncIterator[LedgerStore]:
    """Wait until no other process writes to the ledger, and keep others from it as long as this is in use."""
    async with database.sole_holder(_WRITER_LOCK, stands_by=stands_by) as connection:
        yield LedgerStore(connection)


async def hold_up_writer(connection: Connection) -> None:
    """Wait for the writer to end its batch, and keep it from beginning another before this transaction is over."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _BATCH_LOCK)


async def shut_out_readers(connection: Connection, tables: Sequence[str]) -> None:
    """Keep everybody from tables until this transaction is over; raises StillRead when somebody is reading them.

    Nobody is waited for longer than a moment: whoever wants to read meanwhile waits behind us.
    """
    await connection.execute(f"SET LOCAL lock_timeout = '{_READERS_MILLISECONDS}ms'")
    try:
        await connection.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
    except asyncpg.LockNotAvailableError as error:
        raise StillRead from error


# -- rows to and from records -----------------------------------------------------------------------------------------

_HOLDING_COLUMNS = (
    "asset",
    "holder",
    "share",
    "effective_from",
    "effective_to",
    "caused_by",
    "known_from",
    "recorded_from",
    "known_to",
    "recorded_to",
)


def _key(known: KnownRow) -> tuple[object, ...]:
    return known.row.asset, known.since.position, known.row.effective_from, known.row.holder


def _known(record: asyncpg.Record) -> KnownRow:
    asset, holder, share, effective_from, effective_to, caused_by, known_from, recorded_from = record
    row = Row(asset, holder, parse_ratio(share), effective_from, effective_to, tuple(caused_by))
    return KnownRow(row, Moment(known_from, recorded_from), stored=True)
