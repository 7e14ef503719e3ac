"""A position counts one history: a log that goes on under the same numbers after another past is never published."""

import asyncio

import asyncpg
import pytest
from nats.aio.client import Client

from shared.bus.relay import ONE_BY_ONE, Relay, StreamDiverged
from shared.bus.stream import CHAIN_HEADER, STREAM, stream_config
from shared.log.chain import chain_after, chain_seed, chain_text
from shared.log.hold import HeldLog
from shared.log.postgres import PostgresEventStore
from shared.log.store import LogOnHold, LogUnavailable
from shared.testing import MigratedDatabase
from tests.bus.conftest import publish_all, record
from tests.log.controls import an_append

DEADLINE_SECONDS = 30


async def go_back(database: MigratedDatabase, position: int) -> None:
    """Let the log be as it was at a position: a restored backup, or a stale standby that was promoted."""
    owner = await asyncpg.connect(database.owner_dsn, password=database.owner_password)
    try:
        await owner.execute("DELETE FROM event WHERE position > $1", position)
        await owner.execute(
            "UPDATE log_head SET (position, chain) = (SELECT position, chain FROM event WHERE position = $1)", position
        )
    finally:
        await owner.close()


async def change(database: MigratedDatabase, position: int, body: bytes) -> None:
    """Change a row by hand, as only the owner of the database can."""
    owner = await asyncpg.connect(database.owner_dsn, password=database.owner_password)
    try:
        await owner.execute("UPDATE event SET body = $2 WHERE position = $1", position, body)
    finally:
        await owner.close()


async def messages_of(client: Client) -> list[tuple[bytes, dict[str, str]]]:
    stream = client.jetstream()
    last = (await stream.stream_info(STREAM)).state.last_seq
    found = [await stream.get_msg(STREAM, sequence, direct=True) for sequence in range(1, last + 1)]
    return [(message.data or b"", message.headers or {}) for message in found]


async def test_the_last_message_of_every_batch_carries_the_chain(
    log: PostgresEventStore, relay: Relay, relay_client: Client
) -> None:
    """So does what is in none. Whoever follows works it out from the bodies and compares; these know nothing of it."""
    for events in (2, 1, ONE_BY_ONE + 1):
        await record(log, events)
        await publish_all(relay)

    worked_out = chain_seed()
    carried = []
    for number, (body, headers) in enumerate(await messages_of(relay_client), start=1):
        worked_out = chain_after(worked_out, body)
        if CHAIN_HEADER in headers:
            carried.append(number)
            assert chain_text(worked_out) == headers[CHAIN_HEADER]

    assert [1, 2, 3, 3 + ONE_BY_ONE + 1] == carried


async def test_the_stream_says_whose_history_it_is(relay: Relay, relay_client: Client) -> None:
    """Its configuration names the log, so that one day there can be others."""
    assert relay.published == 0
    info = await relay_client.jetstream().stream_info(STREAM)

    assert (info.config.metadata or {})["moiety-log"] == "0"


async def test_a_stream_from_before_it_was_named_is_named(log: PostgresEventStore, relay_client: Client) -> None:
    """What is published stays; only the configuration is completed."""
    unnamed = stream_config()
    unnamed.metadata = None
    await relay_client.jetstream().add_stream(unnamed)
    await record(log, 2)

    relay = Relay(log, relay_client)
    await relay.resume()
    await publish_all(relay)

    info = await relay_client.jetstream().stream_info(STREAM)
    assert ("0", 2) == ((info.config.metadata or {})["moiety-log"], info.state.last_seq)


async def test_a_log_that_went_back_and_went_on_is_noticed_at_its_first_other_event(
    log_database: MigratedDatabase, log: PostgresEventStore, relay: Relay, relay_client: Client
) -> None:
    """Ten were published, the log came back with eight of them and recorded four others: the stream stays at ten."""
    await record(log, 10)
    await publish_all(relay)
    await go_back(log_database, 8)
    await record(log, 4)

    with pytest.raises(StreamDiverged) as diverged:
        await asyncio.wait_for(relay.run(), DEADLINE_SECONDS)

    assert 10 <= diverged.value.position <= 11
    assert diverged.value.expected != diverged.value.got
    assert 10 == (await relay_client.jetstream().stream_info(STREAM)).state.last_seq


async def test_a_running_relay_compares_every_batch_it_reads(
    log_database: MigratedDatabase, log: PostgresEventStore, relay: Relay
) -> None:
    """It knows what it published without asking the stream again: the difference is named at the very position."""
    await record(log, 10)
    await publish_all(relay)
    await go_back(log_database, 8)
    await record(log, 4)

    with pytest.raises(StreamDiverged) as diverged:
        await relay.publish_next()

    assert 11 == diverged.value.position


async def test_a_log_that_lost_its_end_is_noticed_though_nothing_follows(
    log_database: MigratedDatabase, log: PostgresEventStore, relay: Relay
) -> None:
    """Idle as well: a log below what was published of it is another history to come."""
    await record(log, 10)
    await publish_all(relay)
    running = asyncio.create_task(relay.run())
    await go_back(log_database, 8)

    with pytest.raises(StreamDiverged, match="its end at position 8"):
        await asyncio.wait_for(running, DEADLINE_SECONDS)


async def test_a_restarted_relay_notices_what_happened_while_it_was_away(
    log_database: MigratedDatabase, log: PostgresEventStore, relay: Relay, relay_client: Client
) -> None:
    """The stream's last message says which history it ends; the same bytes after another past are another history."""
    await record(log, 3)
    await log.append(an_append("jar:SAME", 1))
    await publish_all(relay)
    await go_back(log_database, 2)
    await record(log, 1)
    await log.append(an_append("jar:SAME", 1))

    with pytest.raises(StreamDiverged) as diverged:
        await Relay(log, relay_client).resume()

    assert 4 == diverged.value.position


async def test_a_log_on_hold_records_nothing(log_database: MigratedDatabase, log: PostgresEventStore) -> None:
    """The fork stops growing: by whatever process, and the first reason stays."""
    await record(log, 2)
    # The owner may what the relay may.
    async with log_database.reached_by_owner(LogUnavailable).pool() as pool:
        held = HeldLog(pool)
        assert await held.held() is None
        await held.hold(2, expected="sha256:aa", got="sha256:bb")
        await held.hold(1, expected="sha256:cc", got="sha256:dd")
        reason = await held.held()

    for _ in range(2):
        with pytest.raises(LogOnHold):
            await record(log, 1)
    assert reason is not None
    assert (2, "sha256:aa", "sha256:bb") == reason[:3]
    assert 2 == (await log.head()).position
