"""A ledger on a real database: migrated by its owner, used with no more rights than the service has."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.ledger.errors import LedgerUnavailable
from services.ledger.tree.note import Signer
from services.ledger.write.store import LedgerStore, sole_writer
from services.ledger.write.writer import Writer
from shared.database import Connection, Database
from shared.testing import MigratedDatabase
from tests.ledger.story import Story, sample
from tests.ledger.visitor import Visitor, visiting

ORIGIN = "ledger.example/moiety"
GUARDED = ("holding", "dispute", "tile", "progress")


@pytest.fixture
def address(ledger_database: MigratedDatabase) -> Database:
    """The ledger's database as the service reaches it."""
    return ledger_database.reached(LedgerUnavailable)


@pytest.fixture
def owner_address(ledger_database: MigratedDatabase) -> Database:
    """The same database as its owner reaches it."""
    return ledger_database.reached_by_owner(LedgerUnavailable)


@pytest.fixture
async def owner(owner_address: Database) -> AsyncIterator[Connection]:
    """A connection that may do what the service may not."""
    async with owner_address.connected() as connection:
        yield connection


@pytest.fixture
async def unguarded(owner: Connection) -> Connection:
    """The same connection, once its owner has taken the guards away that stand in everybody's way."""
    for table in GUARDED:
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return owner


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer.generate(ORIGIN)


@pytest.fixture
async def store(address: Database) -> AsyncIterator[LedgerStore]:
    """The store as its sole writer has it."""
    async with sole_writer(address) as opened:
        yield opened


@pytest.fixture
async def writer(store: LedgerStore, signer: Signer) -> Writer:
    """A writer that has read its progress: that of an empty ledger."""
    opened = Writer(store, signer)
    await opened.resume()
    return opened


@pytest.fixture
def story() -> Story:
    return sample()


@pytest.fixture
async def visitor(
    writer: Writer, story: Story, address: Database, tmp_path: Path
) -> AsyncIterator[Callable[..., Visitor]]:
    """Let visitors in to a ledger that holds the sample."""
    await writer.enter(story.messages)
    async with visiting(address, tmp_path) as visit:
        yield visit


@pytest.fixture
def auditor(visitor: Callable[..., Visitor]) -> Visitor:
    return visitor("auditor")
