"""The one door to PostgreSQL: how services connect, which failures mean "not now", and how one process stands alone.

The driver's exceptions go no further than the stores: what says that the database does not answer becomes the service's
own Unavailable, with the driver's as its cause.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
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
    asyncpg.LockNotAvailableError,
    asyncpg.ObjectInUseError,
    asyncpg.InvalidAuthorizationSpecificationError,  # a password that is being exchanged
    asyncpg.InvalidCatalogNameError,  # a database that is being restored
)
# Whoever holds a lock and whose machine vanished must lose it within seconds, not after the two hours of the usual
# keepalive.
KEEPALIVE: Final = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}


@contextlib.contextmanager
def reaching(unavailable: type[Unavailable]) -> Iterator[None]:
    """Turn what says that the database does not answer into a service's own Unavailable."""
    try:
        yield
    except LOST as error:
        # Without the driver's words: they may name a host, or repeat a row.
        raise unavailable(reason=type(error).__name__) from error


@dataclass(frozen=True)
class Database:
    """Where a service's database is, as which role to go there, and what it is called when it does not answer."""

    dsn: str
    password: str | None = field(repr=False)
    unavailable: type[Unavailable]

    async def connect(self, **settings: str) -> Connection:
        """Return a connection that its user must terminate; raises Unavailable."""
        with reaching(self.unavailable):
            return await asyncpg.connect(**self._made_with(settings))

    @contextlib.asynccontextmanager
    async def connected(self, **settings: str) -> AsyncIterator[Connection]:
        """Connect for as long as this is in use, with settings of the server's; raises Unavailable."""
        connection = await self.connect(**settings)
        try:
            yield connection
        finally:
            # Never waited for: a connection that is lost, or in doubt, must keep neither its lock nor our shutdown.
            connection.terminate()

    @contextlib.asynccontextmanager
    async def sole_holder(self, lock: int) -> AsyncIterator[Connection]:
        """Stand by until no other process holds this lock, and keep others from it as long as this is in use.

        Lock and connection are one: whoever has lost the lock has lost the means to write. Raises Unavailable.
        """
        async with self.connected() as connection:
            # Asked for again and again: a statement that waits for a lock holds a snapshot all the while, and as long
            # as a replica stands by, nothing in this database could be vacuumed.
            while True:
                with reaching(self.unavailable):
                    if await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock):
                        break
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
    async def pool(self, *, least: int = 1, most: int = READERS) -> AsyncIterator["Pool"]:
        """Open a pool of connections, `least` of them at once; raises Unavailable."""
        pool = asyncpg.create_pool(**self._made_with({}), min_size=least, max_size=most)
        try:
            with reaching(self.unavailable):
                await pool
            yield Pool(self, pool)
        finally:
            pool.terminate()

    def _made_with(self, settings: Mapping[str, str]) -> dict[str, Any]:
        """Return what every connection is made with, one of its own or a pool's: here waits on it get their bounds."""
        return {"dsn": self.dsn, "password": self.password, "server_settings": {**KEEPALIVE, **settings}}


class Pool:
    """Connections shared by whoever asks for one statement at a time."""

    def __init__(self, database: Database, pool: _Pool) -> None:
        self._database = database
        self._pool = pool

    async def fetch(self, query: str, *arguments: Any) -> list[asyncpg.Record]:  # noqa: ANN401  # as the driver's own
        """Read by one statement, once more on another connection where one was lost; raises Unavailable."""
        try:
            return await self._pool.fetch(query, *arguments)
        except LOST:
            # The pool finds out that a server restarted only by using a connection of before; once more is enough.
            with reaching(self._database.unavailable):
                return await self._pool.fetch(query, *arguments)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Commit everything done on the connection, or nothing; raises Unavailable, of an outcome unknown as well."""
        with reaching(self._database.unavailable):
            async with self._pool.acquire() as connection, connection.transaction():
                yield cast("Connection", connection)
