"""Webhooks on a real database, sent by a sender of this process to a receiver on this machine."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

import httpx
import pytest
from prometheus_client import CollectorRegistry

from services.notifications.live import Wakeups
from services.notifications.webhooks.post import Poster
from services.notifications.webhooks.sender import Pace, Sender, SenderMetrics
from services.notifications.webhooks.store import DeliveryStore
from shared.database import Pool
from shared.parts import Parts
from tests.notifications.webhooks.receiver import Receiver, receiving

QUICK = Pace(retries_seconds=(0.05,) * 9, timeout_seconds=2, failing_seconds=600, most=64)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


Sending = Callable[..., AbstractAsyncContextManager[Sender]]


@pytest.fixture
def sending(pool: Pool, wakeups: Wakeups) -> Sending:
    """Give a sender of its own, at work until the end of the block."""

    @contextlib.asynccontextmanager
    async def at_work(pace: Pace = QUICK) -> AsyncIterator[Sender]:
        async with (
            Poster(timeout_seconds=pace.timeout_seconds, most=pace.most, development=True) as poster,
            Parts() as parts,
        ):
            sender = Sender(DeliveryStore(pool), poster, wakeups, SenderMetrics(CollectorRegistry()), pace)
            parts.start(sender.run(), name="webhooks")
            yield sender
            assert await parts.ended() is None

    return at_work


class Portal(NamedTuple):
    """HUT's webhooks over HTTP."""

    client: httpx.AsyncClient
    headers: dict[str, Any]

    async def ask(self, method: str, path: str = "", body: Any = None) -> httpx.Response:
        return await self.client.request(method, f"/v1/webhooks{path}", headers=self.headers, json=body)

    async def done(self, method: str, path: str = "", body: Any = None) -> Any:
        """The answer to what succeeds."""
        answer = await self.ask(method, path, body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def refused(self, method: str, path: str = "", body: Any = None) -> str:
        """The code of what is refused."""
        answer = await self.ask(method, path, body)
        assert not answer.is_success, answer.text
        return str(answer.json()["code"])

    async def active(self, url: str, name: str = "main", **setup: Any) -> str:
        """Set up a webhook and verify it; returns what verifies its signatures."""
        made = await self.done("PUT", f"/{name}", {"url": url, **setup})
        await self.done("POST", f"/{name}/verify")
        return str(made["verified_with"])

    async def shown(self, name: str = "main") -> Any:
        return await self.done("GET", f"/{name}")


@pytest.fixture
def portal(client: httpx.AsyncClient, hut_system: dict[str, Any]) -> Portal:
    return Portal(client, hut_system)
