"""The one door to PostgreSQL: what does not answer is the service's own Unavailable, and one holder stands alone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from services.agreements.people.errors import PeopleUnavailable
from services.agreements.people.store import PeopleStore
from services.agreements.scheduler.store import DueStore
from services.ledger.errors import LedgerUnavailable
from services.notifications.errors import InboxUnavailable
from shared.database import LOST, Connection, Database, reaching
from shared.errors import Unavailable
from shared.log.postgres import PostgresEventStore
from shared.log.store import LogUnavailable
from shared.testing import MigratedDatabase, wait_until
from tests.log.controls import an_append

SECONDS = 20
# A standby asks four times a second; what takes longer on a busy machine is not its waiting.
PROMPT_SECONDS = 5
LOCK = 0x74657374


@pytest.fixture
def database(log_database: MigratedDatabase) -> Database:
    return log_database.reached(LogUnavailable)


@pytest.fixture
async def admin(log_database: MigratedDatabase) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(log_database.admin_dsn, password=log_database.admin_password)
    yield connection
    connection.terminate()


# -- what is lost ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.TooManyConnectionsError("too many"),
        asyncpg.SerializationError("could not serialise"),
        asyncpg.DeadlockDetectedError("deadlock"),
        asyncpg.DiskFullError("no space left"),
        asyncpg.OutOfMemoryError("out of memory"),
        asyncpg.AdminShutdownError("terminated"),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.QueryCanceledError("canceled"),
        asyncpg.LockNotAvailableError("lock timeout"),
        asyncpg.ReadOnlySQLTransactionError("a standby"),
        asyncpg.PostgresIOError("could not read block"),
        asyncpg.InvalidPasswordError("password authentication failed"),
        asyncpg.ConnectionDoesNotExistError("closed in the middle"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("got result for unknown protocol state"),
        ConnectionRefusedError(111, "Connect call failed ('db.internal', 5432)"),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_passes_is_unavailable(error: Exception) -> None:
    """It is over when it is tried again. What the driver said may name a host or repeat a row: it is only the cause."""
    with pytest.raises(LedgerUnavailable) as unavailable, reaching(LedgerUnavailable):
        raise error

    assert error is unavailable.value.__cause__
    assert {"reason": type(error).__name__} == unavailable.value.ids


@pytest.mark.parametrize(
    "error", [asyncpg.UndefinedTableError("x"), asyncpg.UniqueViolationError("x"), ValueError("x")]
)
def test_what_would_fail_again_is_no_passing_trouble(error: Exception) -> None:
    """Asking again later would hide our own mistake."""
    assert not isinstance(error, LOST)
    with pytest.raises(type(error)), reaching(LedgerUnavailable):
        raise error


@contextlib.asynccontextmanager
async def nobody_gets_in(admin: Connection, role: str) -> AsyncIterator[None]:
    """Let the server refuse every new connection of a role, as it does when there are too many."""
    await admin.execute(f"ALTER ROLE {role} CONNECTION LIMIT 0")
    try:
        yield
    finally:
        await admin.execute(f"ALTER ROLE {role} CONNECTION LIMIT -1")


async def test_too_many_connections_are_the_same_to_every_service(
    admin: Connection,
    log_database: MigratedDatabase,
    ledger_database: MigratedDatabase,
    notifications_database: MigratedDatabase,
) -> None:
    """Whichever door one comes through, the answer is that service's 503 and never its 500."""
    doors: list[tuple[str, Database]] = [
        ("agreements", log_database.reached(LogUnavailable)),
        ("agreements", log_database.reached(PeopleUnavailable)),
        ("ledger", ledger_database.reached(LedgerUnavailable)),
        ("notifications", notifications_database.reached(InboxUnavailable)),
    ]
    for role, door in doors:
        async with nobody_gets_in(admin, role):
            for entered in (door.connected(), door.pool(), door.sole_holder(LOCK), door.listening("x", print)):
                with pytest.raises(door.unavailable, match="TooManyConnectionsError"):
                    await _enter(entered)


async def test_stores_in_use_tell_the_same(log_database: MigratedDatabase, admin: Connection) -> None:
    """Their connections are gone and no others are to be had: appends, reads, people and the schedule all say so."""
    dsn, password = log_database.dsn, log_database.password
    async with (
        PostgresEventStore.open(dsn, password=password) as log,
        PeopleStore.open(dsn, password=password) as people,
        DueStore.sole_keeper(log_database.reached(LogUnavailable)) as due,
    ):
        await log.append(an_append("jar:A", 1))
        async with nobody_gets_in(admin, "agreements"):
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'agreements'")
            for asked, unavailable in (
                (log.append(an_append("jar:A", 2)), LogUnavailable),
                (log.read_log(after=0, limit=1), LogUnavailable),
                (log.wait_for_append(1, 0.1), LogUnavailable),
                (people.find("HUT", "psn-1"), PeopleUnavailable),
                (due.resume("rules"), LogUnavailable),
            ):
                with pytest.raises(unavailable):
                    await asked
        assert [2] == list(await log.append(an_append("jar:A", 2)))


async def _enter(entered: contextlib.AbstractAsyncContextManager[Any]) -> None:
    async with entered:
        pass


# -- one alone ------------------------------------------------------------------------------------------------------


async def test_one_holds_and_the_next_takes_over(database: Database) -> None:
    """The second stands by until the first has gone, and not longer."""
    first = contextlib.AsyncExitStack()
    await first.enter_async_context(database.sole_holder(LOCK))
    taken = asyncio.Event()
    second = asyncio.create_task(_holding(database, taken))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.6):
            await taken.wait()

    await first.aclose()

    async with asyncio.timeout(PROMPT_SECONDS):
        await taken.wait()
    second.cancel()
    await asyncio.wait({second})


async def test_whoever_stands_by_holds_no_snapshot(database: Database, admin: Connection) -> None:
    """A waiting statement would keep all that was deleted since from being vacuumed, and slow every append down."""
    async with database.sole_holder(LOCK):
        waiting = asyncio.create_task(_holding(database, asyncio.Event()))
        await wait_until(lambda: _has_asked(admin), SECONDS, "another stood by")
        await wait_until(
            lambda: _is_idle(admin), 2, "it waits without a statement under way, and so without a snapshot"
        )
        waiting.cancel()
        await asyncio.wait({waiting})


async def test_standing_by_lets_the_head_of_the_log_be_vacuumed(
    log_database: MigratedDatabase, database: Database, admin: Connection
) -> None:
    """Thousands of positions later the row they are all counted in is as small as at the beginning."""
    async with (
        PostgresEventStore.open(log_database.dsn, password=log_database.password) as log,
        database.sole_holder(LOCK),
    ):
        standbys = [asyncio.create_task(_holding(database, asyncio.Event())) for _ in range(2)]
        await wait_until(lambda: _has_asked(admin), SECONDS, "others stood by")
        for number in range(1, 2_001):
            await log.append(an_append(f"jar:{number}", 1))
        pages = await admin.fetchval("SELECT pg_relation_size('log_head') / current_setting('block_size')::int")
        for standby in standbys:
            standby.cancel()
        await asyncio.wait(standbys)

    assert pages <= 3


async def test_a_lost_connection_loses_the_lock(database: Database, admin: Connection) -> None:
    """Whoever was cut off can write no more, and the next gets its turn without asking anybody."""
    async with database.sole_holder(LOCK) as cut_off:
        taken = asyncio.Event()
        second = asyncio.create_task(_holding(database, taken))
        await admin.execute("SELECT pg_terminate_backend($1)", cut_off.get_server_pid())
        async with asyncio.timeout(PROMPT_SECONDS):
            await taken.wait()
        with pytest.raises(LogUnavailable), reaching(LogUnavailable):
            await cut_off.execute("SELECT 1")
        second.cancel()
        await asyncio.wait({second})


@pytest.mark.parametrize("kind", ["alone", "of a pool"])
async def test_a_machine_that_vanished_is_missed_within_seconds(database: Database, kind: str) -> None:
    """The server asks it after 5 s of silence, and three times in 6 s more; by default it would ask after two hours."""
    query = "SELECT name, setting FROM pg_settings WHERE name LIKE 'tcp_keepalives%' ORDER BY name"
    async with database.connected() as connection, database.pool() as pool:
        rows = await (connection if kind == "alone" else pool).fetch(query)

    settings = {row["name"].removeprefix("tcp_keepalives_"): int(row["setting"]) for row in rows}
    assert {"idle": 5, "interval": 2, "count": 3} == settings


async def test_giving_up_while_standing_by_leaves_nothing(database: Database, admin: Connection) -> None:
    """A process that is stopped while it waits takes neither lock nor connection with it."""
    async with database.sole_holder(LOCK):
        waiting = asyncio.create_task(_holding(database, asyncio.Event()))
        await wait_until(lambda: _has_asked(admin), SECONDS, "another stood by")
        waiting.cancel()
        await asyncio.wait({waiting})
        await wait_until(lambda: _alone(admin), SECONDS, "its connection is gone")


async def _holding(database: Database, taken: asyncio.Event) -> None:
    async with database.sole_holder(LOCK):
        taken.set()
        await asyncio.Event().wait()


_STANDING_BY = """
    FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()
        AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)
"""


async def _has_asked(admin: Connection) -> bool:
    return bool(await admin.fetchval(f"SELECT count(*) {_STANDING_BY}"))


async def _is_idle(admin: Connection) -> bool:
    return bool(await admin.fetchval(f"SELECT count(*) {_STANDING_BY} AND state = 'idle' AND backend_xmin IS NULL"))


async def _alone(admin: Connection) -> bool:
    return not await admin.fetchval(f"SELECT count(*) {_STANDING_BY}")


def test_no_secret_is_shown(log_database: MigratedDatabase) -> None:
    """A database that is printed, in a log line or a traceback, keeps its password to itself."""
    assert log_database.password not in repr(log_database.reached(Unavailable))
