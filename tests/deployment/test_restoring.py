"""A database comes back by the commands of docs/operations.md, with whom it lets in."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from services.cli.migrations import migrate_embedded
from shared.embedded.bootstrap import create_databases, create_roles
from shared.embedded.home import Home
from shared.embedded.postgres import _binaries
from shared.testing import temporary_home
from tests.deployment.composed import ROOT
from tests.deployment.test_postgres_roles import gets_in

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## Backup and restore") : PAGE.index("## Two histories")]
BACK_UP, RESTORE, MIGRATE = re.findall(r"```sh\n(.+?)\n```", SECTION, re.DOTALL)
BY_HAND = "dropdb ledger; createdb --owner=ledger_owner ledger; pg_restore --dbname=ledger ledger.dump"

pytestmark = pytest.mark.servers


@pytest.fixture
def home() -> Iterator[Home]:
    with temporary_home() as home:
        home.postgres.start()
        create_roles(home.postgres, lambda role: f"{role}-password")
        home.secret_path("database-ledger_owner").write_text("ledger_owner-password")
        create_databases(home.postgres)
        migrate_embedded(home, "ledger")
        yield home
        home.postgres.stop()


@pytest.mark.parametrize("restore", [RESTORE, BY_HAND], ids=["as documented", "by hand"])
def test_a_restored_database_has_all_and_lets_in_whom_it_should(home: Home, tmp_path: Path, restore: str) -> None:
    """Also where its rights did not come with it: the migration that belongs to a restore sets them."""
    postgres = home.postgres
    with psycopg.connect(postgres.dsn("ledger"), password=postgres.password) as connection:
        connection.execute("INSERT INTO tile VALUES (0, 0, sha256('restored'))")

    sh(home, tmp_path, BACK_UP)
    sh(home, tmp_path, restore)
    sh(home, tmp_path, MIGRATE)

    with psycopg.connect(postgres.dsn("ledger"), password=postgres.password) as connection:
        assert [(True,)] == connection.execute("SELECT hashes = sha256('restored') FROM tile").fetchall()
    assert gets_in(postgres, "ledger", "ledger")
    assert not gets_in(postgres, "ledger", "relay")


def sh(home: Home, directory: Path, commands: str) -> None:
    """Run commands as PostgreSQL's superuser, and Moiety's as the database's owner."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{_binaries(None)}:{os.defpath}",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(home.postgres.port),
        "PGUSER": "postgres",
        "PGPASSWORD": home.postgres.password,
        "MOIETY_DATABASE_URL": home.postgres.dsn("ledger", "ledger_owner"),
        "MOIETY_DATABASE_PASSWORD": "ledger_owner-password",
    }
    subprocess.run(["sh", "-ec", commands], env=environment, cwd=directory, check=True)
