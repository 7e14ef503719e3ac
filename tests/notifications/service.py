"""The service as a process, the stream it reads, and a reader of its live inbox, over real sockets."""

import contextlib
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import httpx
import msgspec
from nats.aio.client import Client

from shared.bus.connection import connect
from shared.bus.consumer import StreamMessage
from shared.bus.stream import ensure_stream
from shared.embedded.child import free_ports, spawn, stop
from shared.testing import MigratedDatabase, Servers, is_ready, wait_until


class Service:
    """One process of the service, which can be killed and started again."""

    def __init__(self, servers: Servers, database: MigratedDatabase, **settings: str) -> None:
        self._port, metrics_port = free_ports(2)
        self._issuer = servers.home.issuer
        self._environment = {
            **servers.home.environment("notifications"),
            "MOIETY_DATABASE_URL": database.dsn,
            "MOIETY_HTTP_PORT": str(self._port),
            "MOIETY_METRICS_PORT": str(metrics_port),
            "MOIETY_LOG_LEVEL": "ERROR",
            **settings,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._child = spawn([sys.executable, "-m", "services.notifications"], environment=self._environment)

    async def ready(self) -> None:
        await wait_until(lambda: is_ready(self.url), 30, "the service never was ready")

    def stop(self) -> int:
        stop(self._child)
        return self._child.returncode

    def kill(self) -> None:
        self._child.kill()
        self._child.wait()

    def headers(self, party: str, *, lifetime_seconds: float = 600) -> dict[str, str]:
        """The headers of a representative of a party."""
        roles = ["representative"]
        token = self._issuer.mint("person-1", party=party, roles=roles, lifetime_seconds=lifetime_seconds)
        return {"Authorization": f"Bearer {token}"}

    @contextlib.asynccontextmanager
    async def following(
        self,
        party: str,
        *,
        what: str = "inbox",
        last_event_id: int | None = None,
        query: str = "",
        lifetime_seconds: float = 600,
    ) -> AsyncIterator["Follower"]:
        """Follow a party's inbox, or its feed, until the end of the block."""
        headers = self.headers(party, lifetime_seconds=lifetime_seconds)
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        async with (
            httpx.AsyncClient(timeout=30, trust_env=False) as http,
            http.stream("GET", f"{self.url}/v1/{what}/stream{query}", headers=headers) as answer,
        ):
            assert answer.status_code == 200, await answer.aread()
            yield Follower(answer)


class Follower:
    """Reads server-sent events as a browser would."""

    def __init__(self, answer: httpx.Response) -> None:
        self.headers = answer.headers
        self._lines = answer.aiter_lines()

    async def events(self) -> AsyncIterator[tuple[int, dict[str, Any]]]:
        """Yield each event's id and data, until the server ends the stream."""
        fields: dict[str, str] = {}
        async for line in self._lines:
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
                continue
            if "data" in fields:
                yield int(fields["id"]), msgspec.json.decode(fields["data"])
            fields = {}

    async def take(self, count: int) -> list[int]:
        """The ids of the next events."""
        ids: list[int] = []
        async for number, data in self.events():
            assert number == data.get("sequence", data.get("number"))
            ids.append(number)
            if len(ids) == count:
                break
        return ids


def mailing(
    servers: Servers, database: MigratedDatabase, smtp_port: int, agreements_port: int, **settings: str
) -> Service:
    """Return the service that sends mail by a server here, to those of whom something here tells as agreements do."""
    return Service(
        servers,
        database,
        MOIETY_ENVIRONMENT="development",
        MOIETY_AGREEMENTS_URL=f"http://127.0.0.1:{agreements_port}",
        MOIETY_SMTP_URL=f"smtp://127.0.0.1:{smtp_port}",
        MOIETY_MAIL_FROM="alerts@moiety.example",
        MOIETY_PORTAL_URL="https://portal.example",
        **settings,
    )


@contextlib.contextmanager
def running(*services: Service) -> Iterator[None]:
    """Start processes, and stop them however the block ends."""
    for service in services:
        service.start()
    try:
        yield
    finally:
        for service in services:
            service.stop()


@contextlib.asynccontextmanager
async def publishing(servers: Servers) -> AsyncIterator[Client]:
    """An empty stream, and a connection that may publish on it as only the relay may."""
    async with connect(servers.nats.url, user="relay", password=servers.nats.passwords["relay"]) as client:
        await ensure_stream(client.jetstream())
        yield client


async def publish(client: Client, messages: Sequence[StreamMessage]) -> None:
    """Put messages on the stream under their own positions."""
    for message in messages:
        acknowledged = await client.jetstream().publish(message.subject, message.body)
        assert acknowledged.seq == message.position
