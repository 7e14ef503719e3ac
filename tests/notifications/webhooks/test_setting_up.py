"""Webhooks as their party sets them up: verified before anything is sent, and nobody else's business."""

import asyncio
from base64 import b64decode
from typing import Any

import pytest

from services.notifications.webhooks.register import MOST_KEYS, MOST_WEBHOOKS
from services.notifications.webhooks.signing import Key
from shared.database import Pool
from shared.web.issuer import LocalIssuer
from tests.notifications.feeding import feed
from tests.notifications.webhooks.conftest import Portal, Sending
from tests.notifications.webhooks.receiver import Receiver, receiving
from tests.notifications.webhooks.test_delivering import everything_taken


async def test_nothing_is_sent_before_it_was_verified(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """Whoever is at the URL has to want it: events go there once it has repeated a challenge."""
    await feed(pool, "HUT", 3)
    made = await portal.done("PUT", "/main", {"url": receiver.url})
    assert "UNVERIFIED" == made["webhook"]["state"]
    async with sending():
        await asyncio.sleep(1)
        assert [] == receiver.got
        assert "ACTIVE" == (await portal.done("POST", "/main/verify"))["state"]
        await everything_taken(portal, 3)


@pytest.mark.parametrize("answer", [(200, b"", b""), (200, b"", b'{"challenge":"other"}'), (500, b"", b"")])
async def test_what_does_not_repeat_the_challenge_is_not_verified(portal: Portal, answer: Any):
    """A server that answers anything with 200 has not agreed to anything."""
    async with receiving() as receiver:
        receiver._answer = lambda _got: answer  # type: ignore[assignment,method-assign]  # it would repeat it
        await portal.done("PUT", "/main", {"url": receiver.url})

        assert "CHALLENGE_UNANSWERED" == await portal.refused("POST", "/main/verify")
        assert "UNVERIFIED" == (await portal.shown())["state"]


async def test_another_url_has_to_be_verified_anew(portal: Portal, receiver: Receiver):
    """Another filter has not; nor is a secret shown a second time."""
    await portal.active(receiver.url)

    changed = await portal.done("PUT", "/main", {"url": receiver.url, "agreements": ["AGR-1"]})
    assert ("ACTIVE", None) == (changed["webhook"]["state"], changed["verified_with"])
    moved = await portal.done("PUT", "/main", {"url": f"{receiver.url}&moved=1"})
    assert ("UNVERIFIED", []) == (moved["webhook"]["state"], moved["webhook"]["agreements"])


async def test_keys_change_without_a_gap(portal: Portal, receiver: Receiver):
    """While both are valid both sign; then the new one alone. What verifies them is shown once."""
    old = await portal.active(receiver.url)
    new = (await portal.done("PUT", "/main/keys/second", {"scheme": "v1a"}))["verified_with"]
    again = await portal.done("PUT", "/main/keys/second", {"scheme": "v1a"})
    assert (True, None) == (new.startswith("whpk_"), again["verified_with"])
    assert [None, new] == [key["public_key"] for key in again["keys"]]
    assert [True, False] == [key["expires_at"] is not None for key in again["keys"]]

    await portal.done("POST", "/main/ping")
    await portal.done("DELETE", "/main/keys/first")
    await portal.done("POST", "/main/ping")

    both, one = receiver.got[-2:]
    secret = Key("v1", b64decode(old.removeprefix("whsec_")))
    identifier, at = both.headers["webhook-id"], int(both.headers["webhook-timestamp"])
    assert secret.signature(identifier, at, both.body) in both.headers["webhook-signature"].split(" ")
    assert ["v1a", "v1"] == [each.split(",")[0] for each in both.headers["webhook-signature"].split(" ")]
    assert ["v1a"] == [each.split(",")[0] for each in one.headers["webhook-signature"].split(" ")]
    assert "LAST_SIGNING_KEY" == await portal.refused("DELETE", "/main/keys/second")


async def test_a_ping_says_what_came_of_it(portal: Portal, receiver: Receiver):
    """Signed as events are, before and after it is verified; it changes nothing."""
    receiver.answers = lambda _got: (418, b"", b"I am a teapot")
    await portal.done("PUT", "/main", {"url": receiver.url})

    tried = await portal.done("POST", "/main/ping")
    assert ("REFUSED", 418, "I am a teapot") == (tried["outcome"], tried["status"], tried["answer"])
    assert "UNVERIFIED" == (await portal.shown())["state"]


async def test_a_webhook_is_its_partys_alone(portal: Portal, receiver: Receiver, atrc: dict[str, Any]):
    """Another party has none of that name: neither to look at, nor to send, change or delete."""
    await portal.active(receiver.url)
    other = portal._replace(headers=atrc)

    assert {"webhooks": []} == await other.done("GET")
    for method, path, body in (
        ("GET", "/main", None),
        ("GET", "/main/attempts", None),
        ("POST", "/main/verify", None),
        ("POST", "/main/ping", None),
        ("POST", "/main/replays", {"failed": True}),
        ("PUT", "/main/keys/mine", {}),
        ("DELETE", "/main/keys/first", None),
        ("DELETE", "/main", None),
    ):
        assert "WEBHOOK_NOT_FOUND" == await other.refused(method, path, body), path
    assert "ACTIVE" == (await portal.shown())["state"]


@pytest.mark.parametrize("role", ["auditor", "operator", "service"])
async def test_whoever_speaks_for_no_party_has_no_webhooks(portal: Portal, issuer: LocalIssuer, role: str):
    """They are a party's."""
    headers = {"Authorization": f"Bearer {issuer.mint('somebody', party='HUT', roles=[role])}"}

    assert "ROLE_MISSING" == await portal._replace(headers=headers).refused("GET")


async def test_a_deleted_webhook_is_forgotten(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """One that is given its name is another: with an id and a key of its own, and from its own beginning."""
    await feed(pool, "HUT", 2)
    await portal.active(receiver.url)
    async with sending():
        await everything_taken(portal, 2)
        before = await portal.shown()
        await portal.done("DELETE", "/main")
        assert "WEBHOOK_NOT_FOUND" == await portal.refused("GET", "/main")
        await portal.active(receiver.url, after=1)
        await everything_taken(portal, 2)

    assert before["id"] != (await portal.shown())["id"]
    assert [1, 2, 2] == sorted(each.number for each in receiver.events)


async def test_what_no_webhook_can_be_is_refused(portal: Portal, pool: Pool, receiver: Receiver):
    """Each by the name of its rule, and nothing is kept of it."""
    await feed(pool, "HUT", 2)
    url = receiver.url
    for name, body, code in (
        ("a.b", {"url": url}, "WEBHOOK_NAME_MALFORMED"),
        ("main", {"url": "https://user@hut.example"}, "TARGET_REFUSED"),
        ("main", {"url": url, "types": ["agreements.Unheard.v1"]}, "EVENT_TYPE_UNPUBLISHED"),
        ("main", {"url": url, "types": ["anything"]}, "BODY_MISTYPED"),
        ("main", {"url": url, "after": 3}, "NUMBER_NOT_REACHED"),
        ("main", {"url": url, "unknown": 1}, "BODY_MISTYPED"),
    ):
        assert code == await portal.refused("PUT", f"/{name}", body), body
    assert {"webhooks": []} == await portal.done("GET")
    await portal.done("PUT", "/main", {"url": url})
    for replay, code in (
        ({}, "REPLAY_UNCLEAR"),
        ({"number": 1, "failed": True}, "REPLAY_UNCLEAR"),
        ({"since": 3}, "NUMBER_NOT_REACHED"),
    ):
        assert code == await portal.refused("POST", "/main/replays", replay), replay


async def test_a_party_has_so_many_webhooks_and_keys(portal: Portal, receiver: Receiver):
    """Each is work for us; what is there stays, and can be set up again."""
    for number in range(MOST_WEBHOOKS):
        await portal.done("PUT", f"/w-{number}", {"url": receiver.url})
    assert "TOO_MANY_WEBHOOKS" == await portal.refused("PUT", "/more", {"url": receiver.url})
    await portal.done("PUT", "/w-0", {"url": receiver.url, "ordered": True})

    for number in range(1, MOST_KEYS):
        await portal.done("PUT", f"/w-0/keys/k-{number}", {})
    assert "TOO_MANY_SIGNING_KEYS" == await portal.refused("PUT", "/w-0/keys/more", {})
