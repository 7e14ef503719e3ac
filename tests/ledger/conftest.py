"""A ledger on a real database: migrated as its owner, used with no more rights than the service has."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import uuid4

import asyncpg
import pytest

from services.ledger.note import Signer
from services.ledger.store import LedgerStore, connected, sole_writer
from services.ledger.writer import Writer
from tests.ledger.story import Story, sample

ORIGIN = "ledger.example/moiety"
SERVER = "postgresql://postgres@127.0.0.1:5597"


class Database(NamedTuple):
    """How to connect as the service, and as the owner."""

    service: dict[str, Any]
    owner: dict[str, Any]


@pytest.fixture(scope="session")
async def template():
    from pathlib import Path

    import services.ledger

    name = f"template_{uuid4().hex}"
    server = await asyncpg.connect(SERVER + "/postgres")
    for role in ("ledger", "ledger_owner"):
        await server.execute(f"DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    await server.execute(f"CREATE DATABASE {name} OWNER ledger_owner")
    owner = await asyncpg.connect(f"postgresql://ledger_owner@127.0.0.1:5597/{name}")
    for migration in sorted((Path(services.ledger.__file__).parent / "migrations").glob("*.sql")):
        await owner.execute(migration.read_text())
    await owner.close()
    yield name
    await server.execute(f"DROP DATABASE {name}")
    await server.close()


@pytest.fixture
async def database(template) -> AsyncIterator[Database]:
    name = f"ledger_{uuid4().hex}"
    server = await asyncpg.connect(SERVER + "/postgres")
    await server.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER ledger_owner")
    yield Database(
        {"dsn": f"postgresql://ledger@127.0.0.1:5597/{name}"},
        {"dsn": f"postgresql://ledger_owner@127.0.0.1:5597/{name}"},
    )
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer.generate(ORIGIN)


@pytest.fixture
async def store(database: Database) -> AsyncIterator[LedgerStore]:
    """The store as its sole writer has it."""
    async with sole_writer(database.service) as opened:
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
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may do what the service may not."""
    async with connected(database.owner) as connection:
        yield connection
