import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import psycopg
import pytest
from psycopg import sql

from shared.database import Database
from shared.embedded.bootstrap import create_databases, create_roles
from shared.embedded.home import Home
from shared.errors import StartupError
from shared.log.store import LogUnavailable
from shared.migrate import await_migrated, close_to_others, folder_of, migrate, pending
from shared.testing import Servers, block_until

pytestmark = pytest.mark.servers
SECONDS = 30

START_AND_DIE = """
import os, signal
from shared.embedded.home import Home
Home.load().postgres.start()
os.kill(os.getpid(), signal.SIGKILL)
"""

AS_MYSELF = """
import os
from shared.embedded.home import Home
home = Home.load()
home.postgres.start()
print(os.stat(f"/proc/{home.postgres.pid}").st_uid)
home.postgres.stop()
"""
AS_AN_ORDINARY_USER = """
import os, sys
from shared.embedded.home import Home
from shared.embedded.place import Account
from shared.embedded.postgres import _binaries
home = Home.load()
nobody = Account(65534, 65534)
sys.path.insert(0, str(_binaries(nobody).parents[2]))
os.chown(home.directory, *nobody)
os.setgroups([]), os.setgid(nobody.group), os.setuid(nobody.user)
home.directory /= "ordinary"
home.prepare()
home.postgres.start()
print(os.stat(f"/proc/{home.postgres.pid}").st_uid)
home.postgres.stop()
"""


def superuser(home: Home) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(home.postgres.dsn(), password=home.postgres.password, autocommit=True)


def migrating(admin: psycopg.Connection[tuple[object, ...]]) -> set[object]:
    """Return how those stand with the lock who have asked for it: one holds it, who waits should be idle."""
    rows = admin.execute("""
        SELECT CASE WHEN pg_locks.granted THEN 'holds' ELSE 'waits ' || state || coalesce(backend_xmin::text, '') END
        FROM pg_stat_activity LEFT JOIN pg_locks ON pg_locks.pid = pg_stat_activity.pid AND locktype = 'advisory'
        WHERE datname = current_database() AND query LIKE '%advisory_lock%' AND pg_stat_activity.pid <> pg_backend_pid()
    """)
    return {row[0] for row in rows}


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_was_committed_is_there_after_the_next_start(home: Home, end: str) -> None:
    """The data outlives a clean stop and a kill -9."""
    home.postgres.start()
    with superuser(home) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'kept' AS word")
    getattr(home.postgres, end)()
    home.postgres.start()

    with superuser(home) as connection:
        assert ("kept",) == connection.execute("SELECT word FROM kept").fetchone()


def test_the_server_is_durable_and_listens_on_loopback_only(home: Home) -> None:
    """Whatever is acknowledged is on the disk, and nobody outside this machine can ask."""
    home.postgres.start()
    with superuser(home) as connection:
        shown = [
            connection.execute(f"SHOW {name}").fetchone()
            for name in ("fsync", "listen_addresses", "unix_socket_directories", "data_checksums")
        ]

    assert [("on",), ("127.0.0.1",), ("",), ("on",)] == shown


def test_a_wrong_password_is_refused(home: Home) -> None:
    """Being on this machine is not enough."""
    home.postgres.start()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(home.postgres.dsn(), password="wrong")


def test_the_server_never_runs_as_root(home: Home) -> None:
    """PostgreSQL refuses root, so its processes and its data belong to an account without privileges."""
    home.postgres.start()

    assert 0 != Path(f"/proc/{home.postgres.pid}").stat().st_uid
    assert 0 != (home.directory / "postgres" / "data").stat().st_uid


def test_an_ordinary_user_can_run_it(home: Home) -> None:
    """Without any privilege the server runs as whoever starts it."""
    environment = {**os.environ, **home.ports.variables(), "MOIETY_HOME": str(home.directory)}
    script = AS_AN_ORDINARY_USER if os.geteuid() == 0 else AS_MYSELF
    ran = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True)

    assert str(os.geteuid() or 65534) == ran.stdout.strip()


def test_no_directory_of_others_changes(home: Home) -> None:
    """What lies above a stack's directory keeps its permissions and its owner."""
    above = home.directory.parents
    before = [(path.stat().st_mode, path.stat().st_uid) for path in above]
    home.postgres.start()

    assert before == [(path.stat().st_mode, path.stat().st_uid) for path in above]


def test_the_server_ends_with_whoever_started_it(home: Home) -> None:
    """A launcher that is killed leaves no server behind."""
    environment = {**os.environ, **home.ports.variables(), "MOIETY_HOME": str(home.directory)}
    launcher = subprocess.run([sys.executable, "-c", START_AND_DIE], env=environment, check=False)
    assert -signal.SIGKILL == launcher.returncode
    pid_file = home.directory / "postgres" / "data" / "postmaster.pid"

    block_until(lambda: not pid_file.exists(), 10, "the server has not shut down")


def test_roles_and_databases_are_made_once(home: Home) -> None:
    """A second start finds them and changes nothing."""
    home.postgres.start()
    for _ in range(2):
        create_roles(home.postgres, lambda role: home.secret(f"database-{role}"))
        create_databases(home.postgres)

    with psycopg.connect(home.postgres.dsn("ledger", "ledger"), password=home.secret("database-ledger")) as connection:
        assert ("ledger",) == connection.execute("SELECT current_user").fetchone()


def test_a_service_cannot_enter_another_ones_database(servers: Servers) -> None:
    """Services meet in published events only."""
    database = servers.as_role(servers.create("agreements"), "ledger")

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(database.dsn, password=database.password)


def test_the_relay_reads_the_log_and_writes_nothing(servers: Servers) -> None:
    """Its role could not add an event even if it were taken over."""
    database = servers.as_role(servers.create("agreements"), "relay")
    with psycopg.connect(database.dsn, password=database.password) as connection:
        assert (0,) == connection.execute("SELECT count(*) FROM event").fetchone()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE log_head SET position = 1")


class TestMigrations:
    async def test_what_is_pending_is_known_to_the_service(self, servers: Servers, tmp_path: Path) -> None:
        """A service finds out with its own role that a migration is missing."""
        database = servers.create("agreements")
        (tmp_path / "0001-log.sql").touch()
        (tmp_path / "9999-later.sql").touch()
        connection = await asyncpg.connect(database.dsn, password=database.password)

        assert ["9999-later"] == await pending(connection, tmp_path)

        await connection.close()

    async def test_a_service_without_its_migrations_says_so(self, servers: Servers, tmp_path: Path) -> None:
        """It waits, and then fails with the command that helps."""
        database = servers.create("agreements")
        (tmp_path / "migrations").mkdir()
        (tmp_path / "migrations" / "9999-later.sql").touch()

        with pytest.raises(StartupError, match="lacks migration 9999-later: run moiety migrate"):
            await await_migrated(database.reached(LogUnavailable), tmp_path / "migrations", timeout_seconds=0.2)

    async def test_a_service_without_its_database_says_so(self, servers: Servers) -> None:
        """It waits, and then fails with the reason."""
        dsn = servers.home.postgres.dsn("nowhere", "agreements")

        with pytest.raises(StartupError, match="database nowhere does not let us in"):
            await await_migrated(Database(dsn, "wrong", LogUnavailable), folder_of("agreements"), timeout_seconds=0.2)

    def test_a_second_run_applies_nothing(self, servers: Servers) -> None:
        """Each file is applied once."""
        database = servers.create("ledger")

        assert [] == migrate(database.owner_dsn, database.owner_password, folder_of("ledger"))

    def test_nobody_else_may_connect_to_what_was_migrated(self, servers: Servers) -> None:
        """A database that was created by hand, or restored without its rights, lets in whoever has a role."""
        database = servers.create("ledger")
        relay = servers.as_role(database, "relay")
        name = sql.Identifier(database.name)
        with psycopg.connect(database.admin_dsn, password=database.admin_password, autocommit=True) as admin:
            admin.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM ledger").format(name))
            admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO PUBLIC").format(name))
        psycopg.connect(relay.dsn, password=relay.password).close()

        named = {"MOIETY_DATABASE_URL": database.owner_dsn, "MOIETY_DATABASE_PASSWORD": database.owner_password}
        subprocess.run(
            [sys.executable, "-m", "services.cli.main", "migrate", "ledger"], env={**os.environ, **named}, check=True
        )

        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(relay.dsn, password=relay.password)
        psycopg.connect(database.dsn, password=database.password).close()

    def test_who_may_connect_to_a_database_of_somebody_else_is_left_alone(self, servers: Servers) -> None:
        """Only its owner can say, and whoever migrates is told that it did not."""
        database = servers.create("ledger")
        with psycopg.connect(database.admin_dsn, password=database.admin_password, autocommit=True) as admin:
            admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO postgres").format(sql.Identifier(database.name)))
            admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO ledger_owner").format(sql.Identifier(database.name)))

        assert not close_to_others(database.owner_dsn, database.owner_password, ["ledger"])

    def test_whoever_waits_for_another_run_holds_no_snapshot(self, servers: Servers, tmp_path: Path) -> None:
        """Two may migrate at once; the one that waits must not keep the live database from being vacuumed."""
        database = servers.create("ledger")
        (tmp_path / "0002-busy.sql").write_text("ALTER TABLE progress ADD COLUMN busy int;")
        arguments = database.owner_dsn, database.owner_password, tmp_path
        with (
            ThreadPoolExecutor() as threads,
            psycopg.connect(database.admin_dsn, password=database.admin_password, autocommit=True) as admin,
        ):
            with psycopg.connect(database.owner_dsn, password=database.owner_password) as reading:
                reading.execute("SELECT FROM progress")  # until this is over, the first run cannot do its work
                runs = [threads.submit(migrate, *arguments)]
                block_until(lambda: migrating(admin) == {"holds"}, SECONDS, "one run began")
                runs.append(threads.submit(migrate, *arguments))
                block_until(lambda: migrating(admin) == {"holds", "waits idle"}, SECONDS, "another waits idle")
            applied = [run.result(SECONDS) for run in runs]

        assert [["0002-busy"], []] == applied

    def test_a_failing_migration_leaves_nothing(self, servers: Servers, tmp_path: Path) -> None:
        """A file is applied as a whole or not at all, and can be applied once it is mended."""
        database = servers.create("ledger")
        broken = tmp_path / "0002-broken.sql"
        broken.write_text("CREATE TABLE half (x int); SELECT 1/0;")
        with pytest.raises(psycopg.errors.DivisionByZero):
            migrate(database.owner_dsn, database.owner_password, tmp_path)
        broken.write_text("CREATE TABLE half (x int);")

        assert ["0002-broken"] == migrate(database.owner_dsn, database.owner_password, tmp_path)

    def test_a_killed_run_does_not_lock_out_the_next(self, servers: Servers, tmp_path: Path) -> None:
        """The library's lock is a row that nobody would remove; ours goes with the connection."""
        database = servers.create("ledger")
        (tmp_path / "0002-next.sql").write_text("CREATE TABLE next (x int);")
        with psycopg.connect(database.owner_dsn, password=database.owner_password) as connection:
            connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 4711)")

        assert ["0002-next"] == migrate(database.owner_dsn, database.owner_password, tmp_path)
