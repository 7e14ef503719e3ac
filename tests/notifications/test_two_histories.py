"""Alerts are of one history: where another one is published, nobody is alerted of anything, and it is said."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from services.notifications.consumer import ConsumerMetrics, Divergence, alert_forever
from services.notifications.inbox.store import Inbox
from services.notifications.store import sole_writer
from shared.bus.connection import connect
from shared.bus.consumer import StreamMessage
from shared.bus.follow import Source
from shared.bus.stream import CHAIN_HEADER
from shared.database import Database, Pool
from shared.log.chain import START, chain_text
from shared.parts import end_all
from shared.testing import Servers, wait_until
from tests.bus.known_log import KnownLog
from tests.notifications.controls import contribution_recorded, published, said
from tests.notifications.service import publish, publishing

SECONDS = 20
CHECK_SECONDS = 0.1


def asking(count: int) -> list[StreamMessage]:
    """Events that each ask ATRC to attest."""
    return published(said(contribution_recorded(attesting_parties=("ATRC",)), by="EGU") for _ in range(count))


class Process:
    """What alerts, as one process of the service."""

    def __init__(self, database: Database, source: Source) -> None:
        self._registry = CollectorRegistry()
        metrics = ConsumerMetrics(self._registry)
        self.divergence = Divergence(metrics)
        self.task = asyncio.create_task(alert_forever(database, source, metrics, self.divergence))

    def shows(self, metric: str) -> float:
        return self._registry.get_sample_value(metric) or 0.0

    async def has_come_to(self, position: int) -> None:
        await wait_until(
            lambda: self.shows("moiety_alerted_position") == position, SECONDS, f"everybody is alerted up to {position}"
        )

    async def has_halted(self) -> str:
        """Wait until it says that histories differ, and return what it says."""
        await wait_until(lambda: self.shows("moiety_alerting_diverged") == 1, SECONDS, "it halts")
        assert self.shows("moiety_alerting") == 0
        return await self.divergence.reason() or ""

    async def stop(self) -> None:
        await end_all([self.task])


@pytest.fixture
def log() -> list[StreamMessage]:
    """What the log holds: ten events."""
    return asking(10)


@pytest.fixture
async def bus(servers: Servers, empty_nats: object) -> AsyncIterator[Client]:
    async with publishing(servers) as client:
        yield client


@pytest.fixture
async def source(servers: Servers, bus: Client, log: list[StreamMessage]) -> AsyncIterator[Source]:
    password = servers.nats.passwords["notifications"]
    async with connect(servers.nats.url, user="notifications", password=password) as client:
        yield Source(client, KnownLog(log), "notifications", CHECK_SECONDS)


@pytest.fixture
async def process(database: Database, source: Source) -> AsyncIterator[Process]:
    running = Process(database, source)
    yield running
    await running.stop()


async def test_of_a_restored_log_nobody_is_alerted(
    process: Process, bus: Client, log: list[StreamMessage], inbox: Inbox
):
    """It ends below what was alerted of; once the rest is taken back, alerting goes on by itself."""
    await publish(bus, log[:8])
    await process.has_come_to(8)
    lost = log[5:]
    del log[5:]

    said_so = await process.has_halted()
    assert "position 8" in said_so
    assert "its end at position 5" in said_so

    log += lost
    await publish(bus, lost[3:])
    await process.has_come_to(10)
    assert await process.divergence.reason() is None
    assert list(range(1, 11)) == [alert.position for alert in await inbox.after("ATRC", 0, limit=100)]


async def test_of_another_continuation_nobody_is_alerted(process: Process, bus: Client, log: list[StreamMessage]):
    """The log went on under the same numbers: longer, and another one."""
    await publish(bus, log[:8])
    await process.has_come_to(8)

    log[5:] = asking(10)[5:]

    assert "position 8" in await process.has_halted()


async def test_what_was_followed_before_there_were_chains_takes_the_logs(
    database: Database, source: Source, bus: Client, log: list[StreamMessage], owner: Pool
):
    """Once, from the feed; from then on it compares like everybody."""
    await publish(bus, log[:8])
    first = Process(database, source)
    await first.has_come_to(8)
    await first.stop()
    await owner.fetch("UPDATE progress SET chain = NULL")

    again = Process(database, source)
    await again.has_come_to(8)
    assert [log[7].chain] == [row["chain"] for row in await owner.fetch("SELECT chain FROM progress")]
    del log[5:]

    assert "position 8" in await again.has_halted()
    await again.stop()


async def test_a_log_that_never_came_so_far_is_not_believed(
    database: Database, source: Source, log: list[StreamMessage], owner: Pool
):
    """An upgrade over a restored log: there is nothing to take the chain from."""
    await owner.fetch("UPDATE progress SET (position, remembered, chain) = (20, 20, NULL)")

    process = Process(database, source)

    assert "its end at position 10" in await process.has_halted()
    assert [None] == [row["chain"] for row in await owner.fetch("SELECT chain FROM progress")]
    await process.stop()


async def test_a_history_not_yet_followed_begins_at_the_start(owner: Pool):
    """Nothing has to be asked of anybody."""
    assert [START.chain] == [row["chain"] for row in await owner.fetch("SELECT chain FROM progress")]


async def test_what_one_met_another_tells_once_it_alerts(
    database: Database, process: Process, bus: Client, log: list[StreamMessage]
):
    """Whoever stands by is ready to: it does not say for ever what has long been mended."""
    await publish(bus, log[:8])
    await process.has_come_to(8)
    other = {CHAIN_HEADER: chain_text(bytes(32))}
    await bus.jetstream().publish(log[8].subject, log[8].body, headers=other)
    await process.has_halted()

    async with sole_writer(database):
        await wait_until(lambda: process.shows("moiety_alerting_diverged") == 0, SECONDS, "it leaves that to the other")
        assert await process.divergence.reason() is None

    await process.has_halted()
