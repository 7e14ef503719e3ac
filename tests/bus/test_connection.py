"""A service that cannot use the bus says why in one line."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from shared.bus.connection import connect
from shared.embedded.child import free_ports
from shared.embedded.nats import EmbeddedNats
from shared.errors import StartupError


@contextlib.asynccontextmanager
async def a_server_of_version(version: str) -> AsyncIterator[str]:
    """Speak as much of the NATS protocol as a client needs to feel connected."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = f'{{"server_id":"old","version":"{version}","max_payload":1048576,"headers":true}}'
        writer.write(f"INFO {info}\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        yield f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("version", ["2.11.9", "2.9.0", "1.4.1"])
async def test_an_old_server_is_refused(version: str) -> None:
    """Atomic batches came with 2.12, and sequence = position rests on them."""
    async with a_server_of_version(version) as url:
        with pytest.raises(StartupError, match=rf"2\.12 or later is required.*got {version}"):
            async with connect(url, user="relay", password="x"):
                pass


async def test_a_new_enough_server_is_accepted() -> None:
    """The first version that will do."""
    async with a_server_of_version("2.12.0") as url, connect(url, user="relay", password="x") as client:
        assert client.is_connected


async def test_a_server_that_is_not_there_is_named() -> None:
    """After waiting as long as it was told to."""
    url = f"nats://127.0.0.1:{free_ports(1)[0]}"

    with pytest.raises(StartupError, match=f"NATS at {url} cannot be reached"):
        async with connect(url, user="relay", password="x", timeout_seconds=0.5):
            pass


async def test_a_wrong_password_is_named_but_not_shown(empty_nats: EmbeddedNats) -> None:
    """The line says whom the server does not let in; the server's own words may be lost as it hangs up."""
    with pytest.raises(StartupError, match=r"does not let relay in: .*(uthorization|reset)") as refused:
        async with connect(empty_nats.url, user="relay", password="guessed", timeout_seconds=1):
            pass
    assert "guessed" not in str(refused.value)


async def test_a_server_that_comes_late_is_waited_for(empty_nats: EmbeddedNats) -> None:
    """Services start in any order."""
    empty_nats.stop()

    async def start_late() -> None:
        await asyncio.sleep(0.3)
        await asyncio.to_thread(empty_nats.start)

    starting = asyncio.create_task(start_late())
    async with connect(empty_nats.url, user="relay", password=empty_nats.passwords["relay"]) as client:
        assert client.is_connected
    await starting
