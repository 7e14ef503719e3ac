"""Webhooks of a process that is killed in the midst of work, to receivers that often fail."""

import asyncio
import contextlib
import os
import random
from collections import Counter
from typing import Any

import httpx
import pytest

from shared.database import Pool
from shared.testing import MigratedDatabase, Servers, wait_until
from tests.notifications.feeding import feed
from tests.notifications.service import Service, publishing
from tests.notifications.webhooks.receiver import OK, Got, Receiver, Said, receiving

LONG = "MOIETY_TEST_LONG" in os.environ
WEBHOOKS = 10_000 if LONG else 800
RECEIVERS = 4
KILLS = 5 if LONG else 2
UNDER_WAY = 64
FAILING = 0.3
# Every attempt fails with the same chance: after so many hardly one event in a thousand million is left.
RETRIES = " ".join(["0.2"] * 19)


def failing_at_times(seed: int) -> Receiver:
    receiver, chance = Receiver(), random.Random(seed)

    def answer(_got: Got) -> Said:
        return OK if chance.random() >= FAILING else (chance.choice((500, 502, 503)), b"", b"")

    receiver.answers = answer
    return receiver


async def set_up(service: Service, receivers: list[Receiver]) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=service.url, headers=service.headers("HUT")) as http:
        for number, receiver in enumerate(receivers):
            made = await http.put(f"/v1/webhooks/w-{number}", json={"url": receiver.url})
            verified = await http.post(f"/v1/webhooks/w-{number}/verify")
            assert (made.status_code, verified.status_code) == (200, 200), (made.text, verified.text)


async def left(pool: Pool, events: int) -> Any:
    """How much is not delivered yet, by webhook."""
    rows = await pool.fetch(
        """
        SELECT name, state, $1 - reached + (SELECT count(*) FROM webhook_delivery WHERE webhook = webhook.id) AS left
        FROM webhook ORDER BY name
        """,
        events,
    )
    return [tuple(row) for row in rows]


@pytest.mark.long
async def test_killed_at_any_moment_it_delivers_everything(
    servers: Servers, notifications_database: MigratedDatabase, pool: Pool, empty_nats
):
    """After kill -9, again and again: all of it is taken, under the same ids, and little more than once.

    What is taken twice was under way when the process was killed: nobody was left to write down that it was taken.
    """
    chance, events = random.Random(5), WEBHOOKS // RECEIVERS
    await feed(pool, "HUT", events)
    service = Service(
        servers,
        notifications_database,
        MOIETY_ENVIRONMENT="development",
        MOIETY_WEBHOOK_RETRIES_SECONDS=RETRIES,
        MOIETY_WEBHOOK_TIMEOUT_SECONDS="2",
        MOIETY_WEBHOOKS_UNDER_WAY=str(UNDER_WAY),
    )
    async with publishing(servers), contextlib.AsyncExitStack() as stack:
        receivers = [failing_at_times(seed) for seed in range(RECEIVERS)]
        for receiver in receivers:
            await stack.enter_async_context(receiving(receiver))
        service.start()
        await service.ready()
        await set_up(service, receivers)
        for kill in range(1, KILLS + 1):
            so_far = WEBHOOKS * kill // (KILLS + 2)
            await wait_until(lambda so_far=so_far: taken(receivers) >= so_far, 300, "it sends nothing")  # type: ignore[misc]
            await asyncio.sleep(chance.random() / 10)
            service.kill()
            service.start()
        try:
            await wait_until(lambda: all_delivered(pool, events), 300, lambda: f"{taken(receivers)} were taken")
        finally:
            service.stop()
        assert [("ACTIVE", 0)] * RECEIVERS == [(state, some) for _, state, some in await left(pool, events)]

    for receiver in receivers:
        ids = {(got.number, got.headers["webhook-id"]) for got in receiver.events}
        assert (events, events) == (len(ids), len({number for number, _ in ids}))
        assert {identifier for _, identifier in ids} == set(receiver.taken)
    repeated = sum(count - 1 for receiver in receivers for count in Counter(receiver.taken).values())
    assert repeated <= KILLS * UNDER_WAY


def taken(receivers: list[Receiver]) -> int:
    return sum(len(receiver.taken) for receiver in receivers)


async def all_delivered(pool: Pool, events: int) -> bool:
    return all(some == 0 for _, _, some in await left(pool, events))
