"""Rebuilds the ledger from what is published, beside the live one, and puts it in its place in one transaction."""

import asyncio
import contextlib
import time
from typing import Final

from services.ledger.check.evidence import Evidence
from services.ledger.check.verify import Watch
from services.ledger.errors import LedgerUnavailable, SourceShorter, StillRead, TamperDetected
from services.ledger.tree.merkle import edge_keys, edge_of, root_of
from services.ledger.tree.note import Verifier, open_checkpoint
from services.ledger.write.signed import SignedFile
from services.ledger.write.store import LedgerStore, hold_up_writer, shut_out_readers
from services.ledger.write.writer import Writer
from shared.bus.follow import Published
from shared.database import Connection, Database, reaching
from shared.log.chain import tree_text
from shared.migrate import folder_of

# How often the log could have been asked meanwhile: then whatever there is has come.
_SILENCES: Final = 3
_PATIENCE_SECONDS: Final = 600.0
_AGAIN_SECONDS: Final = 1.0
LIVE_SCHEMA: Final = "public"
SCHEMA: Final = "rebuilding"
_REPLACED: Final = "replaced"
_TABLES: Final = (
    "alarm",
    "asset",
    "progress",
    "holding",
    "dispute",
    "asset_alarm",
    "entry",
    "derivation",
    "member",
    "departure",
    "tile",
    "checkpoint",
)
_FUNCTIONS: Final = ("keep_evidence", "keep_what_was_known", "name_the_previous")


async def rebuild(
    owner: Database,
    source: Published,
    verifier: Verifier,
    *,
    kept: SignedFile | None = None,
    watch: Watch | None = None,
) -> int:
    """Make the ledger anew from what is published and return its size.

    The live one goes on serving and entering until the switch, which takes a moment. Leaving it as it is, raises
    TamperDetected when what is published is not what the live ledger has signed, as it or the file has it;
    SourceShorter when less is published than the live one has entered; StillRead when that is read all the while.
    """
    async with owner.connected(statement_seconds=None, search_path=SCHEMA) as connection:
        await _make_tables(connection)
        store = LedgerStore(connection)
        writer = Writer(store, signer=None)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            await writer.resume()
            # As much as there is, without holding up the live ledger.
            await _catch_up(writer, source, connection, watch)
            await _count_rows(connection)
            try:
                async with store.transaction():
                    await hold_up_writer(connection)
                    await _catch_up(writer, source, connection, watch)
                    await _check_signed(connection, verifier, kept)
                    await _switch(connection)
            except StillRead:
                # Whoever reads for minutes, as a bundle is written, holds up neither other readers nor the writer.
                if time.monotonic() > deadline:
                    raise
            else:
                break
            await asyncio.sleep(_AGAIN_SECONDS)
        # Apart from the switch: to remove the files of large tables takes longer than anybody should wait.
        await _drop_replaced(connection)
        return writer.position


async def _make_tables(connection: Connection) -> None:
    """Make the tables of a ledger in a schema of their own, by the very migrations that made the live ones."""
    with reaching(LedgerUnavailable):
        await connection.execute(f"DROP SCHEMA IF EXISTS {_REPLACED} CASCADE")
        await connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
        for migration in sorted(folder_of("ledger").glob("*.sql")):
            await connection.execute(migration.read_text(encoding="utf-8"))
        # Nothing here is promised to anybody before the switch, whose commit makes all of it durable.
        await connection.execute("SET synchronous_commit = off")


async def _count_rows(connection: Connection) -> None:
    """Let the server count the rebuilt tables' rows now: until it had by itself, it would plan as for empty ones."""
    with reaching(LedgerUnavailable):
        await connection.execute(f"ANALYZE {', '.join(_TABLES)}")


async def _live_position(connection: Connection) -> int:
    with reaching(LedgerUnavailable):
        # Where the live ledger no longer says how far it has come, what it signed does.
        position: int = await connection.fetchval(
            f"SELECT coalesce((SELECT position FROM {LIVE_SCHEMA}.progress),"  # noqa: S608  # ours
            f" (SELECT max(size) FROM {LIVE_SCHEMA}.checkpoint), 0)"
        )
        return position


async def _catch_up(writer: Writer, source: Published, connection: Connection, watch: Watch | None) -> None:
    """Enter events until the rebuilt ledger is as large as the live one, and never a single one more.

    Raises SourceShorter when nothing comes for a while.
    """
    live, silence = await _live_position(connection), _SILENCES * source.check_seconds
    async with contextlib.aclosing(source.after(writer.head)) as feed:
        while writer.position < live:
            try:
                async with asyncio.timeout(silence):
                    messages = await anext(feed)
            except TimeoutError as error:
                raise SourceShorter(live=live, published=writer.position, seconds=silence) from error
            await writer.enter([message for message in messages if message.position <= live])
            if watch is not None:
                watch(writer.position, live)
            if messages[-1].position > live:
                return
            live = max(live, await _live_position(connection))


async def _check_signed(connection: Connection, verifier: Verifier, kept: SignedFile | None) -> None:
    """Compare the rebuilt tree with the newest checkpoints that the live one has; raises TamperDetected."""
    rows = await connection.fetch(f"SELECT note FROM {LIVE_SCHEMA}.checkpoint ORDER BY size DESC LIMIT 1")  # noqa: S608
    newest = [open_checkpoint(row["note"].encode(), verifier) for row in rows]
    written_down = kept.read() if kept is not None else None
    # A live ledger that was restored is below what was signed; whether it comes there with that root is seen then.
    if written_down is not None and written_down.size <= await _live_position(connection):
        newest.append(written_down.checkpoint)
    for signed in newest:
        tiles = await Evidence(connection).tiles(edge_keys(signed.size))
        root = root_of(edge_of(signed.size, tiles))
        if root != signed.root:
            raise TamperDetected(
                expected=f"root {tree_text(signed.root)}", got=f"root {tree_text(root)}", at=f"checkpoint {signed.size}"
            )


async def _switch(connection: Connection) -> None:
    """Put the rebuilt tables in the place of the live ones; what was signed and what was raised is kept."""
    # Before anybody is shut out, for there may be as many as entries. In their order: of the first, nothing says what
    # was signed before it.
    await _keep("checkpoint", connection, "size")
    # The rebuilt ones first, which only the server itself may be at work on. Then the live ones in the order in which
    # readers take them, or one of the two might wait for the other for ever.
    await shut_out_readers(connection, [f"{schema}.{table}" for schema in (SCHEMA, LIVE_SCHEMA) for table in _TABLES])
    await _keep("alarm", connection, "position")
    await connection.execute(f"CREATE SCHEMA {_REPLACED}")
    for table in _TABLES:
        await connection.execute(f"ALTER TABLE {LIVE_SCHEMA}.{table} SET SCHEMA {_REPLACED}")
        await connection.execute(f"ALTER TABLE {SCHEMA}.{table} SET SCHEMA {LIVE_SCHEMA}")
    # The rebuilt tables are guarded by functions of their own, which must outlive the schema they were made in.
    for function in _FUNCTIONS:
        await connection.execute(f"ALTER FUNCTION {LIVE_SCHEMA}.{function} SET SCHEMA {_REPLACED}")
        await connection.execute(f"ALTER FUNCTION {SCHEMA}.{function} SET SCHEMA {LIVE_SCHEMA}")
    await connection.execute(f"DROP SCHEMA {SCHEMA}")
    # Readers come back as soon as it is committed, and what they find must be there after a crash as well.
    await connection.execute("SET LOCAL synchronous_commit = on")


async def _keep(table: str, connection: Connection, order: str) -> None:
    await connection.execute(
        f"INSERT INTO {SCHEMA}.{table} SELECT * FROM {LIVE_SCHEMA}.{table} ORDER BY {order}"  # noqa: S608  # ours
    )


async def _drop_replaced(connection: Connection) -> None:
    with reaching(LedgerUnavailable):
        await connection.execute(f"DROP SCHEMA {_REPLACED} CASCADE")
