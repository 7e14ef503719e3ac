import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared.bus.stream import READER_API, STREAM, ensure_stream
from shared.embedded.home import Home
from shared.embedded.nats import EmbeddedNats
from shared.testing import wait_until

pytestmark = pytest.mark.servers


@asynccontextmanager
async def connected(server: EmbeddedNats, user: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """Connect as a user; gives the client and what the server complains about."""
    complaints: list[str] = []

    async def complain(error: Exception) -> None:
        complaints.append(str(error).lower())

    client = await nats.connect(
        server.url,
        user=user,
        password=server.passwords[user],
        inbox_prefix=f"_INBOX_{user}".encode(),
        error_cb=complain,
    )
    try:
        yield client, complaints
    finally:
        await client.close()


async def refused(complaints: list[str]) -> None:
    """Wait until the server has said that this was not permitted."""
    await wait_until(lambda: any("permissions violation" in said for said in complaints), 5, "nothing was refused")


async def test_the_relay_makes_the_stream_and_publishes(empty_nats: EmbeddedNats) -> None:
    """It has all it needs."""
    async with connected(empty_nats, "relay") as (client, _):
        await ensure_stream(client.jetstream())
        await client.jetstream().publish("moiety.v1._.party.PartyRegistered", b"{}")

        assert 1 == (await client.jetstream().stream_info(STREAM)).state.last_seq


@pytest.mark.parametrize("user", ["ledger", "notifications", "observer"])
async def test_nobody_but_the_relay_publishes(empty_nats: EmbeddedNats, user: str) -> None:
    """What is on the stream came from the log."""
    async with connected(empty_nats, "relay") as (relay, _):
        await ensure_stream(relay.jetstream())
        async with connected(empty_nats, user) as (client, complaints):
            await client.publish("moiety.v1._.party.PartyRegistered", b"forged")
            await refused(complaints)

        assert 0 == (await relay.jetstream().stream_info(STREAM)).state.last_seq


@pytest.mark.parametrize("user", ["ledger", "notifications", "observer"])
@pytest.mark.parametrize("question", ["STREAM.INFO.MOIETY", "CONSUMER.CREATE.MOIETY.x", "CONSUMER.MSG.NEXT.MOIETY.x"])
async def test_no_reader_can_have_an_answer_stored_as_an_event(
    empty_nats: EmbeddedNats, user: str, question: str
) -> None:
    """NATS does not check a request's reply subject: the answer must not end on the stream."""
    async with connected(empty_nats, "relay") as (relay, _):
        await ensure_stream(relay.jetstream())
        async with connected(empty_nats, user) as (client, _):
            for prefix in (READER_API, "$JS.API"):
                await client.publish(f"{prefix}.{question}", b"", reply="moiety.v1.AGR-1.party.PartyRegistered")
            await client.flush()
            await client.request(f"{READER_API}.STREAM.INFO.MOIETY", b"", timeout=5)  # all before it is done

        assert 0 == (await relay.jetstream().stream_info(STREAM)).state.last_seq


@pytest.mark.parametrize("user", ["relay", "ledger", "observer"])
@pytest.mark.parametrize("verb", ["DELETE", "PURGE"])
async def test_nobody_removes_events(empty_nats: EmbeddedNats, user: str, verb: str) -> None:
    """Not even the relay can delete or purge the stream."""
    async with connected(empty_nats, "relay") as (relay, _):
        await ensure_stream(relay.jetstream())
        async with connected(empty_nats, user) as (client, complaints):
            with pytest.raises(asyncio.TimeoutError):
                await client.request(f"$JS.API.STREAM.{verb}.{STREAM}", timeout=0.3)
            await refused(complaints)

        await relay.jetstream().stream_info(STREAM)


async def test_nobody_listens_on_anothers_inbox(empty_nats: EmbeddedNats) -> None:
    """Answers are seen by who asked."""
    async with connected(empty_nats, "ledger") as (client, complaints):
        await client.subscribe("_INBOX_relay.>")

        await refused(complaints)


async def test_what_was_stored_is_there_after_a_kill(home: Home) -> None:
    """Each message is on the disk before it is acknowledged."""
    home.nats.start()
    async with connected(home.nats, "relay") as (client, _):
        await ensure_stream(client.jetstream())
        await client.jetstream().publish("moiety.v1._.party.PartyRegistered", b"{}")
    home.nats.kill()
    home.nats.start()

    async with connected(home.nats, "relay") as (client, _):
        assert 1 == (await client.jetstream().stream_info(STREAM)).state.last_seq


async def test_a_lost_store_is_empty(home: Home) -> None:
    """As after a lost disk: the stream is gone."""
    home.nats.start()
    async with connected(home.nats, "relay") as (client, _):
        await ensure_stream(client.jetstream())
    home.nats.stop()
    home.nats.lose_store()
    home.nats.start()

    async with connected(home.nats, "relay") as (client, _):
        with pytest.raises(NotFoundError):
            await client.jetstream().stream_info(STREAM)


def test_the_configuration_is_readable_by_its_owner_only(home: Home) -> None:
    """It holds the passwords."""
    home.nats.start()

    assert 0o600 == stat.S_IMODE((home.directory / "nats" / "nats.conf").stat().st_mode)
