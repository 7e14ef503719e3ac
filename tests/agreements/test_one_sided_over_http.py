"""What one side lays down alone, over the real application: shown as pending, confirmed, and told as what it is."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared.calendar import legal_day
from shared.canonical import sha256_text
from tests.agreements.bodies import agreement_body, terms_body
from tests.agreements.portals import DIGEST, JSON, Portal
from tests.agreements.test_owners_over_http import dispute_body

DISPUTE = "/v1/disputes/DSP"
JUDGMENT: JSON = {
    "outcome": {"ATRC": "1/1"},
    "basis": "COURT",
    "document_hash": DIGEST,
    "determination": "DET-2",
}


@pytest.fixture
async def drafted_agreement(hut: Portal) -> str:
    """An agreement between HUT and ATRC whose registrar is NLN."""
    await hut.create("/v1/agreements", agreement_body(terms=terms_body(dispute={"registrar": "NLN"})))
    return "/v1/agreements/MOU"


@pytest.fixture
def registrar(operator: Portal, portal_of: Callable[..., Portal]) -> Portal:
    """The portal of whoever the terms name to confirm what one side lays down."""
    return portal_of("NLN")


@pytest.fixture
async def judgment(determined_invention: str, hut: Portal, atrc: Portal) -> JSON:
    """A judgment that gives ATRC all, by ATRC's word; HUT has 7/12. What is to be confirmed."""
    await atrc.create("/v1/disputes", dispute_body())
    laid_down = await atrc.change(DISPUTE, "resolution", JUDGMENT)
    return {"resolution_hash": laid_down["resolution"]["resolution_hash"]}


async def held(portal: Portal) -> JSON:
    why = (await portal.get("/v1/assets/INV/why", holder="HUT")).json()
    return {"holding": why["holding"], "decided": why["decided"], "derived": why["derived"]}


async def test_it_is_shown_as_pending_and_for_whom_it_waits(judgment: JSON, hut: Portal, registrar: Portal):
    """The shares are what they were; HUT may confirm or object, the registrar confirm or decline."""
    for portal in (hut, registrar):
        shown = (await portal.get(DISPUTE)).json()
        assert ("OPENED", "PENDING", "ATRC") == (
            shown["status"],
            shown["resolution"]["status"],
            shown["resolution"]["laid_down_by"],
        )
        assert [
            {"party": "HUT", "to": ["confirm", "object"]},
            {"party": "NLN", "to": ["confirm", "decline"]},
        ] == shown["waiting_for"]
    assert {"holding": "7/12", "decided": None, "derived": True} == await held(hut)


async def test_once_it_binds_why_says_by_whose_word(judgment: JSON, hut: Portal, registrar: Portal):
    """In which dispute, on which basis, by which document; and that no contribution says so."""
    await registrar.change(DISPUTE, "resolution/confirm", judgment)

    decided = {
        "dispute": "DSP",
        "basis": "COURT",
        "document_hash": DIGEST,
        "laid_down_by": "ATRC",
        "confirmed_by": ["NLN"],
        "registrar": "NLN",
        "unopposed_by": [],
    }
    assert {"holding": "0/1", "decided": decided, "derived": False} == await held(hut)


async def test_until_when_one_may_object_is_told_once_notice_is_proven(
    judgment: JSON, hut: Portal, registrar: Portal, portal_of: Callable[..., Portal]
):
    """In the dispute, without a new version of it, and in the task; of the registrar's silence nothing comes."""
    before = await hut.get(DISPUTE)
    assert [("BINDS", None), ("NOTHING", None)] == [await task_of(portal) for portal in (hut, registrar)]
    events = (await portal_of(None, "auditor").get("/v1/events", limit="1000")).json()["events"]
    [event] = [each for each in events if each["subject"].endswith("DisputeResolutionProposed")]
    body = b64decode(event["body"])
    took_note = {"party": "HUT", "person": "HUT-REP", "acknowledged_at": datetime.now(UTC).isoformat()}
    named = {"event": json.loads(body)["id"], "position": event["position"], "event_hash": sha256_text(body)}
    proven = await portal_of(None, "notifier").post("/v1/notices", {**named, "acknowledged": [took_note]})
    assert proven.status_code == 200, proven.text

    shown = await hut.get(DISPUTE)
    until = (legal_day(datetime.now(UTC)) + timedelta(days=30)).isoformat()
    assert before.json()["version"] == shown.json()["version"]
    assert before.headers["ETag"] != shown.headers["ETag"], (
        "whoever has the old answer is not told that it still stands"
    )
    assert {"event": named["event"], "until": {"HUT": until}} == shown.json()["silence"]
    assert [("BINDS", until), ("NOTHING", None)] == [await task_of(portal) for portal in (hut, registrar)]


async def task_of(portal: Portal) -> tuple[str, str | None]:
    [task] = (await portal.get("/v1/tasks", task="CONFIRM_OUTCOME")).json()["items"]
    return task["silence"], task["due_on"]


async def test_the_registrar_reads_the_dispute_and_nothing_else(judgment: JSON, registrar: Portal, egu: Portal):
    """Whoever is neither in the agreement nor its registrar finds nothing at all."""
    read = [(await registrar.get(path)).status_code for path in (DISPUTE, f"{DISPUTE}/exposure")]
    listed = (await registrar.get("/v1/disputes", agreement="MOU")).json()["items"]
    for asked in ({}, {"status": "OPENED"}, {"asset": "INV", "agreement": "MOU"}):
        assert listed == (await registrar.get("/v1/disputes", **asked)).json()["items"], asked
    history = await registrar.get(f"{DISPUTE}/history")
    assert ["DisputeOpened"] == [each["event"].split(".")[1] for each in history.json()["items"]][:1]
    hidden = [
        (await registrar.get("/v1/agreements/MOU")).status_code,
        (await registrar.get("/v1/inventions/INV")).status_code,
        (await egu.get("/v1/disputes", agreement="MOU")).status_code,
        (await registrar.get("/v1/assets/INV/why", holder="HUT")).status_code,
        (await egu.get(DISPUTE)).status_code,
        *[
            (await egu.post(f"{DISPUTE}/resolution/{say}", judgment | reason, If_Match='"2"')).status_code
            for say, reason in (("confirm", {}), ("object", {"reason": "no"}), ("decline", {"reason": "no"}))
        ],
        (await egu.post(f"{DISPUTE}/resolution/withdraw", judgment, If_Match='"2"')).status_code,
    ]

    assert ([200, 200], ["DSP"], [404] * 9) == (read, [each["dispute"] for each in listed], hidden)


async def test_what_is_declined_objected_to_or_taken_back_is_none(
    judgment: JSON, hut: Portal, atrc: Portal, registrar: Portal
):
    """And the dispute says what became of it."""
    declined = await registrar.change(DISPUTE, "resolution/decline", judgment | {"reason": "no court knows of it"})
    assert ("DECLINED", None, []) == (declined["set_aside"]["how"], declined["resolution"], declined["waiting_for"])
    await atrc.change(DISPUTE, "resolution", JUDGMENT)
    objected = await hut.change(DISPUTE, "resolution/object", judgment | {"reason": "there is an appeal"})
    assert ("OBJECTED", "STEERING") == (objected["set_aside"]["how"], objected["step"])
    await atrc.change(DISPUTE, "resolution", JUDGMENT)
    taken_back = await atrc.change(DISPUTE, "resolution/withdraw", judgment)
    assert ("WITHDRAWN", "STEERING") == (taken_back["set_aside"]["how"], taken_back["step"])


async def test_a_confirmation_and_an_objection_at_once(judgment: JSON, hut: Portal, registrar: Portal):
    """One is decided on what the other has left, whichever comes first."""
    version = (await hut.get(DISPUTE)).headers["ETag"]
    confirmed, objected = await asyncio.gather(
        registrar.post(f"{DISPUTE}/resolution/confirm", judgment, If_Match=version),
        hut.post(f"{DISPUTE}/resolution/object", judgment | {"reason": "no"}, If_Match=version),
    )

    assert {200, 412} == {confirmed.status_code, objected.status_code}
    bound = confirmed.status_code == 200
    assert ("0/1" if bound else "7/12") == (await held(hut))["holding"]
    assert ("RESOLVED" if bound else "ESCALATED") == (await hut.get(DISPUTE)).json()["status"]


async def test_the_same_request_again_has_the_same_answer(judgment: JSON, hut: Portal):
    """What was sent twice is done once."""
    version = (await hut.get(DISPUTE)).headers["ETag"]
    answers = [
        await hut.post(
            f"{DISPUTE}/resolution/object",
            judgment | {"reason": "there is an appeal"},
            If_Match=version,
            Idempotency_Key="objecting",
        )
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert "STEERING" == answers[1].json()["step"]
