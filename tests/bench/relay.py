"""From the log onto the stream, against nats-py publishing as fast as it can with the server's default settings."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from nats.aio.client import Client

from shared.bus.connection import connect
from shared.bus.relay import Relay
from shared.embedded.child import free_ports
from shared.log.postgres import PostgresEventStore
from shared.testing import Servers, wait_until
from tests.bench.measure import Result, compare, in_turn
from tests.log.controls import an_append

EVENTS = 20_000
BODY = b"x" * 900
RECONNECT_SECONDS = 10


async def relay(servers: Servers) -> list[Result]:
    """Events a second; ours reaches the disk before each acknowledgement, the peer's server syncs every two minutes."""
    database = servers.create("agreements")
    servers.empty_nats()
    nats = servers.nats
    async with (
        PostgresEventStore.open(database.dsn, password=database.password) as log,
        connect(nats.url, user="relay", password=nats.passwords["relay"]) as client,
        _default_server() as default_client,
    ):
        for stream in range(EVENTS // 1_000):
            await log.append(an_append(f"jar:{stream}", *range(1, 1_001), state=BODY))

        async def publish_log() -> float:
            # The same log onto an empty stream each time: nobody may delete it, so the server loses its store.
            await asyncio.to_thread(servers.empty_nats)
            await wait_until(lambda: client.is_connected, RECONNECT_SECONDS, "connected again")
            relaying = Relay(log, client)
            await relaying.resume()
            started = perf_counter()
            while await relaying.publish_next():
                pass
            return EVENTS / (perf_counter() - started)

        async def publish_async() -> float:
            jetstream = default_client.jetstream()
            await jetstream.add_stream(name="PEER", subjects=["peer.>"])
            started = perf_counter()
            for _ in range(EVENTS):
                await jetstream.publish_async("peer.AGR-1.jar.CoinDropped", BODY)
            await jetstream.publish_async_completed()
            rate = EVENTS / (perf_counter() - started)
            await jetstream.delete_stream("PEER")
            return rate

        mine, theirs = await in_turn(publish_log, publish_async)
    servers.drop(database)
    peer_name = "nats-py publish_async, default sync"
    return [compare("relay", mine, theirs, peer_name=peer_name, goal=0.7, unit="events/s")]


@asynccontextmanager
async def _default_server() -> AsyncIterator[Client]:
    """Give a connection to a server with default settings, which asks nobody who they are."""
    port = free_ports(1)[0]
    with TemporaryDirectory() as directory:
        server = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("nats-server"),
            *("--jetstream", "--store_dir", directory, "--addr", "127.0.0.1", "--port", str(port)),
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with connect(f"nats://127.0.0.1:{port}", user="peer", password="any") as client:
                yield client
        finally:
            server.terminate()
            await server.wait()
