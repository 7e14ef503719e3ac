"""Letters to a mail server on this machine, against a bare loop of the same library that sends as many at once."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import SMTP
from time import perf_counter
from typing import Final

import aiosmtplib
from prometheus_client import CollectorRegistry

from services.notifications.errors import InboxUnavailable
from services.notifications.live import Wakeups
from services.notifications.mail.digests.store import DigestStore
from services.notifications.mail.letters import Letter, as_sent, compose
from services.notifications.mail.sender import MailMetrics, MailSender, Pace, Stationery
from services.notifications.mail.server import MailServer, Server
from services.notifications.mail.store import MailStore
from services.notifications.recording import MAIL_CHANNEL
from shared.database import Pool
from shared.embedded.child import free_ports, spawn, stop
from shared.parts import Parts
from shared.testing import Servers, block_until, wait_until
from tests.bench.deliver import is_open
from tests.bench.measure import Result, compare, in_turn
from tests.notifications.letters.controls import letter
from tests.notifications.mail.letterbox import everybody, noted

LETTERS: Final = 400
PACE: Final = Pace(retries_seconds=(1,), timeout_seconds=30, connections=8)
STATIONERY: Final = Stationery("alerts@moiety.example", "https://portal.example")
PATIENCE_SECONDS: Final = 120
_UNSEND: Final = "UPDATE delivery SET (outcome, settled_at, sent_hash, not_before) = (NULL, NULL, NULL, now())"


async def mail(servers: Servers) -> list[Result]:
    """Letters a second: written, with what came of each written down and what is under way kept from being lost."""
    served = servers.create("notifications")
    database = served.reached(InboxUnavailable)
    with _taking() as port:
        # Who serves makes no letter unsent.
        async with database.pool() as pool, served.reached_by_owner(InboxUnavailable).pool(most=1) as owner:
            await noted(pool, *(f"p{number}" for number in range(LETTERS)))
            # As the library's own pages send them: what it makes of a message before it is sent is part of it.
            letters = [as_sent(compose(_letter(number))) for number in range(LETTERS)]
            messages = [message_from_bytes(letter, policy=SMTP) for letter in letters]
            server = Server(
                host="127.0.0.1",
                port=port,
                tls_at_once=False,
                starts_tls=False,
                user=None,
                password=None,
                authorities=None,
                sender=STATIONERY.sender,
            )

            async def send() -> float:
                await owner.fetch(_UNSEND)
                wakeups = Wakeups(database, channel=MAIL_CHANNEL)
                metrics = MailMetrics(CollectorRegistry())
                mail_server = MailServer(server, timeout_seconds=PACE.timeout_seconds, connections=PACE.connections)
                sender = MailSender(
                    MailStore(pool), DigestStore(pool), everybody, mail_server, STATIONERY, wakeups, metrics, PACE
                )
                async with Parts() as parts:
                    started = perf_counter()
                    parts.start(sender.run(), name="mail")
                    await wait_until(lambda: _all_sent(pool), PATIENCE_SECONDS, "not everything was taken")
                    return LETTERS / (perf_counter() - started)

            async def send_bare() -> float:
                left = iter(messages)

                async def one_after_another() -> None:
                    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
                        for message in left:
                            await smtp.send_message(message)

                started = perf_counter()
                await asyncio.gather(*(one_after_another() for _ in range(PACE.connections)))
                return LETTERS / (perf_counter() - started)

            mine, theirs = await in_turn(send, send_bare)
    peer_name = f"aiosmtplib sending the same letters, written before, {PACE.connections} at once"
    return [compare("mail", mine, theirs, peer_name=peer_name, goal=0.6, unit="letters/s")]


async def _all_sent(pool: Pool) -> bool:
    return not await pool.fetch("SELECT FROM delivery WHERE outcome IS NULL LIMIT 1")


def _letter(number: int) -> Letter:
    person = f"p{number}"
    return letter(
        {"class_": "legal-critical", "type": "agreements.DisputeOpened.v1", "subject": "dispute:D-1"},
        name=f"Dr. {person}",
        address=f"{person}@HUT.example",
        unsubscribe_url=None,
        message_id=f"<{number:064}@moiety.example>",
    )


@contextlib.contextmanager
def _taking() -> Iterator[int]:
    [port] = free_ports(1)
    sink = spawn([sys.executable, "-m", "tests.bench.mail_sink", str(port)], environment={**os.environ})
    try:
        block_until(lambda: is_open(port), PATIENCE_SECONDS, "nobody takes mail")
        yield port
    finally:
        stop(sink)
