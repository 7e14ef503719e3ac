"""Numbered `.sql` files, applied in order as the owner of a database, each in one transaction, never twice."""

import asyncio
import contextlib
import time
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from shared.database import KEEPALIVE, Connection, Database
from shared.errors import StartupError

if TYPE_CHECKING:
    import psycopg

# Any number will do, as long as every release of Moiety takes the same one.
_LOCK: Final = 7_306_902_216_040_210
_RETRY_SECONDS: Final = 0.1
_OWNED: Final = """
    SELECT datname, pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()
"""
_APPLIED: Final = "SELECT migration_id FROM _yoyo_migration"


def migrate(dsn: str, password: str | None, folder: Path) -> list[str]:
    """Apply what is missing, as the role that the address names, and return the names of what was applied."""
    from yoyo import get_backend, read_migrations  # noqa: PLC0415 - services only ask what is pending

    with _alone(dsn, password):
        backend = get_backend(_yoyo_address(dsn, password))
        try:
            # The library's own lock is a row that a killed run leaves behind, after which nobody can migrate.
            # We hold the real lock, which PostgreSQL lets go of with our connection: a row still there is stale.
            backend.break_lock()
            missing = backend.to_apply(read_migrations(str(folder)))
            with backend.lock():
                backend.apply_migrations(missing)
            # Services ask what is pending with their own role.
            backend.execute("GRANT SELECT ON _yoyo_migration TO PUBLIC")
        finally:
            backend.connection.close()
        return [migration.id for migration in missing]


def close_to_others(dsn: str, password: str | None, roles: Sequence[str]) -> bool:
    """Let no role connect to a database but its owner and these; False where that is not for this role to say.

    A database that was created, or restored without its rights, lets everybody in.
    """
    from psycopg import sql  # noqa: PLC0415 - services only ask what is pending

    with _alone(dsn, password) as connection:
        name, owner = connection.execute(_OWNED).fetchone() or ("", False)
        if owner:
            database = sql.Identifier(name)
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
            for role in roles:
                connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(role)))
        return bool(owner)


async def pending(connection: Connection, folder: Path) -> Sequence[str]:
    """Return the names of the folder's migrations that this database does not have yet, in order."""
    try:
        applied = {row[0] for row in await connection.fetch(_APPLIED)}
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        applied = set()  # nobody has migrated yet, or is doing so now: the grant comes last
    return [name for name in names(folder) if name not in applied]


async def await_migrated(database: Database, folder: Path, *, timeout_seconds: float) -> None:
    """Wait until PostgreSQL answers and the folder's migrations are applied; raises StartupError in one line."""
    deadline = time.monotonic() + timeout_seconds
    name = urlsplit(database.dsn).path.strip("/")
    while True:
        try:
            connection = await asyncpg.connect(database.dsn, password=database.password, timeout=timeout_seconds)
            try:
                missing = await pending(connection, folder)
            finally:
                connection.terminate()
            if not missing:
                return
            reason = f"database {name} lacks migration {missing[0]}: run moiety migrate {folder.parent.name}"
        except OSError as error:  # of which no answer in time is one
            reason = f"database {name} cannot be reached: {str(error) or type(error).__name__}"
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            reason = f"database {name} does not let us in: {str(error) or type(error).__name__}"
        if time.monotonic() > deadline:
            raise StartupError(reason)
        await asyncio.sleep(_RETRY_SECONDS)


def folder_of(service: str) -> Path:
    """Return where a service keeps its migrations."""
    return Path(str(files(f"services.{service}"))) / "migrations"


def names(folder: Path) -> Sequence[str]:
    """Return the names of a folder's migrations in the order they are applied."""
    return sorted(file.stem for file in folder.glob("*.sql"))


@contextlib.contextmanager
def _alone(dsn: str, password: str | None) -> "Iterator[psycopg.Connection[tuple[Any, ...]]]":
    import psycopg  # noqa: PLC0415 - services only ask what is pending

    with psycopg.connect(dsn, password=password, autocommit=True) as connection:
        for setting in KEEPALIVE.items():
            connection.execute("SELECT set_config(%s, %s, false)", setting)
        # Asked for again and again, as in shared/database.py: a statement that waits holds up all vacuuming.
        while connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone() != (True,):
            time.sleep(_RETRY_SECONDS)
        yield connection


def _yoyo_address(dsn: str, password: str | None) -> str:
    parts = urlsplit(dsn)
    secret = f":{quote(password, safe='')}" if password else ""
    netloc = f"{parts.username}{secret}@{parts.hostname}:{parts.port or 5432}"
    return urlunsplit(parts._replace(scheme="postgresql+psycopg", netloc=netloc))
