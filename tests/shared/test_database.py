"""The one door to PostgreSQL: what does not answer is the service's own Unavailable, and one holder stands alone."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import asyncpg
import pytest

from services.agreements.people.errors import PeopleUnavailable
from services.agreements.people.store import PeopleStore
from services.agreements.scheduler.store import DueStore
from services.ledger.errors import LedgerUnavailable
from services.notifications.errors import InboxUnavailable
from shared.database import LOCK_SECONDS, LOST, Connection, Database, Pool, reaching
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
        asyncpg.CrashShutdownError("terminated by a crash"),
        asyncpg.DatabaseDroppedError("dropped"),
        asyncpg.ObjectNotInPrerequisiteStateError("not currently accepting connections"),
        asyncpg.ObjectInUseError("in use"),
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


# -- waiting --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def jar(admin: Connection) -> AsyncIterator[str]:
    """A table that the service may fill."""
    await admin.execute("CREATE TABLE jar (spoon int); GRANT INSERT, SELECT ON jar TO agreements")
    yield "INSERT INTO jar SELECT 1 FROM pg_sleep(1)"
    await admin.execute("DROP TABLE jar")


async def _filled(admin: Connection) -> bool:
    return bool(await admin.fetchval("SELECT count(*) FROM jar"))


@pytest.mark.parametrize("ended", ["by its bound", "by whoever waits", "in a pool", "in a transaction"])
async def test_a_wait_that_ends_cancels_nothing_in_the_server(
    database: Database, admin: Connection, jar: str, ended: str
) -> None:
    """The connection is dropped. A commit that is cancelled while it waits for its standby would be visible at once."""
    if ended == "by its bound":
        async with database.connected(statement_seconds=0.2) as connection:
            with pytest.raises(LogUnavailable, match="TimeoutError"), reaching(LogUnavailable):
                await connection.execute(jar)
            await asyncio.sleep(0)
            assert connection.is_closed()
    else:
        opened = database.connected() if ended == "by whoever waits" else database.pool(most=1)
        async with opened as reached:
            if ended == "in a transaction" and isinstance(reached, Pool):
                asked: Coroutine[Any, Any, Any] = _in_transaction(reached, jar)
            else:
                asked = reached.fetch(jar)
            waiting: asyncio.Task[Any] = asyncio.create_task(asked)
            await wait_until(lambda: _is_filling(admin), SECONDS, "the statement is under way")
            waiting.cancel()
            await asyncio.wait({waiting}, timeout=PROMPT_SECONDS)
            assert waiting.cancelled()
            if isinstance(reached, Pool):
                assert [1] == [row[0] for row in await reached.fetch("SELECT 1")]
            else:
                assert reached.is_closed()

    if ended == "in a transaction":
        await wait_until(lambda: _is_given_up(admin), SECONDS, "the server found nobody to commit it for")
        assert not await _filled(admin)
    else:
        await wait_until(lambda: _filled(admin), SECONDS, "the server did what it was told to")


async def _in_transaction(pool: Pool, query: str) -> None:
    async with pool.transaction() as connection:
        await connection.execute(query)


async def _is_given_up(admin: Connection) -> bool:
    return not await _is_filling(admin)


async def _is_filling(admin: Connection) -> bool:
    return bool(
        await admin.fetchval("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'INSERT%'")
    )


async def test_nobody_waits_for_a_lock_for_ever(log_database: MigratedDatabase, admin: Connection) -> None:
    """An append whose head somebody else holds is told so, and those behind it; the next one is recorded."""
    async with PostgresEventStore.open(log_database.dsn, password=log_database.password) as log:
        async with admin.transaction():
            await admin.execute("SELECT FROM log_head FOR UPDATE")
            appends = [asyncio.create_task(log.append(an_append(f"jar:{number}", 1))) for number in range(3)]
            done, waiting = await asyncio.wait(appends, timeout=4 * LOCK_SECONDS)
            assert not waiting
            assert {"LockNotAvailableError"} == {_reason(each) for each in done}
        assert [1] == list(await log.append(an_append("jar:4", 1)))


async def test_nobody_waits_for_a_connection_of_the_pool_for_ever(database: Database) -> None:
    """Whoever finds all of them in use is told so when that has not changed for a while."""
    async with database.pool(most=1) as pool, pool.transaction():
        with pytest.raises(LogUnavailable, match="TimeoutError"):
            await pool.fetch("SELECT 1")


async def test_a_connection_that_is_given_back_is_as_it_was(database: Database) -> None:
    """Nothing is undone each time, so nothing may be left: neither by what fails nor by what is locked meanwhile."""
    async with database.pool(most=1) as pool:
        before = await pool.fetch(_LEFT_BEHIND)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await _lock_and_fail(pool)

        assert before == await pool.fetch(_LEFT_BEHIND)
        assert 1 == before[0]["this"]


async def _lock_and_fail(pool: Pool) -> None:
    async with pool.transaction() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(1)")
        await connection.execute("SET LOCAL lock_timeout = '1h'")
        await connection.execute("SELECT 1 / 0")


_LEFT_BEHIND = """
    SELECT current_setting('lock_timeout'), pg_backend_pid(), txid_current_if_assigned(),
        (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'),
        (SELECT count(*) FROM pg_stat_activity WHERE pid = pg_backend_pid() AND state = 'active') AS this
"""


def _reason(done: asyncio.Task[Any]) -> object:
    error = done.exception()
    assert isinstance(error, LogUnavailable)
    return error.ids["reason"]


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
    """The server asks it after 2 s of silence, and three times in 3 s more; by default it would ask after two hours."""
    query = "SELECT name, setting FROM pg_settings WHERE name LIKE 'tcp_%' ORDER BY name"
    async with database.connected() as connection, database.pool() as pool:
        rows = await (connection if kind == "alone" else pool).fetch(query)

    settings = {row["name"].removeprefix("tcp_").removeprefix("keepalives_"): int(row["setting"]) for row in rows}
    assert {"idle": 2, "interval": 1, "count": 3, "user_timeout": 5_000} == settings


async def test_a_server_whose_machine_vanished_is_missed_as_soon(database: Database) -> None:
    """Whoever only listens would never hear of it otherwise, and whoever has sent something only after 15 minutes."""
    wanted = {"TCP_KEEPIDLE": 2, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 5_000}
    async with database.connected() as connection:
        ours = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined]  # the driver's own
        assert 1 == ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert wanted == {name: ours.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in wanted}


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
