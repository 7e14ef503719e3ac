"""In development the documents' page offers tokens, to this machine and to nobody else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from litestar.testing import TestClient

from shared.web.app import create_app
from shared.web.edge import Application
from tests.web.kitchen import ROUTES, WebSettings

PEOPLE = b'[{"who":"HUT-REP","token":"eyJ0"}]'

Offering = Callable[..., httpx.AsyncClient]


@pytest.fixture
def offering(settings: WebSettings, tmp_path: Path) -> Offering:
    """Return a client of a service that offers what a file holds, as seen from an address."""
    file = tmp_path / "tokens.json"
    file.write_bytes(PEOPLE)
    app = create_app(service="kitchen", settings=replace(settings, docs_tokens_file=file), routes=ROUTES)

    def client(host: str = "127.0.0.1:8401", address: str = "127.0.0.1") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(address, 50_000))  # type: ignore[arg-type]  # two libraries' words
        return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")

    return client


@pytest.mark.parametrize("host", ["127.0.0.1:8401", "localhost:8401", "[::1]:8401", "localhost"])
async def test_whoever_reads_the_page_here_can_be_somebody(offering: Offering, host: str):
    """The page loads what offers the tokens, and these are kept nowhere on the way."""
    async with offering(host) as client:
        page, tokens = await client.get("/docs"), await client.get("/docs/tokens")

    assert "/docs/development.js" in page.text
    assert (200, PEOPLE, "no-store") == (tokens.status_code, tokens.content, tokens.headers["cache-control"])


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("moiety.example", "127.0.0.1"),
        ("127.0.0.1.example:8401", "127.0.0.1"),
        ("localhost", "192.0.2.7"),
        ("192.0.2.1:8401", "192.0.2.7"),
    ],
)
async def test_nobody_elsewhere_is_given_a_token(offering: Offering, host: str, address: str):
    """Neither another machine, nor a page that made a browser here take this address for its own."""
    async with offering(host, address) as client:
        refused = await client.get("/docs/tokens")

    assert (404, "ROUTE_UNKNOWN") == (refused.status_code, refused.json()["code"])


async def test_tokens_that_are_not_made_yet_are_offered_to_nobody(offering: Offering, tmp_path: Path):
    """A service may be there before them."""
    (tmp_path / "tokens.json").unlink()
    async with offering() as client:
        tokens = await client.get("/docs/tokens")

    assert (200, []) == (tokens.status_code, tokens.json())


@pytest.mark.parametrize("path", ["/docs/tokens", "/docs/development.js"])
def test_without_a_file_there_is_no_such_address(client: TestClient[Application], path: str):
    """As in production: the page knows nothing of it either."""
    refused = client.get(path)

    assert (404, "ROUTE_UNKNOWN") == (refused.status_code, refused.json()["code"])
    assert "development" not in client.get("/docs").text
