"""Connections to the ledger's database; the driver's exceptions go no further than here."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TypeAlias

import asyncpg

from shared.errors import Unavailable

if TYPE_CHECKING:  # asyncpg's classes are generic for type checkers only
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
    _Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    _Pool = asyncpg.Pool

LIVE_SCHEMA: Final = "public"
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
# A writer whose machine vanished must lose its lock within seconds, not after the two hours of the usual keepalive.
_KEEPALIVE: Final = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}


class LedgerUnavailable(Unavailable):
    """The ledger's database does not answer now."""


class Address(NamedTuple):
    """Where the ledger's database is, and as which role to go there."""

    dsn: str
    password: str | None = None


@contextlib.contextmanager
def reaching_database() -> Iterator[None]:
    """Turn a lost connection into LedgerUnavailable."""
    try:
        yield
    except LOST as error:
        raise LedgerUnavailable(reason=str(error) or type(error).__name__) from error


@contextlib.asynccontextmanager
async def connected(address: Address, *, schema: str = LIVE_SCHEMA) -> AsyncIterator[Connection]:
    """Connect, with unqualified names found in one schema; raises LedgerUnavailable."""
    settings: Mapping[str, str] = {**_KEEPALIVE, "search_path": schema}
    with reaching_database():
        connection: Connection = await asyncpg.connect(
            address.dsn, password=address.password, server_settings=dict(settings)
        )
    try:
        yield connection
    finally:
        # Never waited for: a connection that is lost, or in doubt, must keep neither its lock nor our shutdown.
        connection.terminate()


class Readers:
    """A pool for reads; `async with Readers.open(...)`."""

    def __init__(self, pool: _Pool) -> None:
        self._pool = pool

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, address: Address, *, readers: int = READERS) -> AsyncIterator[Self]:
        """Connect; raises LedgerUnavailable."""
        pool = asyncpg.create_pool(address.dsn, password=address.password, min_size=1, max_size=readers)
        with reaching_database():
            await pool
        try:
            yield cls(pool)
        finally:
            pool.terminate()

    async def fetch(self, query: str, *arguments: Any) -> "list[asyncpg.Record]":  # noqa: ANN401  # as the driver's own
        """Run one statement; raises LedgerUnavailable."""
        try:
            return await self._pool.fetch(query, *arguments)
        except LOST:
            # The pool finds out that a server restarted only by using a connection of before; once more is enough.
            with reaching_database():
                return await self._pool.fetch(query, *arguments)
