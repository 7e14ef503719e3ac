"""The stream has its settings, whenever it was made."""

import dataclasses
import json
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, StreamConfig
from nats.js.errors import APIError

from shared.bus.connection import connect
from shared.bus.relay import Relay
from shared.bus.stream import MAX_CONSUMERS, READER_API, STREAM, ensure_stream, stream_config
from shared.embedded.nats import USERS, EmbeddedNats
from shared.log.postgres import PostgresEventStore
from tests.bus.conftest import ConnectAs, publish_all, record


async def made_before(client: Client, **settings: object) -> None:
    """Make the stream as it was made before consumers had a bound."""
    config = {**dataclasses.asdict(stream_config()), "max_consumers": None, **settings}
    await client.jetstream().add_stream(StreamConfig(**config))


async def settings_of(client: Client) -> StreamConfig:
    return (await client.jetstream().stream_info(STREAM)).config


async def test_consumers_have_a_bound_in_number_and_none_in_time(relay_client: Client) -> None:
    """The server would delete durable consumers, too, that were not used for a stated time."""
    await ensure_stream(relay_client.jetstream())
    settings = await settings_of(relay_client)

    assert settings.max_consumers == MAX_CONSUMERS
    assert settings.consumer_limits is None or not settings.consumer_limits.inactive_threshold


async def test_an_older_stream_gets_its_bound(log: PostgresEventStore, relay_client: Client) -> None:
    """It keeps its messages and its numbers."""
    await made_before(relay_client)
    await record(log, 3)
    relay = Relay(log, relay_client)
    await relay.resume()
    await publish_all(relay)

    assert (await settings_of(relay_client)).max_consumers == MAX_CONSUMERS
    assert 3 == (await relay_client.jetstream().stream_info(STREAM)).state.last_seq


class LimitedNats(EmbeddedNats):
    """A server whose operator lets the account have fewer consumers than the stream would."""

    def _configure(self) -> Path:
        path = super()._configure()
        settings = json.loads(path.read_text(encoding="utf-8"))
        settings["accounts"]["LOG"]["jetstream"] = {"max_mem": 2**30, "max_file": 2**30, "max_consumers": 10}
        path.write_text(json.dumps(settings), encoding="utf-8")
        return path


async def test_a_stream_that_cannot_be_changed_is_published_on(log: PostgresEventStore, tmp_path: Path) -> None:
    """The bound is a precaution: where the server does not let it be set, events matter more."""
    server = LimitedNats(tmp_path, passwords={"relay": "secret"}, users={"relay": USERS["relay"]})
    server.start()
    try:
        async with connect(server.url, user="relay", password="secret") as client:
            await made_before(client)
            await record(log, 3)
            relay = Relay(log, client)
            await relay.resume()
            await publish_all(relay)

            assert (await settings_of(client)).max_consumers == -1
            assert 3 == (await client.jetstream().stream_info(STREAM)).state.last_seq
    finally:
        server.stop()


async def test_one_consumer_more_is_refused(relay_client: Client, connect_as: ConnectAs) -> None:
    """Not even an administrator makes more than the stream may have."""
    await ensure_stream(relay_client.jetstream())
    async with connect_as("admin") as admin:
        jetstream = admin.jetstream(prefix=READER_API)
        for number in range(MAX_CONSUMERS):
            await jetstream.add_consumer(
                STREAM, ConsumerConfig(name=f"c{number}", mem_storage=True, inactive_threshold=60)
            )

        with pytest.raises(APIError, match="maximum consumers limit reached"):
            await jetstream.add_consumer(STREAM, ConsumerConfig(name="more", mem_storage=True))
