"""Mail of a process that is killed in the midst of sending it."""

import asyncio
import os
import random
from collections import Counter

import pytest

from services.notifications.mail.sender import TAKEN_PER_CONNECTION
from shared.database import Pool
from shared.testing import MigratedDatabase, Servers, wait_until
from tests.notifications.mail.letterbox import Agreements, noted
from tests.notifications.mail.sink import Sink
from tests.notifications.service import mailing, publishing, running
from tests.notifications.webhooks.receiver import receiving

LONG = "MOIETY_TEST_LONG" in os.environ
LETTERS = 10_000 if LONG else 600
KILLS = 5 if LONG else 2
CONNECTIONS = 4


@pytest.mark.long
async def test_killed_at_any_moment_it_sends_everything(
    servers: Servers, notifications_database: MigratedDatabase, pool: Pool, empty_nats, sink: Sink
):
    """After kill -9, again and again: every letter is taken, under its own id, and little more than once.

    What is taken twice was under way when the process was killed: nobody was left to write down that it was taken.
    """
    chance = random.Random(5)
    ids = await noted(pool, *(f"p{number:05}" for number in range(LETTERS)))
    async with publishing(servers), receiving(Agreements()) as asked:
        service = mailing(
            servers,
            notifications_database,
            sink.port,
            asked.port,
            MOIETY_MAIL_RETRIES_SECONDS="0.2 0.2 0.2",
            MOIETY_MAIL_TIMEOUT_SECONDS="2",
            MOIETY_MAIL_CONNECTIONS=str(CONNECTIONS),
        )
        with running(service):
            for kill in range(1, KILLS + 1):
                so_far = LETTERS * kill // (KILLS + 2)
                await wait_until(lambda so_far=so_far: sink.count() >= so_far, 300, "it sends nothing")  # type: ignore[misc]
                await asyncio.sleep(chance.random() / 10)
                service.kill()
                service.start()
            await wait_until(lambda: none_is_left(pool), 300, lambda: f"{sink.count()} were taken")

    taken = Counter(each.message_id for each in sink.taken())
    assert set(ids) == set(taken)
    assert taken.total() - LETTERS <= KILLS * CONNECTIONS * TAKEN_PER_CONNECTION
    assert [("SENT", LETTERS)] == [
        tuple(row) for row in await pool.fetch("SELECT outcome, count(*) FROM delivery GROUP BY outcome")
    ]


async def none_is_left(pool: Pool) -> bool:
    return not await pool.fetch("SELECT FROM delivery WHERE outcome IS NULL LIMIT 1")
