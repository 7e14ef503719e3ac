"""What proxies and clients may do to a request's head, and what they may not."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from shared.web.edge import Application
from shared.web.head import READ_ONCE


@pytest.fixture
async def sending(client: TestClient[Application]) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the same service that sends lines and paths as they are given; the other one mends them."""
    transport = httpx.ASGITransport(client.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://kitchen") as sending:
        yield sending


@pytest.mark.parametrize("header", sorted(name.decode() for name in READ_ONCE))
async def test_a_header_that_is_read_stands_on_one_line(sending: httpx.AsyncClient, signed, header):
    """Of two lines a proxy might take the one and this service the other; also where they say the same."""
    value = "identity" if header == "content-encoding" else '"3"'
    headers = [*signed.items(), (header, value), (header, value)]
    answer = await sending.get("/v1/me", headers=headers)

    assert (400, "HEADER_REPEATED") == (answer.status_code, answer.json()["code"])
    assert {"at": f"header.{header}"} == answer.json()["ids"]
    assert 200 == (await sending.get("/v1/me", headers=headers[:-1])).status_code


@pytest.mark.parametrize("hosts", [["kitchen", "kitchen"], ["kitchen", "elsewhere"], [], [""]])
async def test_a_request_says_once_for_which_host_it_is(client: TestClient[Application], signed, hosts):
    """Of two lines a proxy takes the one and a cache the other; without any there is nothing to tell them apart."""
    received: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/v1/me",
        "raw_path": b"/v1/me",
        "query_string": b"",
        "scheme": "http",
        "headers": [(name.lower().encode(), value.encode()) for name, value in signed.items()],
        "client": ("127.0.0.1", 1),
    }

    async def told(version: str, hosts: list[str]) -> int:
        received.clear()
        headers = [*scope["headers"], *((b"host", each.encode()) for each in hosts)]

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            received.append(message)

        await client.app({**scope, "http_version": version, "headers": headers}, receive, send)
        return int(received[0]["status"])

    assert 400 == await told("1.1", hosts)
    assert b"HOST_MISSTATED" in received[1]["body"]
    assert 200 == await told("1.1", ["kitchen"])
    # A health check of an old proxy names none.
    assert (400 if any(hosts) else 200) == await told("1.0", hosts)


async def test_two_tokens_prove_nothing(sending: httpx.AsyncClient, signed):
    """It is refused as a token is."""
    answer = await sending.get("/v1/me", headers=[*signed.items(), *signed.items()])

    assert (401, "TOKEN_MALFORMED") == (answer.status_code, answer.json()["code"])


async def test_a_header_that_nobody_reads_may_stand_on_many(sending: httpx.AsyncClient, signed):
    """Proxies add lines of their own."""
    headers = [*signed.items(), ("Via", "1.1 one"), ("Via", "1.1 another"), ("Accept", "*/*"), ("Accept", "text/html")]

    assert 200 == (await sending.get("/v1/me", headers=headers)).status_code


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip", "x-unknown", "identity, gzip", ""])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_coded_request_is_refused(client: TestClient[Application], deciding, recipe, method, coding):
    """Nothing here decodes, whatever the route reads of its body; the answer says what is taken."""
    path = "/v1/recipes/bread" if method == "POST" else "/v1/me"
    answer = client.request(method, path, json=recipe, headers={**deciding, "Content-Encoding": coding})

    assert (415, "ENCODING_UNSUPPORTED") == (answer.status_code, answer.json()["code"])
    assert "identity" == answer.headers["accept-encoding"]


def test_a_request_may_say_that_it_is_not_coded(client: TestClient[Application], deciding, recipe):
    """`identity` is no coding."""
    headers = {**deciding, "Content-Encoding": "Identity"}

    assert 200 == client.post("/v1/recipes/bread", json=recipe, headers=headers).status_code


@pytest.mark.parametrize(
    "path", ["/v1/me/", "//v1/me", "/v1//me", "/v1/%6de", "/v1%2fme", "/V1/me", "/v1/me%00", "/v1"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_an_address_has_one_spelling(sending: httpx.AsyncClient, signed, method, path):
    """What a proxy lets through by a rule about addresses is at no other one."""
    assert 404 == (await sending.request(method, f"http://kitchen{path}", headers=signed)).status_code
    assert 404 != (await sending.request(method, "/v1/me", headers=signed)).status_code
