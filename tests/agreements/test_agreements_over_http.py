"""How parties amend, leave and end an agreement over HTTP, and what a race on the real log comes to."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any

from services.agreements.contracts import decisions, ending, handling
from services.agreements.contracts.model import AGREEMENT
from services.agreements.errors import AgreementNotActive
from services.agreements.projects import handling as projects
from shared.calendar import legal_day
from shared.clock import machine_clock
from shared.log.context import CommandContext
from shared.log.handle import Handler, Outcome, Work
from shared.log.postgres import PostgresEventStore
from shared.testing import MigratedDatabase
from tests.agreements.bodies import project_body, terms_body
from tests.agreements.controls import ATRC, HUT, TODAY, activating, creating, drafting, proposing, signing
from tests.agreements.desk import in_agreement, registered
from tests.agreements.lives import terminating
from tests.agreements.portals import JSON, Portal

NOW = datetime(2025, 6, 1, 4, tzinfo=UTC)
ENDED = {"effective_on": "2999-01-01", "ground": "nothing in common"}


def amendment_body(**changed: Any) -> JSON:
    body: JSON = {
        "terms": terms_body(publication={"notice_days": 60}),
        "period": {"from": "2024-02-01", "to": "3024-02-01"},
        "document_hash": "sha256:" + "b" * 64,
        "effective_on": "2034-01-01",
    }
    return body | changed


async def test_an_amendment_is_previewed_proposed_and_signed(
    active_project: str, hut: Portal, atrc: Portal, egu: Portal
):
    """What it touches is seen before; who is asked to join sees it from the proposal on, and signs with the others."""
    body = amendment_body(acceding=["EGU"])
    preview = await hut.post("/v1/agreements/MOU/amendments/preview", body)
    assert 404 == (await egu.get("/v1/agreements/MOU")).status_code
    proposed = await hut.change("/v1/agreements/MOU", "amendments", body)
    terms_hash = proposed["amendments"][0]["version"]["in_force"]["terms_hash"]
    signature = {"new_terms_hash": terms_hash, "signed_on": "2024-03-01"}
    for portal in (hut, atrc):
        await portal.change("/v1/agreements/MOU", "amendments/1/sign", signature)
    signed = await egu.change("/v1/agreements/MOU", "amendments/1/sign", signature)

    assert (200, ["PRJ"]) == (preview.status_code, [each["id"] for each in preview.json()["projects"]])
    assert proposed["amendments"][0]["diff"] == preview.json()["diff"]
    assert ("AGREED", ["HUT", "ATRC"]) == (signed["amendments"][0]["status"], signed["parties"])
    assert ["MOU"] == [each["agreement"] for each in (await egu.get("/v1/agreements")).json()["items"]]
    assert 404 == (await egu.get(active_project)).status_code


async def test_terms_are_read_as_of_any_day_as_known_at_any_time(active_agreement: str, hut: Portal, atrc: Portal):
    """A day after the amendment's has its terms, unless what was known ends before its last signature."""
    proposed = await hut.change(active_agreement, "amendments", amendment_body())
    terms_hash = proposed["amendments"][0]["version"]["in_force"]["terms_hash"]
    for portal in (hut, atrc):
        signature = {"new_terms_hash": terms_hash, "signed_on": "2024-03-01"}
        await portal.change(active_agreement, "amendments/1/sign", signature)

    async def notice_days(**asked: str) -> int:
        answer = await hut.get(f"{active_agreement}/terms", **asked)
        assert 200 == answer.status_code, answer.text
        days: int = answer.json()["terms"].get("publication", {"notice_days": 45})["notice_days"]
        return days

    assert 45 == await notice_days()
    assert 60 == await notice_days(effective="2034-01-01")
    # Four parties, two events of a draft, a proposal, three of signing, the beginning, a proposal, one signature.
    assert 45 == await notice_days(effective="2034-01-01", known="13")
    assert 60 == await notice_days(effective="2034-01-01", known="14")
    assert 404 == (await hut.get(f"{active_agreement}/terms", effective="2024-01-31")).status_code
    assert 404 == (await hut.get(f"{active_agreement}/terms", known="2001-01-01T00:00:00Z")).status_code
    assert 422 == (await hut.get(f"{active_agreement}/terms", known="lately")).status_code
    for still_to_come in ("2099-01-01", "2099-01-01T00:00:00Z", str(legal_day(machine_clock())), "1000000"):
        refused = await hut.get(f"{active_agreement}/terms", known=still_to_come)
        assert (409, "KNOWN_TIME_NOT_OVER") == (refused.status_code, refused.json()["code"])


async def test_all_terms_are_kept_as_they_were_written(operator: Portal, hut: Portal):
    """Every key, out and back again."""
    terms = terms_body(
        revenue={"fee": {"rate": "1/20", "payee": "ATRC", "cap": {"currency": "HKD", "minor": 5_000_000}}},
        cost={"split": "EXPLICIT", "ratios": {"HUT": "2/3", "ATRC": "1/3"}},
        optout={"effect": "LICENCE_BACK"},
        publication={"thesis_exempt": False},
        background={"exploitation_request_months": 24},
        licence={"freeze_on_dispute": ["ASSIGN"]},
        dispute={"ladder": [{"step": "EXPERT", "days": 10}, {"step": "ARBITRATE"}]},
        calendar={"weekend": ["FRI", "SAT"], "holidays": "HK-2025", "holiday_dates": ["2025-10-01"]},
        law_default="HK",
    )
    body = {
        "agreement": "ALL",
        "kind": "IIA",
        "title": "Everything",
        "parties": ["HUT", "ATRC"],
        "terms": terms,
        "period": {"from": "2024-02-01"},
        "document_hash": "sha256:" + "a" * 64,
    }
    kept = (await hut.create("/v1/agreements", body))["terms_in_force"]["terms"]

    assert terms["background"] == kept["background"]
    assert terms["licence"] == kept["licence"]
    assert (terms["calendar"] | {"zone": "Asia/Hong_Kong"}) == kept["calendar"]
    assert (terms["publication"] | {"notice_days": 45, "objection_days": 30, "max_delay_days": 90}) == (
        kept["publication"]
    )
    assert ("1/20", "RESIDUAL", 10) == (
        kept["revenue"]["fee"]["rate"],
        kept["revenue"]["fee"]["base"],
        kept["dispute"]["ladder"][0]["days"],
    )
    unknown = body | {"agreement": "NONE", "terms": terms | {"revenues": {}}}
    assert 400 == (await hut.post("/v1/agreements", unknown)).status_code


async def test_an_agreement_lives_and_ends_over_http(active_project: str, hut: Portal, atrc: Portal):
    """Suspended, resumed, renewed and under notice, and a project paused, resumed and completed."""
    agreement = "/v1/agreements/MOU"
    assert "SUSPENDED" == (await hut.change(agreement, "suspend", {"ground": "a breach"}))["status"]
    assert "ACTIVE" == (await hut.change(agreement, "resume"))["status"]
    assert "PAUSED" == (await atrc.change(active_project, "pause", {"reason": "moving"}))["status"]
    assert "ACTIVE" == (await hut.change(active_project, "resume"))["status"]
    await hut.change(agreement, "renew", {"new_to": "3000-01-01"})
    renewed = await atrc.change(agreement, "renew", {"new_to": "3000-01-01"})
    assert "3000-01-01" == renewed["ends_on"]
    assert "2999-01-01" == (await atrc.change(agreement, "terminate", ENDED))["ends_on"]
    assert "COMPLETED" == (await hut.change(active_project, "complete", {}))["status"]

    late = await hut.post(
        "/v1/projects", project_body(project="LATE", period={"from": "2025-01-01", "to": "2999-01-02"})
    )
    assert "PROJECT_OUTSIDE_AGREEMENT" == late.json()["code"]
    seen = (await hut.get(agreement)).headers["ETag"]
    alone = await hut.post(f"{agreement}/leave", {"effective_on": "2998-01-01", "reason": "x"}, If_Match=seen)
    assert "TOO_FEW_PARTIES" == alone.json()["code"]


async def does(handler: Handler, work: Work) -> Outcome:
    context = CommandContext(actor="HUT-REP", actor_party="HUT", now=NOW, correlation_id="race")
    return await handler.handle(work, context, represent=lambda *_: b"{}")


async def in_effect(handler: Handler, agreement: str) -> None:
    """Bring an agreement into effect."""
    await does(handler, partial(handling.draft, command=drafting(agreement=agreement)))
    await does(handler, in_agreement(agreement, decisions.propose_agreement, proposing()))
    state, _ = await handler.read(AGREEMENT, agreement)
    for by in (HUT, ATRC):
        signature = signing(state.standing.terms_hash, by=by)
        await does(handler, in_agreement(agreement, decisions.sign_agreement, signature))
    await does(handler, in_agreement(agreement, decisions.activate_agreement, activating()))


async def test_a_termination_and_a_new_project_are_raced(log_database: MigratedDatabase):
    """Two processes on the real log, over and over: a project is there from before the end, or refused by name."""
    opening = partial(PostgresEventStore.open, log_database.dsn, password=log_database.password)
    async with opening() as one, opening() as other:
        here, there = Handler(one), Handler(other)
        for party in ("HUT", "ATRC"):
            await does(here, registered(party))
        for name in (f"MOU-{each}" for each in range(20)):
            await in_effect(here, name)
            await there.read(AGREEMENT, name)
            end = in_agreement(name, ending.terminate_agreement, terminating(effective_on=TODAY))
            begin = partial(projects.create, command=creating(agreement=name, project=name))
            ended, begun = await asyncio.gather(does(here, end), does(there, begin), return_exceptions=True)

            assert isinstance(ended, Outcome)
            if isinstance(begun, Outcome):
                assert begun.position is not None
                assert ended.position is not None
                assert begun.position < ended.position
            else:
                assert isinstance(begun, AgreementNotActive)
