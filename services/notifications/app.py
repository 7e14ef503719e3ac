"""The notifications service: a consumer that alerts, and an HTTP API that shows the alerts, now and live."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from prometheus_client import CollectorRegistry, Gauge

from services.notifications.alarming import AlarmMetrics, alarm_forever, alarms_from
from services.notifications.api import ROUTES
from services.notifications.consumer import ConsumerMetrics, alert_forever
from services.notifications.database import Database
from services.notifications.feed import Feed, Wakeups
from services.notifications.inbox import Inbox
from shared.bus.catch_up import catch_up_from
from shared.bus.connection import connect
from shared.migrate import await_migrated, folder_of
from shared.settings import Settings
from shared.telemetry import logger
from shared.web.app import create_app
from shared.web.edge import Application

_log = logger()


def create(settings: Settings) -> Application:
    """Return the service's application; it alerts and listens from its start to its stop."""
    state = State()
    registry = CollectorRegistry()
    metrics, alarm_metrics = ConsumerMetrics(registry), AlarmMetrics(registry)

    @asynccontextmanager
    async def alerting(_app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = await _open_database(stack, settings)
            client = await stack.enter_async_context(
                connect(
                    settings.nats_url,
                    user=settings.nats_user,
                    password=settings.nats_password,
                    timeout_seconds=settings.start_timeout_seconds,
                )
            )
            # Inside the deployment: no proxy of the environment's has business between two services.
            http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
            catch_up = catch_up_from(http, settings.agreements_url, settings.service_token)
            wakeups = Wakeups(database)
            followers.set_function(wakeups.followers)
            state.database, state.inbox = database, Inbox(database)
            state.feed = Feed(state.inbox, wakeups)
            state.consumer = asyncio.create_task(alert_forever(database, client, catch_up, metrics), name="consumer")
            alarms = alarms_from(http, settings.ledger_url, settings.service_token)
            state.alarming = asyncio.create_task(alarm_forever(database, alarms, alarm_metrics), name="alarming")
            state.listener = asyncio.create_task(wakeups.run(), name="listener")
            for task in (state.consumer, state.alarming, state.listener):
                task.add_done_callback(_report_end)
                stack.push_async_callback(_cancel, task)
            yield

    async def database_answers() -> str | None:
        await state.database.fetch("SELECT 1")
        return None

    async def consumer_runs() -> str | None:
        return _why_ended(state.consumer) or _why_ended(state.alarming) or _why_ended(state.listener)

    followers = Gauge("moiety_inbox_followers", "Live streams open in this process.", registry=registry)
    return create_app(
        service="notifications",
        settings=settings,
        routes=ROUTES,
        lifespan=[alerting],
        readiness={"database": database_answers, "consumer": consumer_runs},
        dependencies={
            "inbox": Provide(lambda: state.inbox, sync_to_thread=False),
            "feed": Provide(lambda: state.feed, sync_to_thread=False),
        },
        registry=registry,
    )


async def _open_database(stack: AsyncExitStack, settings: Settings) -> Database:
    await await_migrated(
        settings.database_url,
        settings.database_password,
        folder_of("notifications"),
        timeout_seconds=settings.start_timeout_seconds,
    )
    return await stack.enter_async_context(Database.open(settings.database_url, password=settings.database_password))


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _report_end(task: asyncio.Task[None]) -> None:
    if reason := _why_ended(task):
        _log.critical("A part that should run for ever ended", action="part-ended", part=task.get_name(), reason=reason)


def _why_ended(task: asyncio.Task[None]) -> str | None:
    """Return why a part has ended that should run for ever, None while it runs or when it was told to stop."""
    if not task.done() or task.cancelled():
        return None
    return repr(task.exception())
