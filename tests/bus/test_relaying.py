"""The relay as a process: what it says while it cannot publish, and that it goes on by itself."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from shared.database import Connection
from shared.embedded.child import free_ports, spawn, stop
from shared.embedded.nats import EmbeddedNats
from shared.log.postgres import PostgresEventStore
from shared.testing import MigratedDatabase, Servers, is_ready, wait_until
from tests.bus.conftest import record

SECONDS = 30


@pytest.fixture
async def owner(log_database: MigratedDatabase) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(log_database.owner_dsn, password=log_database.owner_password)
    yield connection
    connection.terminate()


@pytest.fixture
async def relaying(
    servers: Servers, empty_nats: EmbeddedNats, log_database: MigratedDatabase, tmp_path: Path
) -> AsyncIterator[str]:
    """A relay that publishes the log, and where it is asked how it is doing."""
    assert empty_nats.url
    (port,) = free_ports(1)
    environment = {
        **servers.home.environment("relay"),
        "MOIETY_DATABASE_URL": servers.as_role(log_database, "relay").dsn,
        "MOIETY_HTTP_PORT": str(port),
    }
    with (tmp_path / "log").open("wb") as output:
        child = spawn([sys.executable, "-m", "services.agreements.relay"], environment=environment, output=output)
    try:
        await wait_until(lambda: is_ready(f"http://127.0.0.1:{port}"), SECONDS, "the relay is ready")
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(child)


@pytest.mark.parametrize("table", ["event", "log_head", "log_hold"])
async def test_what_a_half_restored_log_lacks_is_waited_for(
    relaying: str, log: PostgresEventStore, owner: Connection, tmp_path: Path, table: str
) -> None:
    """The relay halts and says so by the kind alone, and goes on once tables and rights are back."""
    await record(log, 3)
    await wait_until(lambda: published(relaying) == 3, SECONDS, "all is published")

    await owner.execute(f"REVOKE SELECT ON {table} FROM relay")
    await record(log, 2)
    await wait_until(lambda: "InsufficientPrivilegeError" in readiness(relaying), SECONDS, "it says so")
    assert table not in readiness(relaying)
    await owner.execute(f"GRANT SELECT ON {table} TO relay")

    await wait_until(lambda: published(relaying) == 5, SECONDS, "what follows is published")
    await wait_until(lambda: is_ready(relaying), SECONDS, "it is ready again")
    assert "part-ended" not in (tmp_path / "log").read_text()


def readiness(relaying: str) -> str:
    return httpx.get(f"{relaying}/health/ready", trust_env=False).text


def published(relaying: str) -> int:
    lines = httpx.get(f"{relaying}/metrics", trust_env=False).text.splitlines()
    return next(int(float(line.split()[-1])) for line in lines if line.startswith("moiety_published_position "))
