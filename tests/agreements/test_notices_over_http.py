"""Whoever delivers proves it over HTTP, with a role of its own; nobody else says who has notice."""

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.canonical import sha256_text
from tests.agreements.portals import DIGEST, JSON, Portal

OpenPortal = Callable[..., Portal]
PATH = "/v1/notices"


@pytest.fixture
async def notice(determined_invention: str, portal_of: OpenPortal) -> JSON:
    """What is said of an adoption: which it is, and that ATRC was delivered an alert of it."""
    assert determined_invention
    [event] = [each for each in await events(portal_of) if "DeterminationAdopted" in each["subject"]]
    body = b64decode(event["body"])
    named = {"event": json.loads(body)["id"], "position": event["position"], "event_hash": sha256_text(body)}
    delivered = {
        "party": "ATRC",
        "channel": "INBOX",
        "sent_hash": DIGEST,
        "delivered_at": datetime.now(UTC).isoformat(),
    }
    return {**named, "delivered": [delivered]}


@pytest.fixture
def notifier(portal_of: OpenPortal) -> Portal:
    return portal_of(None, "notifier", person="notifications")


async def events(portal_of: OpenPortal) -> list[JSON]:
    found: list[JSON] = (await portal_of(None, "auditor").get("/v1/events", limit="1000")).json()["events"]
    return found


async def test_a_proof_is_recorded_once(notice: JSON, notifier: Portal, portal_of: OpenPortal):
    """Said again, it is answered as before; it concerns whoever has notice, and no other party."""
    first, again = [await notifier.post(PATH, notice) for _ in range(2)]
    taken = {"party": "ATRC", "person": "ATRC-REP", "acknowledged_at": notice["delivered"][0]["delivered_at"]}
    both = await notifier.post(PATH, {**notice, "acknowledged": [taken]})

    assert (200, 200, 200) == (first.status_code, again.status_code, both.status_code), first.text + both.text
    assert first.content == again.content
    assert (["ATRC"], ["ATRC"], 2) == tuple(both.json()[name] for name in ("delivered", "acknowledged", "version"))
    told = [each["subject"].rpartition(".")[2] for each in await events(portal_of) if ".notice." in each["subject"]]
    assert ["NoticeDelivered", "NoticeAcknowledged"] == told
    of = {
        party: (await portal_of(party, "partner").get("/v1/events", limit="1000")).json()["events"]
        for party in ("ATRC", "HUT")
    }
    assert (2, 0) == tuple(sum(".notice." in each["subject"] for each in of[party]) for party in ("ATRC", "HUT"))


@pytest.mark.parametrize("role", ["representative", "partner", "operator", "auditor", "service"])
async def test_nobody_else_proves_notice(notice: JSON, portal_of: OpenPortal, role: str):
    """Not even for its own party."""
    refused = await portal_of("HUT", role).post(PATH, notice)

    assert (403, "ROLE_MISSING") == (refused.status_code, refused.json()["code"])


@pytest.mark.parametrize(
    ("otherwise", "status", "code"),
    [
        ({"event_hash": DIGEST}, 404, "NOTICED_EVENT_NOT_FOUND"),
        ({"position": 999_999}, 404, "NOTICED_EVENT_NOT_FOUND"),
        ({"delivered": []}, 422, "NOTICE_TO_NOBODY"),
    ],
)
async def test_what_is_not_so_is_not_recorded(
    notice: JSON, notifier: Portal, otherwise: dict[str, Any], status: int, code: str
):
    """An event that there is not, other bytes than were published, and nobody."""
    refused = await notifier.post(PATH, {**notice, **otherwise})

    assert (status, code) == (refused.status_code, refused.json()["code"])


async def test_other_content_than_was_proven_is_refused(notice: JSON, notifier: Portal):
    """What stands is told with it."""
    await notifier.post(PATH, notice)
    other = "sha256:" + "c" * 64
    refused = await notifier.post(PATH, {**notice, "delivered": [{**notice["delivered"][0], "sent_hash": other}]})

    assert (409, "RECORDED_OTHERWISE") == (refused.status_code, refused.json()["code"])
    assert (DIGEST, other) == (refused.json()["expected"], refused.json()["got"])


@pytest.mark.parametrize(
    "said",
    ["0001-01-01T00:00:00+14:00", "2020-02-02T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"],
)
@pytest.mark.parametrize("what", ["delivered_at", "acknowledged_at"])
async def test_nobody_has_notice_before_there_is_anything_or_in_time_to_come(
    notice: JSON, notifier: Portal, portal_of: OpenPortal, what: str, said: str
):
    """It is named which, and nothing is recorded; a minute is given, for clocks that differ."""
    taken = {"party": "ATRC", "person": "ATRC-REP", "acknowledged_at": notice["delivered"][0]["delivered_at"]}
    wrong = {
        "delivered_at": {"delivered": [{**notice["delivered"][0], what: said}]},
        "acknowledged_at": {"delivered": [], "acknowledged": [{**taken, what: said}]},
    }
    refused = await notifier.post(PATH, {**notice, **wrong[what]})

    assert (422, "NOTICE_OUT_OF_TIME") == (refused.status_code, refused.json()["code"]), refused.text
    assert f"at={what}" in refused.json()["detail"]
    assert not [each for each in await events(portal_of) if ".notice." in each["subject"]]


async def test_an_instant_says_its_zone(notice: JSON, notifier: Portal):
    """Nine o'clock is at another time elsewhere."""
    local = [{**notice["delivered"][0], "delivered_at": "2025-06-01T03:59:00"}]

    assert 400 == (await notifier.post(PATH, {**notice, "delivered": local})).status_code


async def test_each_party_sees_its_own_and_whoever_recorded_it_the_agreements(
    notice: JSON, notifier: Portal, portal_of: OpenPortal
):
    """Who else was told, and who has nothing to do with it, learn nothing of the others."""
    [told_of] = [each for each in await events(portal_of) if each["position"] == notice["position"]]
    recorder = json.loads(b64decode(told_of["body"]))["actorparty"]
    [other] = {"HUT", "ATRC"} - {recorder}
    path = f"{PATH}/{notice['event']}"
    assert (404, "NOTICE_NOT_FOUND") == await _refused(portal_of(recorder), path)
    [delivered] = notice["delivered"]
    of_all = [{**delivered, "party": party} for party in (other, "NLN")]
    taken = {"party": other, "person": f"{other}-REP", "acknowledged_at": delivered["delivered_at"]}
    assert 200 == (await notifier.post(PATH, {**notice, "delivered": of_all, "acknowledged": [taken]})).status_code

    its_own, to_whom_waits, elsewhere = [
        (await portal_of(party).get(path)).json() for party in (other, recorder, "NLN")
    ]

    [seen] = its_own["parties"]
    assert (other, [("INBOX", DIGEST)]) == (
        seen["party"],
        [(each["channel"], each["sent_hash"]) for each in seen["delivered"]],
    )
    assert seen["acknowledged_on"] == seen["delivered"][0]["effective_on"]
    assert its_own == to_whom_waits
    assert [("NLN", None)] == [(each["party"], each["acknowledged_on"]) for each in elsewhere["parties"]]
    assert (404, "NOTICE_NOT_FOUND") == await _refused(portal_of("EGU"), path)
    assert (404, "NOTICE_NOT_FOUND") == await _refused(portal_of(other), f"{PATH}/nothing")
    assert (403, "ROLE_MISSING") == await _refused(notifier, path)


async def _refused(portal: Portal, path: str) -> tuple[int, str]:
    answer = await portal.get(path)
    return answer.status_code, answer.json()["code"]
