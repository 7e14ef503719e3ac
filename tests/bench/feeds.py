"""From the log's stream onto the streams of ten parties, against the ledger's entering the same events."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Final, NamedTuple

from nats.aio.client import Client
from nats.js.errors import NotFoundError
from prometheus_client import CollectorRegistry

from services.ledger.errors import LedgerUnavailable
from services.ledger.tree.note import Signer
from services.ledger.write.store import sole_writer as sole_ledger_writer
from services.ledger.write.writer import Writer
from services.notifications.consumer import Alerting, ConsumerMetrics
from services.notifications.errors import InboxUnavailable
from services.notifications.store import sole_writer
from shared.bus.connection import connect
from shared.bus.consumer import Received, StreamMessage, batches
from shared.bus.history import linked
from shared.bus.relay import Mirror
from shared.embedded.child import spawn, stop
from shared.log.chain import START, Head
from shared.log.parties import stream_of
from shared.testing import MigratedDatabase, Servers, is_ready, wait_until
from tests.bench.measure import Result, compare, in_turn
from tests.ledger.story import Story

EVENTS: Final = 10_000
PAIRS: Final = tuple((f"P-{2 * number}", f"P-{2 * number + 1}") for number in range(5))
PATIENCE_SECONDS: Final = 60


async def feeds(servers: Servers) -> list[Result]:
    """Events a second, of which each concerns two of ten parties, with the alerts of all of them."""
    messages = told(EVENTS).messages

    async def onto_streams() -> float:
        database = servers.create("notifications")
        await _publish(servers, messages)
        passwords = servers.nats.passwords
        with _mirroring(servers, database) as url:
            await wait_until(lambda: is_ready(url), PATIENCE_SECONDS, "the streams are filled")
            async with (
                connect(servers.nats.url, user="feeds", password=passwords["feeds"]) as parties,
                connect(
                    servers.nats.url, user="notifications", password=servers.nats.passwords["notifications"]
                ) as log,
                sole_writer(database.reached(InboxUnavailable)) as store,
            ):
                alerting = Alerting(store, ConsumerMetrics(CollectorRegistry()))
                await alerting.resume()
                started = perf_counter()
                async for batch in _followed(log, "notifications", len(messages)):
                    await alerting.take(batch)
                expected = {party: head.number for party, head in (await store.heads(None)).items()}
                await wait_until(lambda: _have(parties, expected), PATIENCE_SECONDS, "every stream is its feed")
                rate = len(messages) / (perf_counter() - started)
        servers.drop(database)
        return rate

    async def into_the_ledger() -> float:
        database = servers.create("ledger")
        await _publish(servers, messages)
        async with (
            connect(servers.nats.url, user="ledger", password=servers.nats.passwords["ledger"]) as log,
            sole_ledger_writer(database.reached(LedgerUnavailable)) as store,
        ):
            writer = Writer(store, Signer.generate("ledger.example/moiety"))
            await writer.resume()
            started = perf_counter()
            async for batch in _followed(log, "ledger", len(messages)):
                await writer.enter(batch)
            rate = len(messages) / (perf_counter() - started)
        servers.drop(database)
        return rate

    mine, theirs = await in_turn(onto_streams, into_the_ledger)
    return [compare("feeds", mine, theirs, peer_name="enter: the same into the ledger", goal=0.5, unit="events/s")]


def told(events: int) -> Story:
    """Tell of five pairs of parties, and what each of them contributes in its own agreement."""
    story = Story()
    for party in (party for pair in PAIRS for party in pair):
        story.register(party)
    for number, pair in enumerate(PAIRS):
        story.agreement = f"AGR-{number}"
        story.agree(pair)
        story.engage(f"W-{number}", pair[0], project=f"PRJ-{number}")
        story.disclose(f"INV-{number}", project=f"PRJ-{number}", E1="1/1")
    while story.position < events:
        number = story.position % len(PAIRS)
        story.agreement = f"AGR-{number}"
        story.contribute(f"W-{number}", "E1", "1/1", invention=f"INV-{number}")
    return story


class _Entry(NamedTuple):
    id: int
    subject: str
    state: bytes
    chain: bytes
    traceparent: str | None = None
    beside: Mapping[str, str] = {}


class _Told:
    """A log that holds what was told, and nothing else."""

    def __init__(self, messages: Sequence[StreamMessage]) -> None:
        self._entries = [_Entry(each.position, each.subject, each.body, each.chain) for each in messages]

    async def read_log(self, *, after: int, limit: int) -> Sequence[_Entry]:
        return self._entries[after : after + limit]

    async def head(self) -> Head:
        return Head(self._entries[-1].id, self._entries[-1].chain)


async def _publish(servers: Servers, messages: Sequence[StreamMessage]) -> None:
    """Have the log's stream hold the messages, and no other stream be there."""
    await asyncio.to_thread(servers.empty_nats)
    async with connect(servers.nats.url, user="relay", password=servers.nats.passwords["relay"]) as client:
        mirror = Mirror(_Told(messages), client)
        await mirror.resume()
        while await mirror.publish_next():
            pass


async def _followed(client: Client, consumer: str, last: int) -> AsyncIterator[list[StreamMessage]]:
    """Yield what is published, in batches, up to a position."""
    followed = START

    async def nothing_missed(_after: int, _limit: int) -> list[Received]:
        return []

    async for received in batches(client, consumer=consumer, after=0, catch_up=nothing_missed):
        yield (each := linked(followed, received))
        followed = Head(each[-1].position, each[-1].chain)
        if followed.position >= last:
            return


@contextlib.contextmanager
def _mirroring(servers: Servers, database: MigratedDatabase) -> Iterator[str]:
    """Run the process that fills the parties' streams, and give its address."""
    environment = {
        **servers.home.environment("feeds"),
        "MOIETY_DATABASE_URL": database.dsn,
        "MOIETY_LOG_LEVEL": "ERROR",
    }
    child = spawn([sys.executable, "-m", "services.notifications.streams"], environment=environment)
    try:
        yield servers.home.url("feeds")
    finally:
        stop(child)


async def _have(client: Client, expected: dict[str, int]) -> bool:
    jetstream = client.jetstream()
    try:
        infos = [await jetstream.stream_info(stream_of(party)) for party in expected]
    except NotFoundError:
        return False
    return [info.state.last_seq for info in infos] == list(expected.values())
