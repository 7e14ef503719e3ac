"""A log, a server with nothing on it, and the relay and readers connected to both."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import pytest
from nats.aio.client import Client

from shared.bus.connection import connect
from shared.bus.relay import Relay
from shared.embedded.nats import EmbeddedNats
from shared.log.postgres import PostgresEventStore
from shared.testing import MigratedDatabase
from tests.log.controls import a_name, an_append

ConnectAs: TypeAlias = Callable[[str], AbstractAsyncContextManager[Client]]


@pytest.fixture
async def log(log_database: MigratedDatabase) -> AsyncIterator[PostgresEventStore]:
    async with PostgresEventStore.open(log_database.dsn, password=log_database.password) as store:
        yield store


@pytest.fixture
def connect_as(empty_nats: EmbeddedNats) -> ConnectAs:
    """Connect to the server as one of the bus's users."""
    return lambda user: connect(empty_nats.url, user=user, password=empty_nats.passwords[user], timeout_seconds=10)


@pytest.fixture
async def relay_client(connect_as: ConnectAs) -> AsyncIterator[Client]:
    async with connect_as("relay") as client:
        yield client


@pytest.fixture
async def reader_client(connect_as: ConnectAs) -> AsyncIterator[Client]:
    async with connect_as("ledger") as client:
        yield client


@pytest.fixture
async def admin(connect_as: ConnectAs) -> AsyncIterator[Client]:
    """Who sees what the server knows of its readers."""
    async with connect_as("admin") as client:
        yield client


@pytest.fixture
async def relay(log: PostgresEventStore, relay_client: Client) -> Relay:
    """A relay that knows where the stream ends, and publishes when told to."""
    relay = Relay(log, relay_client)
    await relay.resume()
    return relay


async def record(log: PostgresEventStore, events: int, *, state: bytes | None = None) -> Sequence[int]:
    """Record events in one stream of their own."""
    return await log.append(an_append(f"jar:{a_name()}", *range(1, events + 1), state=state))


async def publish_all(relay: Relay) -> None:
    while await relay.publish_next():
        pass
