"""A log recorded before there were chains gets its chain, and goes on."""

from pathlib import Path

import asyncpg

from shared.log.chain import chain_seed, chain_through
from shared.log.postgres import PostgresEventStore
from shared.migrate import folder_of
from shared.testing import MigratedDatabase
from tests.log.controls import an_append

_UNCHAINED = "0005-chain.sql"


async def test_what_was_recorded_before_gets_its_chain(log_database: MigratedDatabase):
    """The upgrade adds the chain of every event and of the head, and the next append continues it."""
    bodies = [f"event {number}".encode() for number in range(1, 31)]
    folder: Path = folder_of("agreements")
    owner = await asyncpg.connect(log_database.owner_dsn, password=log_database.owner_password)
    try:
        await _as_before(owner, bodies)
        await owner.execute((folder / _UNCHAINED).read_text())
    finally:
        await owner.close()

    async with PostgresEventStore.open(log_database.dsn, password=log_database.password) as log:
        assert (30, chain_through(chain_seed(), bodies)) == await log.head()
        await log.append(an_append("jar:NEW", 1))
        entries = await log.read_log(after=0, limit=100)

    assert [chain_through(chain_seed(), [each.state for each in entries[:n]]) for n in (1, 17, 31)] == [
        entries[n - 1].chain for n in (1, 17, 31)
    ]


async def _as_before(owner: "asyncpg.Connection[asyncpg.Record]", bodies: list[bytes]) -> None:
    """Make the log as it was before the migration, with events in it."""
    await owner.execute("""
        DROP FUNCTION hold_log; DROP TABLE log_hold;
        ALTER TABLE event DROP COLUMN chain; ALTER TABLE log_head DROP COLUMN chain;
    """)
    await owner.executemany(
        "INSERT INTO event (position, stream, version, type, agreement, body) VALUES ($1, 'jar:OLD', $1, 't', '_', $2)",
        list(enumerate(bodies, start=1)),
    )
    await owner.execute("UPDATE log_head SET position = $1", len(bodies))
