"""A ledger on a real database: migrated by its owner, used with no more rights than the service has."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.ledger.database import Address, Connection, connected
from services.ledger.tree.note import Signer
from services.ledger.write.store import LedgerStore, sole_writer
from services.ledger.write.writer import Writer
from shared.testing import Database
from tests.ledger.story import Story, sample
from tests.ledger.visitor import Visitor, visiting

ORIGIN = "ledger.example/moiety"
GUARDED = ("holding", "dispute", "tile", "progress")


@pytest.fixture
def address(ledger_database: Database) -> Address:
    """The ledger's database as the service reaches it."""
    return Address(ledger_database.dsn, ledger_database.password)


@pytest.fixture
def owner_address(ledger_database: Database) -> Address:
    """The same database as its owner reaches it."""
    return Address(ledger_database.owner_dsn, ledger_database.owner_password)


@pytest.fixture
async def owner(owner_address: Address) -> AsyncIterator[Connection]:
    """A connection that may do what the service may not."""
    async with connected(owner_address) as connection:
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
async def store(address: Address) -> AsyncIterator[LedgerStore]:
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
    writer: Writer, story: Story, address: Address, tmp_path: Path
) -> AsyncIterator[Callable[..., Visitor]]:
    """Let visitors in to a ledger that holds the sample."""
    await writer.enter(story.messages)
    async with visiting(address, tmp_path) as visit:
        yield visit


@pytest.fixture
def auditor(visitor: Callable[..., Visitor]) -> Visitor:
    return visitor("auditor")
