"""Inboxes on a real database, used with no more rights than the service has, and a client of their API."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.di import Provide
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from services.notifications.app import ROUTES
from services.notifications.consumer import Alerting, ConsumerMetrics
from services.notifications.consumers.api import ROUTES as CONSUMERS
from services.notifications.consumers.store import ConsumerStore
from services.notifications.contributors.store import ContributorLetters
from services.notifications.errors import InboxUnavailable
from services.notifications.evidence.proofs import Inclusion, Proofs
from services.notifications.feeds.checkpoints import Checkpoints
from services.notifications.feeds.feed import PartyFeed
from services.notifications.feeds.store import FeedReader
from services.notifications.inbox.store import Inbox
from services.notifications.live import LiveInbox, Wakeups
from services.notifications.mail.store import MailStore
from services.notifications.recording import FEED_CHANNEL
from services.notifications.store import sole_writer
from services.notifications.webhooks.post import Poster
from services.notifications.webhooks.register import Register
from shared.bus.connection import connect
from shared.database import Database, Pool
from shared.embedded.nats import EmbeddedNats
from shared.parts import Parts
from shared.settings import Settings
from shared.testing import MigratedDatabase
from shared.web.app import create_app
from shared.web.issuer import LocalIssuer
from tests.bus.partners import stay_furnished
from tests.notifications.feeding import Feeds

ISSUER = "https://issuer.example"
AUDIENCE = "moiety"


@pytest.fixture
def database(notifications_database: MigratedDatabase) -> Database:
    return notifications_database.reached(InboxUnavailable)


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    async with database.pool() as opened:
        yield opened


@pytest.fixture
async def owner(notifications_database: MigratedDatabase) -> AsyncIterator[Pool]:
    """The same database as its owner, who may do what the service may not."""
    async with notifications_database.reached_by_owner(InboxUnavailable).pool() as opened:
        yield opened


@pytest.fixture
async def feeds(pool: Pool, owner: Pool) -> Feeds:
    """The feeds of HUT and ATRC, which are empty."""
    feeds = Feeds(pool, owner)
    for party in ("HUT", "ATRC"):
        await feeds.open(party)
    return feeds


@pytest.fixture
async def feeds_client(empty_nats: EmbeddedNats) -> AsyncIterator[Client]:
    """A connection of who fills the parties' streams."""
    async with connect(empty_nats.url, user="feeds", password=empty_nats.passwords["feeds"]) as client:
        await stay_furnished(client)
        yield client


@pytest.fixture
def inbox(pool: Pool) -> Inbox:
    return Inbox(pool)


@pytest.fixture
def metrics() -> ConsumerMetrics:
    return ConsumerMetrics(CollectorRegistry())


@pytest.fixture
async def alerting(database: Database, metrics: ConsumerMetrics) -> AsyncIterator[Alerting]:
    """What alerts, having read how far it has come: nowhere yet."""
    async with sole_writer(database) as store:
        opened = Alerting(store, metrics)
        await opened.resume()
        yield opened


@pytest.fixture
def issuer() -> LocalIssuer:
    return LocalIssuer.with_new_key(issuer=ISSUER, audience=AUDIENCE)


@pytest.fixture
async def wakeups(database: Database) -> AsyncIterator[Wakeups]:
    """What wakes whoever waits for a party's feed, listening."""
    wakeups = Wakeups(database, channel=FEED_CHANNEL)
    async with Parts() as parts:
        parts.start(wakeups.run(), name="feed-listener")
        yield wakeups


class Ledger:
    """What a ledger answers that is asked for its newest checkpoint."""

    def __init__(self) -> None:
        self.size: int | None = 0
        self.asked = 0

    @property
    def note(self) -> str:
        return f"moiety.example/ledger\n{self.size}\nAAAA\n\n\N{EM DASH} moiety.example/ledger BBBB\n"

    async def prove(self, position: int, size: int, token: str) -> Inclusion:  # one that has no tree
        raise httpx.ConnectError("nobody there")

    async def newest(self) -> str:
        self.asked += 1
        if self.size is None:
            raise httpx.ConnectError("nobody there")
        return self.note


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
async def client(  # what the service is made of
    database: Database, pool: Pool, inbox: Inbox, wakeups: Wakeups, ledger: Ledger, issuer: LocalIssuer, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    issuer.write_jwks(tmp_path / "jwks.json")
    poster = Poster(timeout_seconds=2, most=10, development=True)
    party_feed, checkpoints = PartyFeed(FeedReader(pool), wakeups), Checkpoints(ledger.newest)
    live_inbox, consumers = LiveInbox(inbox, Wakeups(database)), ConsumerStore(pool)
    proofs = Proofs(checkpoints, ledger.prove)
    app = create_app(
        service="notifications",
        settings=Settings(
            service="notifications", http_port=1, issuer=ISSUER, audience=AUDIENCE, jwks=str(tmp_path / "jwks.json")
        ),
        routes=[*ROUTES, CONSUMERS],
        dependencies={
            "inbox": Provide(lambda: inbox, sync_to_thread=False),
            "live_inbox": Provide(lambda: live_inbox, sync_to_thread=False),
            "party_feed": Provide(lambda: party_feed, sync_to_thread=False),
            "checkpoints": Provide(lambda: checkpoints, sync_to_thread=False),
            "proofs": Provide(lambda: proofs, sync_to_thread=False),
            "consumers": Provide(lambda: consumers, sync_to_thread=False),
            "register": Provide(lambda: Register(pool), sync_to_thread=False),
            "mail_store": Provide(lambda: MailStore(pool), sync_to_thread=False),
            "contributor_letters": Provide(lambda: ContributorLetters(pool), sync_to_thread=False),
            "poster": Provide(lambda: poster, sync_to_thread=False),
        },
    )
    # In this event loop, which the database's connections belong to.
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # an ASGI application, typed by another name
    async with poster, httpx.AsyncClient(transport=transport, base_url="http://notifications") as opened:
        yield opened


@pytest.fixture
def hut(issuer: LocalIssuer) -> dict[str, Any]:
    """The headers of a representative of HUT."""
    return {"Authorization": f"Bearer {issuer.mint('hut-1', party='HUT', roles=['representative'])}"}


@pytest.fixture
def hut_system(issuer: LocalIssuer) -> dict[str, Any]:
    """The headers of HUT's partner system."""
    return {"Authorization": f"Bearer {issuer.mint('hut-machine', party='HUT', roles=['partner'])}"}


@pytest.fixture
def atrc(issuer: LocalIssuer) -> dict[str, Any]:
    """The headers of a representative of ATRC."""
    return {"Authorization": f"Bearer {issuer.mint('atrc-1', party='ATRC', roles=['representative'])}"}


@pytest.fixture
def atrc_system(issuer: LocalIssuer) -> dict[str, Any]:
    """The headers of ATRC's own system."""
    return {"Authorization": f"Bearer {issuer.mint('atrc-system', party='ATRC', roles=['partner'])}"}


@pytest.fixture
def operator(issuer: LocalIssuer) -> dict[str, Any]:
    return {"Authorization": f"Bearer {issuer.mint('operator-1', roles=['operator'])}"}


@pytest.fixture
def auditor(issuer: LocalIssuer) -> dict[str, Any]:
    return {"Authorization": f"Bearer {issuer.mint('auditor-1', roles=['auditor'])}"}
