"""The gate's application: no routes but health and metrics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from services.notifications.gate.gate import Gate, GateMetrics
from shared.bus.connection import connect
from shared.nkeys import AccountKey
from shared.parts import Parts
from shared.settings import Settings
from shared.web.app import create_operations_app, keys_check, reading_keys
from shared.web.auth import TokenVerifier
from shared.web.claims import Accepted
from shared.web.edge import Application
from shared.web.keys import TrustedKeys


def create(settings: Settings) -> Application:
    """Return the application of a process that lets partners in from its start to its stop."""
    registry = CollectorRegistry()
    keys, reading = TrustedKeys.at(settings.jwks), Parts()
    verifier = TokenVerifier(keys, Accepted.of(settings))
    gate = Gate(verifier, AccountKey.parse(settings.gate_key), GateMetrics(registry))
    connected: list[Client] = []

    @asynccontextmanager
    async def letting_in(_app: Litestar) -> AsyncIterator[None]:
        async with connect(
            settings.nats_url,
            user=settings.nats_user,
            password=settings.nats_password,
            timeout_seconds=settings.start_timeout_seconds,
        ) as client:
            await gate.open(client)
            connected.append(client)
            yield
            connected.clear()

    async def hears() -> str | None:
        return None if connected and connected[0].is_connected else "not connected to NATS"

    return create_operations_app(
        readiness={"keys": keys_check(keys, reading), "bus": hears},
        lifespan=[reading_keys(keys, reading), letting_in],
        registry=registry,
    )
