"""Connections on which nothing is asked keep nobody out."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import httpx
import pytest

from shared.web.idle import IDLE_PER_ADDRESS, MOST_CONNECTIONS, Idle, allow_files, giving_way
from tests.web.kitchen import WebSettings
from tests.web.test_serving import Kitchen, free_port

MANY = MOST_CONNECTIONS
FEW = 10


def idle(host: str, number: int) -> list[Idle]:
    return [Idle((host, 10_000 + each), received=0) for each in range(number)]


def test_while_there_is_room_nobody_gives_way():
    """Whoever keeps connections open does so for a reason."""
    assert {} == giving_way(idle("192.0.2.1", 700), open_connections=700)


def test_whoever_has_most_gives_way_and_the_longest_idle_first():
    """Everybody keeps as many as anybody may, and those who have fewer keep all."""
    greedy, modest = idle("192.0.2.1", 1_000), idle("192.0.2.2", FEW)

    assert {"192.0.2.1": greedy[:-IDLE_PER_ADDRESS]} == giving_way([*modest, *greedy], MANY)


def test_many_who_have_few_each_keep_them():
    """Against these nothing helps here: a proxy or a firewall in front has to know who they are."""
    assert {} == giving_way([each for host in range(50) for each in idle(f"192.0.2.{host}", 20)], MANY)


@pytest.fixture
async def kitchen(settings: WebSettings) -> AsyncIterator[Kitchen]:
    allow_files(4 * MOST_CONNECTIONS)
    kitchen = await Kitchen.start("ready", free_port(), settings.jwks)
    await kitchen.said("serving")
    yield kitchen
    kitchen.process.kill()
    await kitchen.ended()


@contextlib.asynccontextmanager
async def silent(kitchen: Kitchen, number: int) -> AsyncIterator[list[socket.socket]]:
    """Hold connections on which nothing is said."""
    port = int(kitchen.url.rpartition(":")[2])
    with contextlib.ExitStack() as held:
        loop = asyncio.get_running_loop()
        sockets = [held.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.setblocking(False)  # noqa: FBT003  # the standard library takes it so
        await asyncio.gather(*(loop.sock_connect(each, ("127.0.0.1", port)) for each in sockets))
        yield sockets


@pytest.mark.stack
@pytest.mark.parametrize("number", [MOST_CONNECTIONS + 100, 2 * MOST_CONNECTIONS - 200])
async def test_silent_connections_keep_no_newcomer_out(kitchen: Kitchen, number: int):
    """As many as the server holds, and more, from one address: another is answered within seconds, and is told of."""
    async with silent(kitchen, number), httpx.AsyncClient(base_url=kitchen.url, timeout=8) as newcomer:
        answer = await newcomer.get("/health/live")
    closed = await kitchen.said("idle-closed")

    assert 200 == answer.status_code
    assert ("127.0.0.1", "warning") == (closed["address"], closed["level"].lower())


@pytest.mark.stack
async def test_what_is_being_asked_goes_on(kitchen: Kitchen):
    """A stream that was there first, and an answer that takes long, come to nobody's harm."""
    async with (
        httpx.AsyncClient(base_url=kitchen.url, timeout=20) as client,
        client.stream("GET", "/stream") as stream,
    ):
        beats = stream.aiter_lines()
        assert await anext(beats)
        async with silent(kitchen, MOST_CONNECTIONS + 100):
            answer = await client.get("/slow")
            await kitchen.said("idle-closed")
            later = [await anext(beats) for _ in range(5)]

    assert (200, 5) == (answer.status_code, len(later))
