"""Letters to contributors of a process that is killed in the midst of sending them."""

import os
from collections import defaultdict

import pytest

from shared.database import Pool
from shared.testing import MigratedDatabase, Servers, wait_until
from tests.notifications.mail.contributing import Agreements, link_of, noted, outcomes, text_of
from tests.notifications.mail.sink import Sink
from tests.notifications.service import mailing, publishing, running
from tests.notifications.webhooks.receiver import receiving

LONG = "MOIETY_TEST_LONG" in os.environ
LETTERS = 600 if LONG else 120
KILLS = 5 if LONG else 1
CONNECTIONS = 8
# A part of these.
AT_ONCE = CONNECTIONS // 4


@pytest.mark.long
async def test_killed_at_any_moment_it_asks_everybody(
    servers: Servers, notifications_database: MigratedDatabase, pool: Pool, empty_nats, sink: Sink
):
    """After kill -9, again and again: every letter is taken, and one that is taken twice is the same to the byte.

    So its link is, too: whichever of the two is read, it can be answered.
    """
    letters = await noted(pool, *(f"p{number:04}" for number in range(LETTERS)))
    async with publishing(servers), receiving(Agreements()) as agreements:
        service = mailing(
            servers,
            notifications_database,
            sink.port,
            agreements.port,
            MOIETY_CONTRIBUTORS_URL="https://voice.example",
            MOIETY_MAIL_TIMEOUT_SECONDS="1",
            MOIETY_MAIL_CONNECTIONS=str(CONNECTIONS),
        )
        with running(service):
            for kill in range(1, KILLS + 1):
                so_far = LETTERS * kill // (KILLS + 1)
                await wait_until(lambda so_far=so_far: sink.count() >= so_far, 120, "it sends nothing")  # type: ignore[misc]
                service.kill()
                service.start()
            await wait_until(lambda: _none_waits(pool), 120, lambda: f"{sink.count()} were taken")

    taken = defaultdict(list)
    for each in sink.taken():
        taken[each.message_id].append(each)
    assert {f"<{letter}@moiety.example>" for letter in letters.values()} == taken.keys()
    assert sum(map(len, taken.values())) - LETTERS <= KILLS * AT_ONCE
    for copies in taken.values():
        assert 1 == len({each.content for each in copies})
    assert all(
        f"https://voice.example{link_of(letter)}" in text_of(taken[f"<{letter}@moiety.example>"][0])
        for letter in letters.values()
    )


async def _none_waits(pool: Pool) -> bool:
    return all(outcome == "SENT" for _, outcome, _, _ in await outcomes(pool))
