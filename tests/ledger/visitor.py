"""Whoever asks the ledger over HTTP, and the ledger they ask: the real routes on a real database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
from litestar.di import Provide
from prometheus_client import CollectorRegistry

from services.ledger.app import damage_reporter
from services.ledger.read.answers.reading import PLANS, Reading
from services.ledger.read.api import ROUTES
from services.ledger.write.consumer import LedgerMetrics
from shared.database import Database
from shared.settings import Settings
from shared.web.app import create_app
from shared.web.edge import Application
from shared.web.issuer import LocalIssuer

ISSUER, AUDIENCE = "https://issuer.example", "moiety"


class Visitor:
    """Somebody with a token, or without one, who asks the ledger."""

    def __init__(self, client: httpx.AsyncClient, token: str | None, registry: CollectorRegistry) -> None:
        self.client = client
        self.registry = registry
        self.token = token
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(path, params=query or None, headers=self._headers)

    async def again(self, path: str, if_none_match: str) -> httpx.Response:
        """Ask for what this visitor has already."""
        return await self.client.get(path, headers=self._headers | {"If-None-Match": if_none_match})

    async def ownership(self, asset: str = "INV-5G-1", **query: object) -> dict[str, str]:
        answer = await self.get(f"/v1/assets/{asset}/ownership", **query)
        assert answer.status_code == 200, answer.text
        holders: dict[str, str] = answer.json()["holders"]
        return holders


@contextlib.asynccontextmanager
async def started(app: Application) -> AsyncIterator[None]:
    """Run the app's lifespan in one task of its own: a fixture's two halves run in two."""
    ready, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            ready.set()
            await stop.wait()

    living = asyncio.create_task(live())
    await ready.wait()
    yield
    stop.set()
    await living


@contextlib.asynccontextmanager
async def visiting(database: Database, folder: Path) -> AsyncIterator[Callable[..., Visitor]]:
    """Let visitors in to the ledger at an address."""
    issuer = LocalIssuer.with_new_key(issuer=ISSUER, audience=AUDIENCE)
    issuer.write_jwks(folder / "jwks.json")
    settings = Settings(service="ledger", http_port=1, issuer=ISSUER, jwks=str(folder / "jwks.json"))
    registry = CollectorRegistry()
    async with database.pool(settings=PLANS) as readers:
        reading = Reading(readers, notice=damage_reporter(LedgerMetrics(registry)))
        app = create_app(
            service="ledger",
            settings=settings,
            routes=ROUTES,
            readiness={"stored": reading.damaged},
            dependencies={"reading": Provide(lambda: reading, sync_to_thread=False)},
            registry=registry,
        )
        # The app runs in this very event loop, where the pool's connections are.
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # httpx and Litestar name ASGI's types apart
        async with started(app), httpx.AsyncClient(transport=transport, base_url="http://ledger") as client:

            def visit(*roles: str, party: str | None = None) -> Visitor:
                return Visitor(client, issuer.mint("visitor", roles=roles, party=party) if roles else None, registry)

            yield visit
