"""What fills the parties' streams, as an application: no routes but health and metrics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from litestar import Litestar
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from services.notifications.errors import InboxUnavailable
from services.notifications.streams.relay import MirrorMetrics, mirror_forever
from shared.bus.connection import connect
from shared.database import Database, Pool
from shared.migrate import await_migrated, folder_of
from shared.parts import Parts
from shared.settings import Settings
from shared.web.app import create_operations_app
from shared.web.edge import Application

# How long the streams may trail the feeds before this no longer calls itself ready.
TOLERATED_SECONDS: Final = 30.0


def create(settings: Settings) -> Application:
    """Return the application of a process that mirrors the feeds from its start to its stop."""
    registry = CollectorRegistry()
    metrics, parts = MirrorMetrics(registry), Parts()
    used: list[tuple[Pool, Client]] = []

    @asynccontextmanager
    async def mirroring(_app: Litestar) -> AsyncIterator[None]:
        database = Database(settings.database_url, settings.database_password, InboxUnavailable)
        await await_migrated(database, folder_of("notifications"), timeout_seconds=settings.start_timeout_seconds)
        async with (
            database.pool() as pool,
            connect(
                settings.nats_url,
                user=settings.nats_user,
                password=settings.nats_password,
                timeout_seconds=settings.start_timeout_seconds,
            ) as client,
            parts,
        ):
            used.append((pool, client))
            mirror = mirror_forever(database, pool, client, metrics, replicas=settings.nats_replicas)
            parts.start(mirror, name="mirror")
            yield

    async def database_answers() -> str | None:
        if not used:
            return "starting"
        await used[0][0].fetch("SELECT 1")
        return None

    async def keeps_up() -> str | None:
        if (ended := await parts.ended()) is not None:
            return ended
        if not used or not used[0][1].is_connected:
            return "not connected to NATS"
        # Where another process mirrors, what this one once saw is not news.
        seconds = metrics.pending.seconds if metrics.is_active else 0
        if seconds > TOLERATED_SECONDS:
            if not metrics.pending.count:
                return f"NATS or the feeds do not answer, so for {seconds:.0f} s nobody knows how much waits"
            return f"{metrics.pending.count} events behind the feeds, the oldest for {seconds:.0f} s"
        return None

    return create_operations_app(
        readiness={"database": database_answers, "streams": keeps_up}, lifespan=[mirroring], registry=registry
    )
