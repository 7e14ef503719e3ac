"""Parties' systems answer over the real application and a real log, and people read what is contested."""

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.agreements.portals import JSON, Portal
from tests.agreements.test_owners_over_http import dispute_body

OpenPortal = Callable[..., Portal]
STANDS, HALF = {"ATRC": "5/12", "HUT": "7/12"}, {"ATRC": "1/2", "HUT": "1/2"}
PATH = "/v1/acknowledgements"


@pytest.fixture
async def adopted(determined_invention: str, portal_of: OpenPortal) -> JSON:
    """What a party's feed brought of the adoption: the id of the event, and its position."""
    assert determined_invention.endswith("/INV")
    page = (await portal_of(None, "auditor").get("/v1/events", limit="1000")).json()
    [event] = [each for each in page["events"] if "DeterminationAdopted" in each["subject"]]
    return {"asset": "INV", "event": json.loads(b64decode(event["body"]))["id"], "position": event["position"]}


def answer(adopted: JSON, **changed: Any) -> JSON:
    return {**adopted, "holdings": STANDS, "verdict": "ACCEPT", **changed}


async def test_a_partys_system_accepts_what_it_worked_out(adopted: JSON, hut: Portal, portal_of: OpenPortal):
    """With the role `partner` and no power at all; said again it is the same, and it is nobody's but its party's."""
    system = portal_of("ATRC", "partner", person="ATRC-SYSTEM")
    first = await system.post(PATH, answer(adopted))
    again = await system.post(PATH, answer(adopted))

    assert (200, 200) == (first.status_code, again.status_code), first.text
    assert first.content == again.content
    assert ("ATRC", "ACCEPT", STANDS, None) == tuple(
        first.json()[name] for name in ("party", "verdict", "holdings", "contested")
    )
    assert [] == (await hut.get("/v1/assets/INV/contests")).json()["contests"]


async def test_a_party_that_may_not_read_the_asset_is_told_of_none(adopted: JSON, portal_of: OpenPortal):
    """Whatever it says, and what was answered neither."""
    system = portal_of("EGU", "partner")

    answered, read = await system.post(PATH, answer(adopted)), await system.get("/v1/assets/INV/contests")

    assert {(404, "INVENTION_NOT_FOUND")} == {(each.status_code, each.json()["code"]) for each in (answered, read)}


async def test_what_cannot_be_accepted_says_both(adopted: JSON, portal_of: OpenPortal):
    """What stands, and what the system takes for it."""
    refused = await portal_of("ATRC", "partner").post(PATH, answer(adopted, holdings=HALF))
    problem = refused.json()

    assert (409, "HOLDINGS_DIFFER") == (refused.status_code, problem["code"])
    assert (STANDS, HALF) == (problem["expected"], problem["got"])


async def test_a_contest_shows_on_the_asset_and_becomes_a_dispute(
    adopted: JSON, hut: Portal, atrc: Portal, portal_of: OpenPortal
):
    """Grouped by what conflicts with what, and carried on in one command with the same position."""
    await portal_of("HUT", "partner").post(PATH, answer(adopted))
    await portal_of("ATRC", "partner").post(PATH, answer(adopted, holdings=HALF, verdict="CONTEST"))

    shown = await hut.get("/v1/assets/INV/contests")
    [contest] = shown.json()["contests"]
    assert {"holdings": STANDS, "parties": ["HUT"]} == contest["stands"]
    assert [{"holdings": HALF, "parties": ["ATRC"]}] == contest["claims"]
    assert 304 == (await hut.again("/v1/assets/INV/contests", shown.headers["etag"])).status_code

    body = dispute_body(contest=contest["event"])
    del body["position"]
    dispute = await atrc.create("/v1/disputes", body)
    assert {"ATRC": HALF} == dispute["positions"]


@pytest.mark.parametrize("path", ["/v1/disputes", "/v1/transfers", "/v1/agreements"])
@pytest.mark.usefixtures("operator")
async def test_a_partys_system_commands_nothing_else(path: str, portal_of: OpenPortal):
    """It has the role for its answers, and none for what binds."""
    refused: httpx.Response = await portal_of("HUT", "partner").post(path, {})

    assert (403, "ROLE_MISSING") == (refused.status_code, refused.json()["code"])
