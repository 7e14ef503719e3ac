"""The ledger follows the stream by itself: from its own position on, one process at a time, whatever is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from prometheus_client import CollectorRegistry

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from services.ledger.write.consumer import LedgerMetrics, enter_forever
from shared.bus.connection import connect
from shared.bus.consumer import StreamMessage
from shared.bus.follow import Source
from shared.bus.stream import ensure_stream, stream_config
from shared.testing import wait_until

SECONDS = 20


@pytest.fixture
async def publish(empty_nats):
    """Publish as the relay does: in order, sequence being position."""
    async with connect(empty_nats.url, user="relay", password=empty_nats.passwords["relay"]) as client:
        await ensure_stream(client.jetstream())

        async def publish_all(messages: Sequence[StreamMessage]) -> None:
            for message in messages:
                acknowledged = await client.jetstream().publish(message.subject, message.body)
                assert message.position == acknowledged.seq

        yield publish_all


class Process:
    """What enters events, as one of several."""

    def __init__(self, address, source, signer):
        self._registry = CollectorRegistry()
        metrics = LedgerMetrics(self._registry)
        self.task = asyncio.create_task(enter_forever(address, source, signer, metrics))

    def shows(self, metric: str) -> float:
        return self._registry.get_sample_value(metric) or 0.0

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})


@pytest.fixture
async def start(empty_nats, address, signer) -> AsyncIterator[Callable[..., Awaitable[Process]]]:
    """Start processes that know the log itself, too, as far as the test lets them."""
    started: list[Process] = []
    async with contextlib.AsyncExitStack() as stack:

        async def begin(log: Sequence[StreamMessage] = ()) -> Process:
            async def catch_up(after: int, limit: int) -> Sequence[StreamMessage]:
                return log[after : after + limit]

            password = empty_nats.passwords["ledger"]
            client = await stack.enter_async_context(connect(empty_nats.url, user="ledger", password=password))
            started.append(Process(address, Source(client, catch_up, "ledger"), signer))
            return started[-1]

        yield begin
        for process in started:
            await process.stop()


async def entered(owner, size):
    """Wait until the ledger has so many entries."""

    async def reached() -> bool:
        return bool(await owner.fetchval("SELECT position FROM progress") >= size)

    await wait_until(reached, SECONDS, f"{size} entries")


async def test_what_is_published_is_entered(publish, start, story, owner, signer):
    """From the stream into a ledger that passes every check."""
    await publish(story.messages)
    process = await start()

    await entered(owner, len(story.messages))

    await fsck(Evidence(owner), signer.verifier)
    assert (1, len(story.messages)) == (process.shows("moiety_ledger_active"), process.shows("moiety_ledger_size"))


async def test_another_process_takes_over(publish, start, story, owner, signer):
    """One enters, one stands by; when the first is gone, the second goes on where it was."""
    first = await start()
    await publish(story.messages[:10])
    await entered(owner, 10)
    second = await start()
    assert second.shows("moiety_ledger_active") == 0

    await first.stop()
    await publish(story.messages[10:])

    await entered(owner, len(story.messages))
    assert second.shows("moiety_ledger_active") == 1
    await fsck(Evidence(owner), signer.verifier)


async def test_what_the_stream_has_lost_comes_from_the_log(start, story, owner, empty_nats, signer):
    """A stream that begins late is no reason to begin late."""
    async with connect(empty_nats.url, user="relay", password=empty_nats.passwords["relay"]) as client:
        await client.jetstream().add_stream(stream_config(), first_seq=8)
        for message in story.messages[7:]:
            await client.jetstream().publish(message.subject, message.body)

    await start(story.messages)

    await entered(owner, len(story.messages))
    await fsck(Evidence(owner), signer.verifier)


async def test_a_malformed_message_halts_loudly(publish, start, story, owner):
    """Metric, alarm and the end of entering; what came before stays."""
    messages = [*story.messages]
    messages[12] = messages[12]._replace(body=b"{}")
    await publish(messages)

    process = await start()
    await asyncio.wait_for(process.task, SECONDS)

    assert (1, 0) == (process.shows("moiety_ledger_halted"), process.shows("moiety_ledger_active"))
    assert await owner.fetchval("SELECT position FROM progress") == 12
    assert [(13, "EventMalformed")] == [tuple(row) for row in await owner.fetch("SELECT position, kind FROM alarm")]
