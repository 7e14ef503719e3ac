"""What operators ask a service: does it live, can it work, how is it doing."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from litestar.testing import TestClient
from prometheus_client import CollectorRegistry, Gauge, Metric
from prometheus_client.registry import Collector

from shared.embedded.child import free_ports
from shared.errors import StartupError
from shared.web.app import create_app
from shared.web.edge import Application
from shared.web.health import ReadyBut, readiness_of
from shared.web.issuer import LocalIssuer
from shared.web.keys import TrustedKeys
from shared.web.metrics import RequestMetrics, metrics_served, rendered
from tests.web.kitchen import AUDIENCE, ISSUER, ROUTES, OvenCold, WebSettings


async def fine() -> str | None:
    return None


async def behind() -> str | None:
    return "1,200 positions behind"


async def broken() -> str | None:
    raise OvenCold(oven="left")


async def failing() -> str | None:
    raise asyncpg.InsufficientPrivilegeError("permission denied for table log_head")


async def hanging() -> str | None:
    await asyncio.Event().wait()
    return None


def test_a_service_lives_whatever_its_parts_do(settings: WebSettings):
    """Liveness depends on nothing: restarting would not mend another's failure."""
    app = create_app(service="kitchen", settings=settings, routes=ROUTES, readiness={"oven": broken})
    with TestClient(app) as client:
        assert (200, {"status": "live"}) == (
            client.get("/health/live").status_code,
            client.get("/health/live").json(),
        )
        assert client.get("/health/ready").status_code == 503


def test_an_unready_service_says_which_part_and_why(settings: WebSettings):
    """Readiness names every check; those that fail give their reason, though nobody's words but ours."""
    checks = {"fine": fine, "relay": behind, "oven": broken, "database": failing}
    app = create_app(service="kitchen", settings=settings, routes=ROUTES, readiness=checks)
    with TestClient(app) as client:
        body = client.get("/health/ready").json()

    assert body == {
        "status": "not ready",
        "checks": {
            "keys": {"ready": True},
            "fine": {"ready": True},
            "relay": {"ready": False, "reason": "1,200 positions behind"},
            "oven": {"ready": False, "reason": "OvenCold: The oven does not answer. (oven=left)"},
            "database": {"ready": False, "reason": "InsufficientPrivilegeError"},
        },
    }


async def test_a_part_may_be_ready_and_say_what_there_is_to_know():
    """It takes its work, and is not all that one may think."""

    async def on_hold() -> str | None:
        return ReadyBut("reads are answered, commands are not")

    readiness = await readiness_of({"log": on_hold})

    assert ("ready", True) == (readiness.status, readiness.checks["log"].ready)
    assert "reads are answered, commands are not" == readiness.checks["log"].reason


async def test_a_part_that_hangs_is_not_ready():
    """A check without an answer is a failed one, soon enough for whoever asks."""
    readiness = await readiness_of({"oven": hanging}, timeout_seconds=0.01)

    assert readiness.checks["oven"].reason == "no answer within 0.01 s"


def test_requests_are_counted_by_route_not_by_path(client: TestClient[Application], signed):
    """A thousand ids are one time series."""
    for number in range(5):
        client.post(f"/v1/recipes/r-{number}", headers=signed)
    client.get("/v1/nowhere-1")
    text = rendered(client.app.registry)

    assert 'moiety_http_requests_total{method="POST",status="400"} 5.0' in text
    assert 'moiety_http_requests_total{method="GET",status="404"} 1.0' in text
    assert 'moiety_http_request_duration_seconds_count{method="POST"} 5.0' in text
    assert 'moiety_http_route_duration_seconds_count{route="/v1/recipes/{recipe}"} 5.0' in text
    assert 'moiety_http_route_duration_seconds_count{route="unmatched"} 1.0' in text
    assert "r-1" not in text


def test_there_are_few_series_whatever_was_answered():
    """A hundred routes that each answered in twenty ways are two series a route and no histogram each."""
    registry = CollectorRegistry()
    metrics = RequestMetrics(registry)
    for route in range(100):
        for status in range(400, 420):
            for method in ("GET", "POST", "BREW", "WHEN"):
                metrics.observe(method, f"/v1/things-{route}", status, 0.01)
    series = [line for line in rendered(registry).splitlines() if not line.startswith("#")]

    assert 320 > len(series)


def test_each_application_counts_for_itself(settings: WebSettings):
    """Two applications in one process share no counter, and a service adds its own."""
    registry = CollectorRegistry()
    Gauge("moiety_oven_degrees", "How hot it is.", registry=registry).set(180)
    first = create_app(service="kitchen", settings=settings, routes=ROUTES, registry=registry)
    second = create_app(service="kitchen", settings=settings, routes=ROUTES)
    with TestClient(first) as one, TestClient(second):
        one.get("/v1/nowhere")
        assert "moiety_oven_degrees 180.0" in rendered(first.registry)
        assert 'status="404"' in rendered(first.registry)
        assert 'status="404"' not in rendered(second.registry)


class Costly(Collector):
    """Metrics that take their time to render, and count how often they were."""

    rendered = 0

    def collect(self) -> Iterator[Metric]:
        self.rendered += 1
        until = time.monotonic() + 0.02
        while time.monotonic() < until:
            pass
        return iter(())


async def test_however_many_ask_for_metrics_rendering_has_a_tenth_of_the_interpreter():
    """Four who ask without end for a second get no more than one would: the API has the rest."""
    registry, costly, [port] = CollectorRegistry(), Costly(), free_ports(1)
    registry.register(costly)
    costly.rendered = 0  # the registry has looked at it

    async def ask_without_end() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            while True:
                (await client.get(f"http://127.0.0.1:{port}/metrics", timeout=10)).raise_for_status()

    async with metrics_served(registry, "127.0.0.1", port):
        askers = [asyncio.create_task(ask_without_end()) for _ in range(4)]
        await asyncio.wait(askers, timeout=1)
        for asker in askers:
            asker.cancel()
        await asyncio.wait(askers)

    assert 1 <= costly.rendered <= 8


def test_an_unknown_method_does_not_make_a_time_series(client: TestClient[Application]):
    """Made-up methods are one label, or a stranger could fill our memory."""
    for method in ("BREW", "WHEN", "PROPFIND"):
        client.request(method, "/v1/recipes")

    assert 'method="other"' in rendered(client.app.registry)
    assert "BREW" not in rendered(client.app.registry)


def test_a_missing_key_set_file_keeps_a_service_from_starting(tmp_path: Path):
    """What should be on this machine and is not, is told at the start."""
    settings = WebSettings(jwks=str(tmp_path / "none.json"))
    app = create_app(service="kitchen", settings=settings, routes=ROUTES)

    with pytest.raises(BaseExceptionGroup) as raised, TestClient(app):
        pass
    assert raised.group_contains(StartupError, match="key set cannot be read")


def test_a_key_set_may_not_be_read_over_plain_http():
    """Whoever stands between could otherwise hand out keys of its own."""
    with pytest.raises(StartupError, match="https"):
        TrustedKeys.at("http://issuer.example/jwks.json")


def test_a_local_issuer_keeps_its_key(tmp_path: Path):
    """Tokens of yesterday still hold after a restart, and nobody else can read the key."""
    path = tmp_path / "issuer.json"
    first = LocalIssuer.with_key_file(path, issuer=ISSUER, audience=AUDIENCE)
    again = LocalIssuer.with_key_file(path, issuer=ISSUER, audience=AUDIENCE)

    assert first.jwks() == again.jwks()
    assert path.stat().st_mode & 0o077 == 0
    assert b'"d"' not in first.jwks()
