"""Whoever has no token is told who issues them, by the metadata of a protected resource (RFC 9728)."""

from dataclasses import replace

import httpx
import pytest
from litestar.testing import TestClient

from shared.web.app import create_app
from shared.web.edge import Application
from shared.web.resource import RESOURCE_METADATA
from tests.web.kitchen import ISSUER, ROUTES, WebSettings


def _client(settings: WebSettings, host: str = "kitchen.example:8401") -> httpx.AsyncClient:
    app = create_app(service="kitchen", settings=settings, routes=ROUTES)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # two libraries' words
    return httpx.AsyncClient(transport=transport, base_url="http://kitchen.example", headers={"Host": host})


async def test_an_api_says_who_issues_its_tokens_and_what_they_say(settings: WebSettings):
    """Without a token, and about the address that was asked, as the RFC wants it."""
    async with _client(settings) as client:
        answer = await client.get(RESOURCE_METADATA)

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "resource": "http://kitchen.example:8401",
        "resource_name": "Moiety kitchen",
        "resource_documentation": "http://kitchen.example:8401/docs",
        "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"],
        "roles_supported": ["auditor", "notifier", "operator", "partner", "representative", "service"],
        "roles_claim": "roles",
        "party_claim": "party",
        "audiences_accepted": ["moiety"],
    }


async def test_an_api_behind_a_proxy_says_where_clients_reach_it(settings: WebSettings):
    """The proxy speaks TLS for it, and may ask it under another name."""
    async with _client(replace(settings, public_url="https://api.example"), host="10.0.0.7:8401") as client:
        metadata = (await client.get(RESOURCE_METADATA)).json()
        refused = await client.get("/v1/me")

    assert metadata["resource"] == "https://api.example"
    assert f'resource_metadata="https://api.example{RESOURCE_METADATA}"' in refused.headers["www-authenticate"]


async def test_an_issuer_that_is_no_address_is_not_named(settings: WebSettings):
    """That of a stack on one machine has nowhere to ask."""
    async with _client(replace(settings, issuer="urn:moiety:local-issuer")) as client:
        assert "authorization_servers" not in (await client.get(RESOURCE_METADATA)).json()


def test_every_challenge_leads_to_the_metadata(client: TestClient[Application], issuer):
    """By it alone a client that was given nothing but an address finds where to get a token."""
    lacking = {"Authorization": f"Bearer {issuer.mint('p-2', roles=['auditor'])}"}
    refused = [
        client.get("/v1/me"),
        client.get("/v1/me", headers={"Authorization": "Bearer e30.e30.e30"}),
        client.post("/v1/recipes/bread", json={}, headers=lacking),
    ]

    assert [401, 401, 403] == [answer.status_code for answer in refused]
    for answer in refused:
        led_to = answer.headers["www-authenticate"].partition('resource_metadata="')[2].removesuffix('"')
        assert client.get(led_to).json()["resource"] + RESOURCE_METADATA == led_to


@pytest.mark.parametrize("host", ["a,b", "a;b", "a(b)"])
async def test_a_host_that_cannot_be_repeated_is_led_nowhere(settings: WebSettings, host: str):
    """What a request says of its host stands in a header's quotes: it must not end them."""
    async with _client(settings, host=host) as client:
        refused, metadata = await client.get("/v1/me"), await client.get(RESOURCE_METADATA)

    assert refused.headers["www-authenticate"] == 'Bearer realm="moiety"'
    assert (400, "HOST_MISSTATED") == (metadata.status_code, metadata.json()["code"])
