"""The notifications service: a consumer that alerts, and an HTTP API that shows the alerts, now and live."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import httpx
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from prometheus_client import CollectorRegistry, Gauge

from services.notifications.alarms.alarming import AlarmMetrics, alarm_forever, alarms_from
from services.notifications.consumer import ConsumerMetrics, Divergence, alert_forever
from services.notifications.consumers.api import ROUTES as CONSUMERS
from services.notifications.consumers.store import ConsumerStore
from services.notifications.contributors.api import ROUTES as CONTRIBUTOR_ROUTES
from services.notifications.contributors.sender import ContributorDesk
from services.notifications.contributors.store import ContributorLetters
from services.notifications.errors import InboxUnavailable
from services.notifications.escalations.escalating import EscalationMetrics, escalate_forever
from services.notifications.evidence.api import ROUTES as EVIDENCE
from services.notifications.evidence.proofs import proofs_from
from services.notifications.feeds.api import ROUTES as FEED_ROUTES
from services.notifications.feeds.checkpoints import checkpoints_from
from services.notifications.feeds.feed import PartyFeed
from services.notifications.feeds.store import FeedReader
from services.notifications.inbox.api import ROUTES as INBOX_ROUTES
from services.notifications.inbox.store import Inbox
from services.notifications.live import LiveInbox, Wakeups
from services.notifications.looking import today_from
from services.notifications.mail.api import ROUTES as MAIL_ROUTES
from services.notifications.mail.sender import PostOffice
from services.notifications.mail.store import MailStore
from services.notifications.notices.proving import NoticeMetrics, Proving, prove_forever
from services.notifications.passing_on import PassingOn, pass_on_forever
from services.notifications.recording import FEED_CHANNEL
from services.notifications.reminders.reminding import ReminderMetrics, deadlines_from, remind_forever
from services.notifications.webhooks.api import ROUTES as WEBHOOK_ROUTES
from services.notifications.webhooks.register import Register
from services.notifications.webhooks.sender import SenderMetrics, sending
from shared.bus.follow import between_services, published
from shared.database import Database, Pool
from shared.migrate import await_migrated, folder_of
from shared.parts import Parts
from shared.settings import Settings
from shared.web.app import create_app
from shared.web.edge import Application
from shared.web.kept import Kept

ROUTES: Final = [*INBOX_ROUTES, *EVIDENCE, *FEED_ROUTES, *WEBHOOK_ROUTES, *MAIL_ROUTES, *CONTRIBUTOR_ROUTES]

_PROVIDED: Final = (
    *("inbox", "live_inbox", "party_feed", "checkpoints", "proofs", "consumers"),
    *("register", "poster", "mail_store", "contributor_letters"),
)


def create(settings: Settings) -> Application:
    """Return the service's application; it alerts and listens from its start to its stop."""
    state = State()
    registry = CollectorRegistry()
    post = PostOffice.of(settings, registry)
    desk = ContributorDesk(settings, post)
    watched = _Watched(settings, registry)
    divergence = Divergence(watched.alerting)

    @asynccontextmanager
    async def alerting(_app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = Database(settings.database_url, settings.database_password, InboxUnavailable)
            await await_migrated(database, folder_of("notifications"), timeout_seconds=settings.start_timeout_seconds)
            pool = state.pool = await stack.enter_async_context(database.pool())
            http = await stack.enter_async_context(between_services())
            source = await stack.enter_async_context(published(settings, http))
            wakeups, feed_wakeups = Wakeups(database), Wakeups(database, channel=FEED_CHANNEL)
            watched.follow(wakeups, feed_wakeups)
            _read_from(state, pool, wakeups, feed_wakeups)
            state.checkpoints = checkpoints_from(http, settings.ledger_url, settings.service_token)
            state.proofs = proofs_from(http, settings.ledger_url, state.checkpoints)
            state.poster, sender = await stack.enter_async_context(
                sending(settings, database, feed_wakeups, watched.sending)
            )
            parts = state.parts = await stack.enter_async_context(Parts())
            await post.open(stack, settings, database, http, parts)
            await desk.open(stack, settings, database, http, parts)
            parts.start(
                alert_forever(database, source, watched.alerting, divergence, writes=post.writes, asks=desk.asks),
                name="consumer",
            )
            parts.start(watched.alerting.lag.watch(state.inbox.alerted, source.last_recorded), name="lag")
            _start_between(parts, settings, database, http, watched, writes=post.writes)
            parts.start(wakeups.run(), name="listener")
            parts.start(feed_wakeups.run(), name="feed-listener")
            parts.start(sender.run(), name="webhooks")
            yield

    async def database_answers() -> str | None:
        await state.pool.fetch("SELECT 1")
        return None

    async def consumer_runs() -> str | None:
        parts: Parts = state.parts
        return await parts.ended()

    checks = {"database": database_answers, "consumer": consumer_runs, "lag": watched.alerting.lag.behind}
    checks |= {"history": divergence.reason, "notices": watched.proving.reason}
    return create_app(
        service="notifications",
        settings=settings,
        routes=[*ROUTES, CONSUMERS],
        lifespan=[alerting],
        readiness={**checks, **post.readiness, **desk.readiness},
        dependencies={name: _provided(state, name) for name in _PROVIDED},
        registry=registry,
        kept=Kept.by(__package__),
    )


class _Watched:
    """What an operator watches of the parts of the service."""

    def __init__(self, settings: Settings, registry: CollectorRegistry) -> None:
        self.proving = Proving(settings.agreements_url, settings.service_token, NoticeMetrics(registry))
        self.alerting = ConsumerMetrics(registry)
        self.alarms = AlarmMetrics(registry)
        self.reminders = ReminderMetrics(registry)
        self.escalations = EscalationMetrics(registry)
        self.sending = SenderMetrics(registry)
        self.followers = Gauge("moiety_inbox_followers", "Live streams open in this process.", registry=registry)
        self.feed_followers = Gauge(
            "moiety_feed_followers",
            "Requests that follow or wait for a party's feed in this process.",
            registry=registry,
        )

    def follow(self, wakeups: Wakeups, feed_wakeups: Wakeups) -> None:
        """Count who follows these."""
        self.followers.set_function(wakeups.followers)
        self.feed_followers.set_function(feed_wakeups.followers)


def _start_between(  # noqa: PLR0913  # what these parts have in common
    parts: Parts, settings: Settings, database: Database, http: httpx.AsyncClient, watched: _Watched, *, writes: bool
) -> None:
    """Start the parts that ask another service, or tell it something."""
    alarms = alarms_from(http, settings.ledger_url, settings.service_token)
    deadlines = deadlines_from(http, settings.agreements_url, settings.service_token)
    parts.start(alarm_forever(database, alarms, watched.alarms, writes=writes), name="alarming")
    today = today_from(http, settings.agreements_url, settings.service_token)
    parts.start(remind_forever(database, deadlines, today, watched.reminders, writes=writes), name="reminding")
    parts.start(escalate_forever(database, today, watched.escalations, writes=writes), name="escalating")
    parts.start(pass_on_forever(settings, PassingOn(http, settings.agreements_url)), name="passing-on")
    parts.start(prove_forever(database, http, watched.proving), name="proving")


def _read_from(state: State, pool: Pool, wakeups: Wakeups, feed_wakeups: Wakeups) -> None:
    """Have everything that is asked for be read from these."""
    state.inbox = Inbox(pool)
    state.live_inbox = LiveInbox(state.inbox, wakeups)
    state.party_feed = PartyFeed(FeedReader(pool), feed_wakeups)
    state.consumers = ConsumerStore(pool)
    state.register = Register(pool)
    state.mail_store = MailStore(pool)
    state.contributor_letters = ContributorLetters(pool)


def _provided(state: State, name: str) -> Provide:
    def provide() -> Any:  # noqa: ANN401  # what a route asks for by name
        return state[name]

    return Provide(provide, sync_to_thread=False)
