"""Who only looks reads the stream by number, and leaves nothing behind."""

import pytest
from nats.aio.client import Client

from shared.bus.held import NotHeld, held
from shared.bus.relay import Relay
from shared.bus.stream import STREAM
from shared.log.postgres import PostgresEventStore
from tests.bus.conftest import ConnectAs, publish_all, record


@pytest.mark.parametrize("last", [0, 1, 999, 1_000, 1_001, 2_500])
async def test_an_observer_reads_what_was_recorded(
    log: PostgresEventStore, relay: Relay, relay_client: Client, connect_as: ConnectAs, last: int
) -> None:
    """The bytes and the numbers of the log, however many batches they are, and no consumer on the server."""
    await record(log, 2_500)
    await publish_all(relay)
    async with connect_as("observer") as observer:
        read = await held(observer, last=last)

    entries = await log.read_log(after=0, limit=2_500)
    assert [(entry.id, entry.state) for entry in entries[:last]] == [(each.position, each.body) for each in read]
    assert 0 == (await relay_client.jetstream().stream_info(STREAM)).state.consumer_count


async def test_what_the_stream_does_not_hold_is_not_waited_for(
    log: PostgresEventStore, relay: Relay, connect_as: ConnectAs
) -> None:
    """An observer is told at once that the stream ends before."""
    await record(log, 3)
    await publish_all(relay)
    async with connect_as("observer") as observer:
        with pytest.raises(NotHeld):
            await held(observer, last=4)
