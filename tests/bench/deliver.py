"""Webhooks from the feed to a receiver on this machine, against a bare client that posts the same as often at once."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from time import perf_counter
from typing import Final

import httpx
from prometheus_client import CollectorRegistry

from services.notifications.errors import InboxUnavailable
from services.notifications.live import Wakeups
from services.notifications.recording import FEED_CHANNEL
from services.notifications.webhooks.endpoints import Filter
from services.notifications.webhooks.post import Poster
from services.notifications.webhooks.register import Register, Setup
from services.notifications.webhooks.sender import Pace, Sender, SenderMetrics
from services.notifications.webhooks.signing import KEY_BYTES, Key
from services.notifications.webhooks.store import DeliveryStore
from shared.database import Pool
from shared.embedded.child import free_ports, spawn, stop
from shared.parts import Parts
from shared.testing import Servers, block_until, wait_until
from tests.bench.measure import Result, compare, in_turn
from tests.notifications.feeding import feed

EVENTS: Final = 2_000
AT_ONCE: Final = 32
PACE: Final = Pace(retries_seconds=(1,), timeout_seconds=15, failing_seconds=60, most=2 * AT_ONCE, most_of_one=AT_ONCE)
PATIENCE_SECONDS: Final = 60
_LEFT: Final = """
    SELECT count(*) + (SELECT sum($1 - reached) FROM webhook) AS left FROM webhook_delivery WHERE due_at IS NOT NULL
"""


async def deliver(servers: Servers) -> list[Result]:
    """Events a second: signed, with every attempt written down and what is under way kept from being lost."""
    database = servers.create("notifications").reached(InboxUnavailable)
    with _receiving() as url:
        async with (
            database.pool() as pool,
            Poster(timeout_seconds=15, most=PACE.most, development=True) as poster,
            httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=AT_ONCE)) as http,
        ):
            bodies = await feed(pool, "HUT", EVENTS)
            register = Register(pool)
            setup = Setup(url=url, wanted=Filter(frozenset(), frozenset()), payload="FULL", ordered=False)
            key = Key("v1", os.urandom(KEY_BYTES))
            await register.add("HUT", "main", setup, identifier="whk-1", after=0, key_name="first", key=key)
            await register.activate(await register.destination("HUT", "main"))

            async def send() -> float:
                await pool.fetch("UPDATE webhook SET reached = 0")
                wakeups = Wakeups(database, channel=FEED_CHANNEL)
                sender = Sender(DeliveryStore(pool), poster, wakeups, SenderMetrics(CollectorRegistry()), PACE)
                async with Parts() as parts:
                    started = perf_counter()
                    parts.start(sender.run(), name="webhooks")
                    await wait_until(lambda: _delivered(pool), PATIENCE_SECONDS, "not everything was taken")
                    return EVENTS / (perf_counter() - started)

            async def post() -> float:
                left = iter(bodies)

                async def one_after_another() -> None:
                    for body in left:
                        (await http.post(url, content=body)).raise_for_status()

                started = perf_counter()
                await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
                return EVENTS / (perf_counter() - started)

            mine, theirs = await in_turn(send, post)
    peer_name = f"httpx posting the same bodies, {AT_ONCE} at once"
    return [compare("deliver", mine, theirs, peer_name=peer_name, goal=0.6, unit="webhooks/s")]


async def _delivered(pool: Pool) -> bool:
    [row] = await pool.fetch(_LEFT, EVENTS)
    return bool(row["left"] == 0)


@contextlib.contextmanager
def _receiving() -> Iterator[str]:
    [port] = free_ports(1)
    receiver = spawn([sys.executable, "-m", "tests.bench.receiver", str(port)], environment={**os.environ})
    try:
        block_until(lambda: is_open(port), PATIENCE_SECONDS, "nobody receives")
        yield f"http://127.0.0.1:{port}/moiety"
    finally:
        stop(receiver)


def is_open(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0
