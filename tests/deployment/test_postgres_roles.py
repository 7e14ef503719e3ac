"""The production database server gets the roles and databases that the embedded one has, by a script run for real."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shared.embedded.bootstrap import create_databases, create_roles
from shared.embedded.home import DATABASE_OF, DATABASES, roles
from shared.embedded.postgres import EmbeddedPostgres, _binaries
from shared.testing import temporary_home
from tests.deployment.composed import ROOT, secret_files

SCRIPT = ROOT / "deploy" / "postgres" / "10-databases.sh"
_ROLES = """
    SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolcanlogin
    FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname
"""
_DATABASES = """
    SELECT datname, pg_get_userbyid(datdba), array_sort(datacl::text[])
    FROM pg_database ORDER BY datname
"""
_MEMBERS = "SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members WHERE roleid >= 16384"

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedPostgres]:
    """A server as the embedded default makes it."""
    with temporary_home() as home:
        home.postgres.start()
        create_roles(home.postgres, lambda role: f"{role}-password")
        create_databases(home.postgres)
        yield home.postgres
        home.postgres.stop()


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server as the script of the composed run makes it, from secrets in files."""
    secrets = tmp_path_factory.mktemp("secrets")
    for role in roles():
        (secrets / f"{role}_password").write_text(f"{role}-password\n")
    with temporary_home() as home:
        home.postgres.start()
        run_script(home.postgres, secrets)
        yield home.postgres
        home.postgres.stop()


def run_script(server: EmbeddedPostgres, secrets: Path) -> None:
    environment = {
        "PATH": f"{_binaries(None)}:{os.defpath}",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGPASSWORD": server.password,
        "SECRETS": str(secrets),
    }
    subprocess.run(["bash", str(SCRIPT)], env=environment, check=True)


def asked(server: EmbeddedPostgres, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.dsn(), password=server.password) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize("query", [_ROLES, _DATABASES, _MEMBERS], ids=["roles", "databases", "members"])
def test_both_servers_have_the_same(embedded: EmbeddedPostgres, composed: EmbeddedPostgres, query: str) -> None:
    """Roles with their attributes, databases with their owners and grants, and who is a member of whom."""
    assert asked(embedded, query) == asked(composed, query)


def test_every_role_gets_in_by_its_own_password(composed: EmbeddedPostgres) -> None:
    """The passwords are those in the files, without the newline at their end."""
    for role in roles():
        database = "agreements" if role == "relay" else role.removesuffix("_owner")
        with psycopg.connect(composed.dsn(database, role), password=f"{role}-password") as connection:
            assert connection.info.user == role


@pytest.mark.parametrize("made", ["embedded", "composed"])
def test_nobody_gets_in_anywhere_but_to_its_own_database(request: pytest.FixtureRequest, made: str) -> None:
    """No role, owner or service, may connect to another's database or to one that the server brought along."""
    server: EmbeddedPostgres = request.getfixturevalue(made)
    databases = [str(row[0]) for row in asked(server, "SELECT datname FROM pg_database WHERE datallowconn")]
    assert {*DATABASES, "postgres", "template1"} == set(databases)

    assert {role: [DATABASE_OF.get(role, role.removesuffix("_owner"))] for role in roles()} == {
        role: [database for database in databases if gets_in(server, database, role)] for role in roles()
    }


def gets_in(server: EmbeddedPostgres, database: str, role: str) -> bool:
    """Tell whether a role may connect to a database; fails when it is kept out by anything but its rights."""
    try:
        psycopg.connect(server.dsn(database, role), password=f"{role}-password").close()
    except psycopg.OperationalError as error:
        if "permission denied for database" not in str(error):
            raise
        return False
    return True


def test_the_container_has_the_secrets_the_script_reads() -> None:
    """Every role's password is mounted where the script looks for it."""
    assert {f"/run/secrets/{role}_password" for role in roles()} <= set(secret_files("postgres"))
