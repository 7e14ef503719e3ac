"""Letters noted in a real database, sent by a sender of this process to a mail server that is another."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from services.notifications.live import Wakeups
from services.notifications.mail.addresses import FindAddresses
from services.notifications.mail.digests.store import DigestStore
from services.notifications.mail.sender import MailMetrics, MailSender, Pace, Stationery
from services.notifications.mail.server import MailServer, Server
from services.notifications.mail.store import MailStore
from services.notifications.recording import MAIL_CHANNEL
from shared.database import Database, Pool
from shared.parts import Parts
from tests.notifications.mail.letterbox import everybody
from tests.notifications.mail.sink import Sink, sinking

QUICK = Pace(retries_seconds=(0.05,) * 9, timeout_seconds=5, connections=4)
STATIONERY = Stationery("alerts@moiety.example", "https://portal.example", "https://notifications.example")
PLAIN = Server(
    host="127.0.0.1",
    port=None,
    tls_at_once=False,
    starts_tls=False,
    user=None,
    password=None,
    authorities=None,
    sender="alerts@moiety.example",
)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with sinking(tmp_path / "sink") as opened:
        yield opened


Sending = Callable[..., AbstractAsyncContextManager[MailSender]]


@pytest.fixture
def sending(database: Database, pool: Pool) -> Sending:
    """Give a sender, at work until the end of the block."""

    @contextlib.asynccontextmanager
    async def at_work(
        server: Server,
        pace: Pace = QUICK,
        find_addresses: FindAddresses = everybody,
        mail_server: MailServer | None = None,
    ) -> AsyncIterator[MailSender]:
        wakeups = Wakeups(database, channel=MAIL_CHANNEL)
        mail_server = mail_server or MailServer(
            server, timeout_seconds=pace.timeout_seconds, connections=pace.connections
        )
        metrics = MailMetrics(CollectorRegistry())
        async with Parts() as parts:
            sender = MailSender(
                MailStore(pool), DigestStore(pool), find_addresses, mail_server, STATIONERY, wakeups, metrics, pace
            )
            parts.start(wakeups.run(), name="mail-listener")
            parts.start(sender.run(), name="mail")
            yield sender
            assert await parts.ended() is None

    return at_work
