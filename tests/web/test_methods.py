"""HEAD and OPTIONS, as whoever probes a service asks: what a GET would say, and what may be asked at all."""

import asyncio
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from shared.web.edge import Application
from tests.web.test_serving import Kitchen, kitchen

__all__ = ["kitchen"]


def said(answer: httpx.Response) -> dict[str, str]:
    """Return the headers of an answer that do not name the request itself."""
    return {name: value for name, value in answer.headers.items() if name not in {"x-request-id", "x-correlation-id"}}


@pytest.mark.parametrize(
    "path",
    ["/v1/recipes?limit=3", "/v1/shown/bread", "/v1/me", "/health/live", "/openapi.json", "/docs", "/", "/v1/nowhere"],
)
def test_head_says_what_get_would_without_the_body(client: TestClient[Application], signed, path):
    """The status and the headers are those of a GET, the length of its body among them."""
    asked: dict[str, Any] = {"headers": signed, "follow_redirects": False}
    got, head = client.get(path, **asked), client.head(path, **asked)

    assert (got.status_code, said(got), b"") == (head.status_code, said(head), head.content)


def test_head_asks_for_a_token_where_get_does(client: TestClient[Application]):
    """Whoever may not read may not find out either."""
    assert client.get("/v1/me").status_code == client.head("/v1/me").status_code == 401


def test_head_where_nothing_can_be_read_is_refused(client: TestClient[Application], signed):
    """What can only be given a command says so."""
    answer = client.head("/v1/fingerprint", headers=signed)

    assert (405, "OPTIONS, POST") == (answer.status_code, answer.headers["allow"])


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/recipes", "GET, HEAD, OPTIONS"),
        ("/v1/recipes/bread", "OPTIONS, POST"),
        ("/health/live", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_says_what_may_be_asked_to_anybody(client: TestClient[Application], path, allowed):
    """The methods of an address are in the API's documents, so no token is needed; 405 says the same."""
    answer = client.options(path)

    assert (204, [allowed], b"") == (answer.status_code, answer.headers.get_list("allow"), answer.content)
    assert "content-length" not in answer.headers
    assert allowed == client.delete(path).headers["allow"]


def test_options_where_nothing_is_says_that(client: TestClient[Application]):
    """There are no methods of what is not there."""
    assert 404 == client.options("/v1/nowhere").status_code


@pytest.mark.stack
async def test_options_of_the_server_itself_names_every_method(kitchen: Kitchen):
    """`OPTIONS *` is about no address (RFC 9110, 9.3.7)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(kitchen.url.rpartition(":")[2]))
    async with asyncio.timeout(5):
        writer.write(b"OPTIONS * HTTP/1.1\r\nHost: kitchen\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
    writer.close()

    assert answer.startswith(b"HTTP/1.1 204 ")
    assert b"\r\nallow: GET, HEAD, OPTIONS, POST\r\n" in answer


@pytest.mark.stack
async def test_a_server_sends_it_so(kitchen: Kitchen):
    """Over a socket, too: a connection goes on after HEAD and OPTIONS, and the head of a stream is not waited for."""
    async with httpx.AsyncClient(base_url=kitchen.url) as client, asyncio.timeout(5):
        for path in ("/openapi.json", "/health/live"):
            got, head = await client.get(path), await client.head(path)
            assert (got.headers["content-length"], b"") == (head.headers["content-length"], head.content)
        stream = await client.head("/stream")
        options = await client.options("/stream")

    assert (200, True) == (stream.status_code, stream.headers["content-type"].startswith("text/event-stream"))
    assert (204, "GET, HEAD, OPTIONS") == (options.status_code, options.headers["allow"])
