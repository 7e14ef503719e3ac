"""Connections to the database of the inboxes; the driver's exceptions go no further than here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import asyncpg

from services.notifications.errors import InboxUnavailable, Unstorable

if TYPE_CHECKING:  # asyncpg's classes are generic for type checkers only
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
    _Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    _Pool = asyncpg.Pool

READERS: Final = 4
LOST: Final = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what the driver says when a connection dies between two states of its protocol
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
)
REFUSED: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
# A process whose machine vanished must lose its lock within seconds, not after the two hours of the usual keepalive.
_KEEPALIVE: Final = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}


@contextlib.contextmanager
def reaching_database() -> Iterator[None]:
    """Turn a lost connection into InboxUnavailable, and values that the tables cannot hold into Unstorable."""
    try:
        yield
    except LOST as error:
        raise InboxUnavailable(reason=str(error) or type(error).__name__) from error
    except REFUSED as error:
        message = f"{type(error).__name__}: {error}"
        raise Unstorable(message) from error


class Database:
    """A pool for reads, and connections of one's own for what needs one; `async with Database.open(...)`."""

    def __init__(self, pool: _Pool, dsn: str, password: str | None) -> None:
        self._pool = pool
        self._dsn = dsn
        self._password = password

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, dsn: str, *, password: str | None = None, readers: int = READERS) -> AsyncIterator[Self]:
        """Connect; raises InboxUnavailable."""
        pool = asyncpg.create_pool(dsn, password=password, min_size=1, max_size=readers)
        with reaching_database():
            await pool
        try:
            yield cls(pool, dsn, password)
        finally:
            pool.terminate()

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Run one statement; raises InboxUnavailable, Unstorable."""
        try:
            return await self._pool.fetch(query, *arguments)
        except LOST:
            # The pool finds out that a server restarted only by using a connection of before; once more is enough.
            with reaching_database():
                return await self._pool.fetch(query, *arguments)
        except REFUSED as error:
            raise Unstorable(str(error)) from error

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Connect outside the pool; raises InboxUnavailable."""
        with reaching_database():
            connection = await asyncpg.connect(self._dsn, password=self._password, server_settings=_KEEPALIVE)
        try:
            yield connection
        finally:
            # Never waited for: a connection that is lost, or in doubt, must keep neither its lock nor our shutdown.
            connection.terminate()

    @contextlib.asynccontextmanager
    async def listening(self, channel: str, heard: Callable[[str], None]) -> AsyncIterator[asyncio.Event]:
        """Listen on a channel; yields an event that is set when the connection is lost."""
        lost = asyncio.Event()

        def on_notify(_connection: Any, _pid: int, _channel: str, payload: Any) -> None:  # noqa: ANN401  # the driver's
            heard(payload)

        async with self.connection() as connection:
            connection.add_termination_listener(lambda _connection: lost.set())
            with reaching_database():
                await connection.add_listener(channel, on_notify)
            yield lost
