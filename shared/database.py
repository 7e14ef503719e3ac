"""The one door to PostgreSQL: how services connect, which failures mean "not now", and how one process stands alone.

The driver's exceptions go no further than the stores: what says that the database does not answer becomes the service's
own Unavailable, with the driver's as its cause.

Every wait ends: for a connection, for one of the pool's, for a lock, for a statement. Nobody's wait is cancelled in the
server, though: a commit that waits for its standby and is cancelled becomes visible without being replicated, while
one whose connection is gone stays invisible until it is. So whoever stops waiting drops the connection.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import asyncpg

from shared.errors import Unavailable

if TYPE_CHECKING:  # asyncpg's classes are generic for type checkers only
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
    _Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    _Pool = asyncpg.Pool

READERS: Final = 4
CONNECT_SECONDS: Final = 5.0
# For one of the pool's connections, while others use them all.
ACQUIRE_SECONDS: Final = 5.0
STATEMENT_SECONDS: Final = 10.0
# The server itself gives up a lock sooner than we give up the server: that connection can be used again.
LOCK_SECONDS: Final = 5
STAND_BY_SECONDS: Final = 0.25
# What is over when it is tried again: the server is gone, stopping, full, of another mind, or no longer the primary.
LOST: Final = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what the driver says when a connection dies between two states of its protocol
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby, where the primary was
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # in use, locked, or a database that lets nobody in while it is restored
    asyncpg.InvalidAuthorizationSpecificationError,  # a password that is being exchanged
    asyncpg.InvalidCatalogNameError,  # a database that is being restored
)
# What is over only once somebody has done something: tables that are not restored yet, rights not granted again.
# Whoever waits for that must say so.
INCOMPLETE: Final = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedFunctionError,
    asyncpg.InsufficientPrivilegeError,
)
# Whoever holds a lock and whose machine vanished must lose it within seconds, not after the two hours of the usual
# keepalive; and of a server whose machine vanished we must know as soon. Where bytes are on their way, no keepalive is
# sent: they have as long to be acknowledged.
VANISHED_SECONDS: Final = 5
_IDLE, _INTERVAL, _COUNT = 2, 1, 3
KEEPALIVE: Final = {
    "tcp_keepalives_idle": str(_IDLE),
    "tcp_keepalives_interval": str(_INTERVAL),
    "tcp_keepalives_count": str(_COUNT),
    "tcp_user_timeout": str(VANISHED_SECONDS * 1000),
}
_OURS_TOO: Final = {
    (socket.SOL_SOCKET, "SO_KEEPALIVE"): 1,
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE"): _IDLE,
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL"): _INTERVAL,
    (socket.IPPROTO_TCP, "TCP_KEEPCNT"): _COUNT,
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT"): VANISHED_SECONDS * 1000,
}


@contextlib.contextmanager
def reaching(unavailable: type[Unavailable]) -> Iterator[None]:
    """Turn what says that the database does not answer into a service's own Unavailable."""
    try:
        yield
    except LOST as error:
        # Whoever was told to stop while it waited meets a dropped connection where it tidies up: told it must stay.
        if _is_told_to_stop():
            raise asyncio.CancelledError from error
        # Without the driver's words: they may name a host, or repeat a row.
        raise unavailable(reason=type(error).__name__) from error


def _is_told_to_stop() -> bool:
    try:
        task = asyncio.current_task()
    except RuntimeError:  # not in a loop
        return False
    return task is not None and task.cancelling() > 0


class _Dropped(asyncpg.Connection):
    """A connection that is dropped once nobody waits for its answer; the driver would ask the server to cancel."""

    def __init__(self, protocol: Any, transport: Any, *rest: Any) -> None:  # noqa: ANN401  # the driver's own
        super().__init__(protocol, transport, *rest)
        connected = transport.get_extra_info("socket")
        if connected is not None and connected.family != socket.AF_UNIX:
            for (level, name), value in _OURS_TOO.items():
                if hasattr(socket, name):  # not every system has them all
                    connected.setsockopt(level, getattr(socket, name), value)

    def get_reset_query(self) -> str:
        # Nothing is left behind on a pool's connection: it is asked one statement, or one transaction, and neither sets
        # or holds anything for longer. To have all of it undone each time would be one more round trip.
        return ""

    def _cancel_current_command(self, *_waiters: Any) -> None:  # noqa: ANN401  # the driver's own
        # Not at once: the driver is about to tell whoever waits what has come of it.
        asyncio.get_running_loop().call_soon(self.terminate)


@dataclass(frozen=True)
class Database:
    """Where a service's database is, as which role to go there, and what it is called when it does not answer."""

    dsn: str
    password: str | None = field(repr=False)
    unavailable: type[Unavailable]

    async def connect(self, *, statement_seconds: float | None = STATEMENT_SECONDS, **settings: str) -> Connection:
        """Return a connection that its user must terminate; raises Unavailable."""
        with reaching(self.unavailable):
            return await asyncpg.connect(**self._made_with(statement_seconds, settings))

    @contextlib.asynccontextmanager
    async def connected(
        self, *, statement_seconds: float | None = STATEMENT_SECONDS, **settings: str
    ) -> AsyncIterator[Connection]:
        """Connect for as long as this is in use, with settings of the server's; raises Unavailable.

        A statement that takes longer than `statement_seconds` fails with TimeoutError, and the connection with it; None
        is for commands that somebody is watching.
        """
        connection = await self.connect(statement_seconds=statement_seconds, **settings)
        try:
            yield connection
        finally:
            # Never waited for: a connection that is lost, or in doubt, must keep neither its lock nor our shutdown.
            connection.terminate()

    @contextlib.asynccontextmanager
    async def sole_holder(
        self, lock: int, *, stands_by: Callable[[], None] = lambda: None
    ) -> AsyncIterator[Connection]:
        """Stand by until no other process holds this lock, and keep others from it as long as this is in use.

        `stands_by` is called whenever another holds it: what this one last met is then the other's to tell.
        Lock and connection are one: whoever has lost the lock has lost the means to write. Raises Unavailable.
        """
        async with self.connected() as connection:
            # Asked for again and again: a statement that waits for a lock holds a snapshot all the while, and as long
            # as a replica stands by, nothing in this database could be vacuumed.
            while True:
                with reaching(self.unavailable):
                    if await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock):
                        break
                stands_by()
                await asyncio.sleep(STAND_BY_SECONDS)
            yield connection

    @contextlib.asynccontextmanager
    async def listening(self, channel: str, heard: Callable[[str], None]) -> AsyncIterator[asyncio.Event]:
        """Listen on a channel; yields an event that is set when the connection is lost. Raises Unavailable."""
        lost = asyncio.Event()

        def on_notify(_connection: Any, _pid: int, _channel: str, payload: Any) -> None:  # noqa: ANN401  # the driver's
            heard(payload)

        async with self.connected() as connection:
            connection.add_termination_listener(lambda _connection: lost.set())
            with reaching(self.unavailable):
                await connection.add_listener(channel, on_notify)
            yield lost

    @contextlib.asynccontextmanager
    async def pool(
        self, *, at_once: bool = True, most: int = READERS, settings: Mapping[str, str] | None = None
    ) -> AsyncIterator["Pool"]:
        """Open a pool of connections with settings of the server's, one of them `at_once`; raises Unavailable."""
        # None is kept for its own sake: while the database is away the driver would report, each time with a traceback,
        # that it cannot.
        pool = asyncpg.create_pool(**self._made_with(STATEMENT_SECONDS, settings or {}), min_size=0, max_size=most)
        try:
            with reaching(self.unavailable):
                await pool
                if at_once:
                    async with pool.acquire(timeout=ACQUIRE_SECONDS):
                        pass
            yield Pool(self, pool)
        finally:
            pool.terminate()

    def _made_with(self, statement_seconds: float | None, settings: Mapping[str, str]) -> dict[str, Any]:
        """Return what every connection is made with, one of its own or a pool's: here waits on it get their bounds."""
        bounded = {} if statement_seconds is None else {"lock_timeout": f"{LOCK_SECONDS}s"}
        return {
            "dsn": self.dsn,
            "password": self.password,
            "connection_class": _Dropped,
            "timeout": CONNECT_SECONDS,
            "command_timeout": statement_seconds,
            "server_settings": {**KEEPALIVE, **bounded, **settings},
        }


class Pool:
    """Connections shared by whoever asks for one statement at a time."""

    def __init__(self, database: Database, pool: _Pool) -> None:
        self._database = database
        self._pool = pool

    async def fetch(self, query: str, *arguments: Any) -> list[asyncpg.Record]:  # noqa: ANN401  # as the driver's own
        """Read by one statement, once more on another connection where one was lost; raises Unavailable."""
        with reaching(self._database.unavailable):
            try:
                return await self._fetch(query, arguments)
            except (TimeoutError, asyncpg.LockNotAvailableError):
                raise  # whoever asks has waited long enough
            except LOST:
                # The pool finds out that a server restarted only by using a connection of before; once more is enough.
                return await self._fetch(query, arguments)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Commit everything done on the connection, or nothing; raises Unavailable, of an outcome unknown as well."""
        with reaching(self._database.unavailable):
            async with self._acquired() as connection, connection.transaction():
                yield connection

    async def _fetch(self, query: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        async with self._acquired() as connection:
            return await connection.fetch(query, *arguments)

    @contextlib.asynccontextmanager
    async def _acquired(self) -> AsyncIterator[Connection]:
        connection = await self._pool.acquire(timeout=ACQUIRE_SECONDS)
        try:
            yield cast("Connection", connection)
        except (asyncio.CancelledError, TimeoutError):
            # Now, and not in a moment when the driver does: it would meanwhile have gone back to the pool, alive.
            connection.terminate()
            raise
        finally:
            await self._pool.release(connection)
