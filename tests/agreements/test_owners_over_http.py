"""Who owns what and why, over the real application and a real log; also when two commands come at once."""

import asyncio
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.agreements.portals import DIGEST, JSON, Portal

CASES = Path(__file__).parent / "cases"


def transfer_body(**changed: Any) -> JSON:
    body: JSON = {
        "transfer": "XFR",
        "assets": ["INV"],
        "from": "HUT",
        "to": "ATRC",
        "amount": {"of_holding": "1/7"},
        "effective_on": "2025-07-01",
        "instrument_hash": DIGEST,
    }
    return body | changed


def dispute_body(**changed: Any) -> JSON:
    body: JSON = {
        "dispute": "DSP",
        "asset": "INV",
        "kind": "SHARE",
        "position": {"ATRC": "1/2", "HUT": "1/2"},
        "element": "E1",
        "summary_hash": DIGEST,
    }
    return body | changed


@pytest.fixture
async def consented_transfer(determined_invention: str, hut: Portal, atrc: Portal) -> str:
    """A transfer of a seventh of HUT's holding, which ATRC has consented to."""
    proposed = await hut.create("/v1/transfers", transfer_body())
    await atrc.change("/v1/transfers/XFR", "consent", {"transfer_hash": proposed["transfer_hash"]})
    return "/v1/transfers/XFR"


async def test_a_transfer_shows_in_why_its_holder_holds(consented_transfer: str, hut: Portal, atrc: Portal):
    """From the holding down to people, their instruments and contributions, and every transfer since."""
    executed = await hut.change(consented_transfer, "execute")
    assert "EXECUTED" == executed["status"]

    why = (await atrc.get("/v1/assets/INV/why", holder="HUT")).json()
    assert ("1/2", "7/12", "DET", 1) == (why["holding"], why["determined"], why["determination"], why["version"])
    [person] = why["people"]
    assert ("HUT-SE", "7/12", ["HUT-SE-LAW"]) == (person["person"], person["share"], person["instruments"])
    assert ("CONTRIBUTION", None, "58.33") == (why["basis"], why["decided_in"], why["percent"])
    [element] = person["elements"]
    assert [("HUT-SE", "7/1")] == [(each["contributor"], each["points"]) for each in element["contributions"]]
    assert [("XFR", "-1/12", "1/2")] == [(e["transfer"], e["change"], e["holding"]) for e in why["transfers"]]
    before = (await atrc.get("/v1/assets/INV/why", holder="HUT", on="2025-06-30")).json()
    assert ("7/12", []) == (before["holding"], before["transfers"])


async def test_a_share_is_worked_out_by_hand_from_why_it_is_held(determined_invention: str, hut: Portal):
    """The points of each contribution, those of everybody, and the element's part are all that it takes."""
    answers = [(await hut.get("/v1/assets/INV/why", holder=holder)).json() for holder in ("HUT", "ATRC")]

    assert determined_invention.endswith("/INV")
    for why in answers:
        [person] = why["people"]
        [element] = person["elements"]
        points = sum(Fraction(each["points"]) for each in element["contributions"])
        by_hand = Fraction(element["element_share"]) * points / Fraction(element["points"])
        assert by_hand == Fraction(person["contributed"]) == Fraction(person["share"]) == Fraction(why["determined"])


async def test_a_dispute_freezes_and_ends_in_shares(consented_transfer: str, hut: Portal, atrc: Portal):
    """What is undisputed is shown exactly; a settlement is the shares, and the transfer is free again."""
    await atrc.create("/v1/disputes", dispute_body())
    exposure = (await hut.get("/v1/disputes/DSP/exposure")).json()
    assert {"ATRC": "5/12", "HUT": "1/2"} == exposure["floor"]
    assert ("1/12", "1/12") == (exposure["held"], exposure["overclaim"])
    frozen = await hut.post(f"{consented_transfer}/execute", If_Match='"3"')
    assert (409, "ASSET_IS_FROZEN") == (frozen.status_code, frozen.json()["code"])

    settled = {"outcome": {"ATRC": "1/2", "HUT": "1/2"}, "basis": "SETTLEMENT", "document_hash": DIGEST}
    proposed = await hut.change("/v1/disputes/DSP", "resolution", settled)
    resolution = {"resolution_hash": proposed["resolution"]["resolution_hash"]}
    assert "RESOLVED" == (await atrc.change("/v1/disputes/DSP", "resolution/confirm", resolution))["status"]
    await hut.change(consented_transfer, "execute")
    why = (await atrc.get("/v1/assets/INV/why", holder="HUT")).json()
    assert ("3/7", []) == (why["holding"], why["people"])
    assert ("AGREED", "DSP", 2, DIGEST) == (why["basis"], why["decided_in"], why["version"], why["inputs_hash"])
    assert ("1/2", "50.00") == (why["determined"], why["percent"])


async def test_of_a_transfer_and_a_claim_at_once_one_comes_first(consented_transfer: str, hut: Portal, atrc: Portal):
    """Whichever is second is decided on what the first one left: never is a frozen share passed on."""
    executed, opened = await asyncio.gather(
        hut.post(f"{consented_transfer}/execute", If_Match='"3"'), atrc.post("/v1/disputes", dispute_body())
    )

    assert 201 == opened.status_code
    invention = (await hut.get("/v1/inventions/INV")).json()
    moved = len(invention["account"]["movements"])
    assert (executed.status_code, moved) in {(200, 1), (409, 0)}
    if moved == 0:
        assert "ASSET_IS_FROZEN" == executed.json()["code"]


async def test_of_two_determinations_and_transfers_at_once_none_goes_negative(
    determined_invention: str, hut: Portal, atrc: Portal
):
    """A transfer of everything and other shares come at once: one of them is refused by name."""
    proposed = await hut.create("/v1/transfers", transfer_body(amount={"of_whole": "7/12"}, effective_on="2025-01-01"))
    await atrc.change("/v1/transfers/XFR", "consent", {"transfer_hash": proposed["transfer_hash"]})
    corrected = {
        "element": "E1",
        "contributor": "HUT-SE",
        "kind": "INVENTIVE",
        "points": "5/1",
        "conceived_on": "2024-07-08",
        "description_hash": DIGEST,
    }
    content_hash = (await hut.change("/v1/contributions/C-HUT-SE", "correct", corrected))["content_hash"]
    await atrc.change("/v1/contributions/C-HUT-SE", "attest", {"content_hash": content_hash})
    opened = await hut.change(determined_invention, "determinations", {"determination": "DET-2"})
    attestation = {"det_hash": opened["open"]["det_hash"]}
    version = (await atrc.change(determined_invention, "determinations/DET-2/attest", attestation))["version"]

    executed, adopted = await asyncio.gather(
        hut.post("/v1/transfers/XFR/execute", If_Match='"3"'),
        hut.post(f"{determined_invention}/determinations/DET-2/adopt", If_Match=f'"{version}"'),
    )

    statuses = (executed.status_code, adopted.status_code)
    assert statuses in {(200, 409), (200, 412), (409, 200)}
    if statuses == (409, 200):
        assert "INSUFFICIENT_HOLDING" == executed.json()["code"]
    elif statuses == (200, 409):
        assert "OWNERSHIP_REPLAY_CONFLICT" == adopted.json()["code"]


@pytest.mark.parametrize("case", [json.loads(path.read_text()) for path in sorted(CASES.rglob("p*.json"))])
async def test_a_case_is_answered(case: JSON, hut: Portal):
    """Nothing is recorded, whoever asks."""
    answer = await hut.post("/v1/simulations", case)

    assert (200, case["name"]) == (answer.status_code, answer.json()["name"])


async def test_what_is_no_case_is_a_problem(hut: Portal):
    """By the field that is wrong."""
    answer = await hut.post("/v1/simulations", {"name": "n", "kind": "ownership", "input": {"events": [], "x": 1}})

    assert (422, "FIELD_UNKNOWN", "x") == (answer.status_code, answer.json()["code"], answer.json()["ids"]["field"])


async def test_outsiders_find_nothing(consented_transfer: str, atrc: Portal, egu: Portal):
    """Neither the transfer, nor the dispute, nor why anybody owns anything."""
    await atrc.create("/v1/disputes", dispute_body())
    answers: list[httpx.Response] = [
        await egu.get("/v1/transfers/XFR"),
        await egu.get("/v1/disputes/DSP"),
        await egu.get("/v1/disputes/DSP/exposure"),
        await egu.get("/v1/assets/INV/why", holder="HUT"),
        await egu.get("/v1/transfers", agreement="MOU"),
    ]

    assert [404] * len(answers) == [answer.status_code for answer in answers]


async def test_a_holder_from_outside_lists_what_it_may_see(
    consented_transfer: str, hut: Portal, atrc: Portal, egu: Portal
):
    """By the agreement that it is not in: its assets and what becomes of them; of all else there is none."""
    lists = ("inventions", "transfers", "licences", "disputes")
    for path in lists:
        assert 404 == (await egu.get(f"/v1/{path}", agreement="MOU")).status_code, path
    body = transfer_body(transfer="SALE", to="EGU", effective_on="2024-10-01")
    sale = await hut.create("/v1/transfers", body)
    assert 200 == (await egu.get("/v1/transfers/SALE")).status_code
    await atrc.change("/v1/transfers/SALE", "consent", {"transfer_hash": sale["transfer_hash"]})
    await hut.change("/v1/transfers/SALE", "execute")
    await atrc.create("/v1/disputes", dispute_body())

    found = {path: await egu.get(f"/v1/{path}", agreement="MOU", limit=1) for path in lists}

    assert [200, 200, 404, 200] == [answer.status_code for answer in found.values()]
    assert ["INV"] == [each["invention"] for each in found["inventions"].json()["items"]]
    pages = found["transfers"].json()
    rest = (await egu.get("/v1/transfers", agreement="MOU", limit=1, cursor=pages["next"])).json()
    assert ["XFR", "SALE"] == [each["transfer"] for each in (*pages["items"], *rest["items"])]
    assert (200, 404) == (
        (await egu.get("/v1/assets/INV/why", holder="EGU")).status_code,
        (await egu.get("/v1/agreements/MOU")).status_code,
    )


async def test_an_invention_is_given_up_over_http(determined_invention: str, hut: Portal, atrc: Portal, egu: Portal):
    """Proposed, opposed, proposed again and consented to; then it can be read and nothing else."""
    proposed = await hut.change(determined_invention, "retirement", {"reason": "anticipated"})
    assert ("HUT", ["HUT"]) == (proposed["retirement"]["proposed_by_party"], [*proposed["retirement"]["consents"]])
    opposed = await atrc.change(determined_invention, "retirement/oppose", {"reason": "we want it"})
    assert opposed["retirement"] is None
    await hut.change(determined_invention, "retirement", {"reason": "anticipated"})
    retired = await atrc.change(determined_invention, "retirement/consent", {})

    assert "RETIRED" == retired["status"]
    assert 409 == (await hut.post("/v1/transfers", transfer_body())).status_code
    assert 404 == (await egu.get(determined_invention)).status_code
