"""Digests of a process that is killed in the midst of gathering and sending them."""

import asyncio
import os
import random
from collections import Counter, defaultdict
from email import message_from_bytes
from email.policy import SMTP

import pytest

from services.notifications.mail.preferences import Digest, Preferences
from services.notifications.mail.recipients import digest_message_id
from services.notifications.mail.store import MailStore
from shared.database import Pool
from shared.testing import MigratedDatabase, Servers, wait_until
from tests.notifications.letters.controls import text_of
from tests.notifications.mail.letterbox import Agreements, noted
from tests.notifications.mail.sink import Sink
from tests.notifications.mail.test_killed import none_is_left
from tests.notifications.service import mailing, publishing, running
from tests.notifications.webhooks.receiver import receiving

LONG = "MOIETY_TEST_LONG" in os.environ
READERS = 1_000 if LONG else 80
EACH = 10 if LONG else 6
KILLS = 5 if LONG else 3
_ABOUT_EACH = "UPDATE alert SET subject = 'dispute:D-' || id, link = '/v1/disputes/D-' || id"
_IT_IS_TIME = "UPDATE delivery SET held_for = 'DIGEST', held_until = now()"


@pytest.mark.long
async def test_killed_at_any_moment_each_alert_is_in_one_digest(
    servers: Servers, notifications_database: MigratedDatabase, pool: Pool, owner: Pool, empty_nats, sink: Sink
):
    """After kill -9, again and again: no alert is lost, none is in two digests, and what is repeated is the same.

    At the moment for which they waited, all of them at once.
    """
    chance = random.Random(11)
    readers = [f"p{number:05}" for number in range(READERS)]
    for reader in readers:
        await MailStore(pool).prefer("HUT", reader, Preferences(digest=Digest(every="DAILY", hour=8)))
    await noted(pool, *(reader for _ in range(EACH) for reader in readers), class_="reminder")
    await owner.fetch(_ABOUT_EACH)
    await owner.fetch(_IT_IS_TIME)
    async with publishing(servers), receiving(Agreements()) as asked:
        service = mailing(
            servers,
            notifications_database,
            sink.port,
            asked.port,
            MOIETY_MAIL_RETRIES_SECONDS="0.2 0.2 0.2",
            MOIETY_MAIL_TIMEOUT_SECONDS="2",
        )
        with running(service):
            for kill in range(1, KILLS + 1):
                so_far = READERS * kill // (KILLS + 2)
                await wait_until(lambda so_far=so_far: sink.count() >= so_far, 300, "it sends nothing")  # type: ignore[misc]
                await asyncio.sleep(chance.random() / 10)
                service.kill()
                service.start()
            await wait_until(lambda: none_is_left(pool), 300, lambda: f"{sink.count()} were taken")

    bytes_of = defaultdict(set)
    for each in sink.taken():
        bytes_of[each.message_id].add(each.content)
    assert READERS == len(bytes_of)
    assert {1} == {len(contents) for contents in bytes_of.values()}
    told = Counter(
        line.rpartition("/v1/disputes/D-")[2]
        for [content] in bytes_of.values()
        for line in text_of(message_from_bytes(content, policy=SMTP)).splitlines()
        if "/v1/disputes/D-" in line
    )
    assert {f"alr-{number}": 1 for number in range(READERS * EACH)} == told
    rows = await pool.fetch("SELECT person, digest, outcome FROM delivery")
    assert {"SENT"} == {row["outcome"] for row in rows}
    names = {f"<{digest_message_id(row['digest'], row['person'])}@moiety.example>" for row in rows}
    assert names == bytes_of.keys()
