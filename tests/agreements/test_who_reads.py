"""Every route that reads, by whom: a stranger, a holder from outside the agreement, a party that has left it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import pytest
from litestar.routes import HTTPRoute

from services.agreements.app import ROUTES
from shared.calendar import legal_day
from tests.agreements.bodies import contribution_body, licence_body, project_body
from tests.agreements.portals import JSON, Portal
from tests.agreements.test_agreements_over_http import amendment_body
from tests.agreements.test_owners_over_http import dispute_body, transfer_body
from tests.agreements.test_prospects_over_http import background_body

OpenPortal = Callable[..., Portal]
TODAY = str(legal_day(datetime.now(UTC)))


class Read(NamedTuple):
    """A route, what is asked of it, and what a stranger, a holder from outside and a party that has left are told.

    That is a status; of a list, the ids of what it shows.
    """

    route: str
    path: str
    stranger: Any
    outside: Any
    left: Any


# What everybody with a token reads, what is a party's own, and what is for other roles.
DIRECTORY = {
    *("/v1/parties", "/v1/parties/{party:str}", "/v1/parties/{party:str}/history"),
    *("/v1/affiliations", "/v1/affiliations/history"),
}
ELSEWHERE = {
    "/v1/me": "test_tasks_over_http.py",
    "/v1/tasks": "test_tasks_over_http.py",
    "/v1/deadlines": "test_deadlines.py",
    "/v1/deadlines/announced": "test_deadlines_that_follow.py",
    "/v1/deadlines/today": "test_deadlines.py",
    "/v1/people": "test_people.py",
    "/v1/people/{person:str}": "test_people.py",
    "/v1/events": "test_feed.py",
    "/voice/{token:str}": "test_contributor_links.py",
}
_AGREEMENT, _PROJECT = "/v1/agreements/{agreement:str}", "/v1/projects/{project:str}"
_INVENTION, _CONTRIBUTION = "/v1/inventions/{invention:str}", "/v1/contributions/{contribution:str}"
_TRANSFER, _LICENCE, _DISPUTE = (
    "/v1/transfers/{transfer:str}",
    "/v1/licences/{licence:str}",
    "/v1/disputes/{dispute:str}",
)
_ITEM, _OPPORTUNITY = "/v1/background/{item:str}", "/v1/opportunities/{opportunity:str}"
_PARTS = ["C-HUT-SE", "C-ATRC-SE"]
# INV, C-…, SALE and PRJ-EGU, in which EGU took part, are from before EGU left, and NLN has a share of INV; NEW, C-NEW,
# LIC, XFR and DSP are from after.
READS: tuple[Read, ...] = (
    Read("/v1/agreements", "/v1/agreements", [], [], ["MOU"]),
    Read(_AGREEMENT, "/v1/agreements/MOU", 404, 404, 200),
    Read(f"{_AGREEMENT}/terms", "/v1/agreements/MOU/terms", 404, 404, 200),
    Read("/v1/projects", "/v1/projects?agreement=MOU", 404, 404, ["PRJ", "PRJ-EGU"]),
    Read(_PROJECT, "/v1/projects/PRJ", 404, 404, 200),
    Read(_PROJECT, "/v1/projects/PRJ-NEW", 404, 404, 404),
    Read(f"{_PROJECT}/progress", "/v1/projects/PRJ/progress", 404, 404, 200),
    Read(f"{_PROJECT}/progress", "/v1/projects/PRJ-NEW/progress", 404, 404, 404),
    Read("/v1/participants", "/v1/participants?agreement=MOU", 404, 404, ["HUT-SE", "ATRC-SE"]),
    Read("/v1/participants/{project:str}/{person:str}", "/v1/participants/PRJ/HUT-SE", 404, 404, 200),
    Read("/v1/background", "/v1/background?agreement=MOU", 404, 404, ["CN 114567890 A", "US 11,222,333 B2"]),
    Read(_ITEM, "/v1/background/{old}", 404, 404, 200),
    Read(_ITEM, "/v1/background/{new}", 404, 404, 404),
    Read("/v1/opportunities", "/v1/opportunities?agreement=MOU", 404, 404, ["OPP"]),
    Read(_OPPORTUNITY, "/v1/opportunities/OPP", 404, 404, 200),
    Read("/v1/declarations", "/v1/declarations", [], [], ["DEC"]),
    Read("/v1/declarations/{declaration:str}", "/v1/declarations/DEC", 404, 404, 200),
    Read("/v1/inventions", "/v1/inventions?agreement=MOU", 404, ["INV"], ["INV"]),
    Read(_INVENTION, "/v1/inventions/INV", 404, 200, 200),
    Read(_INVENTION, "/v1/inventions/NEW", 404, 404, 404),
    Read(f"{_INVENTION}/derivation", "/v1/inventions/INV/derivation", 404, 200, 404),
    Read("/v1/contributions", "/v1/contributions?agreement=MOU", 404, _PARTS, _PARTS),
    Read(_CONTRIBUTION, "/v1/contributions/C-HUT-SE", 404, 200, 200),
    Read(_CONTRIBUTION, "/v1/contributions/C-NEW", 404, 404, 404),
    Read(f"{_CONTRIBUTION}/voice", "/v1/contributions/C-HUT-SE/voice", 404, 200, 200),
    Read(f"{_CONTRIBUTION}/voice", "/v1/contributions/C-NEW/voice", 404, 404, 404),
    Read("/v1/assets/{asset:str}/why", "/v1/assets/INV/why?holder=NLN", 404, 200, 200),
    Read("/v1/assets/{asset:str}/why", "/v1/assets/NEW/why?holder=NLN", 404, 404, 404),
    Read("/v1/assets/{asset:str}/contests", "/v1/assets/INV/contests", 404, 200, 404),
    Read("/v1/assets/{asset:str}/contests", "/v1/assets/NEW/contests", 404, 404, 404),
    Read("/v1/transfers", "/v1/transfers?agreement=MOU", 404, ["SALE", "XFR"], ["SALE"]),
    Read(_TRANSFER, "/v1/transfers/SALE", 404, 200, 200),
    Read(_TRANSFER, "/v1/transfers/XFR", 404, 200, 404),
    Read("/v1/licences", "/v1/licences?agreement=MOU", 404, ["LIC"], []),
    Read(_LICENCE, "/v1/licences/LIC", 404, 200, 404),
    Read(f"{_LICENCE}/check", "/v1/licences/LIC/check", 404, 200, 404),
    Read("/v1/disputes", "/v1/disputes?agreement=MOU", 404, ["DSP"], []),
    Read(_DISPUTE, "/v1/disputes/DSP", 404, 200, 404),
    Read(f"{_DISPUTE}/exposure", "/v1/disputes/DSP/exposure", 404, 200, 404),
)
# Of whatever has a page of its own whoever reads that reads how it came about, and nobody else does.
READS += tuple(
    read._replace(route=f"{read.route}/history", path=f"{read.path}/history")
    for read in READS
    if read.route.endswith(("}", "/progress"))
)


@pytest.fixture
async def items(determined_invention: str, hut: Portal, atrc: Portal, egu: Portal) -> JSON:
    """EGU came and left again; NLN bought a share; and everything of before goes on, and everything is begun anew."""
    body = amendment_body(acceding=["EGU"], effective_on=TODAY)
    proposed = await hut.change("/v1/agreements/MOU", "amendments", body)
    terms_hash = proposed["amendments"][0]["version"]["in_force"]["terms_hash"]
    for portal in (hut, atrc, egu):
        signature = {"new_terms_hash": terms_hash, "signed_on": TODAY}
        await portal.change("/v1/agreements/MOU", "amendments/1/sign", signature)
    old = await hut.create("/v1/background", background_body())
    own = await atrc.create("/v1/background", background_body(ref="US 11,222,333 B2"))
    opportunity = {"opportunity": "OPP", "agreement": "MOU", "title": "Beams", "field": "telecom/ran/5g"}
    await hut.create("/v1/opportunities", {**opportunity, "leverages_background": [old["item"], own["item"]]})
    shared = {"shared_with": ["ATRC", "EGU"], "respond_by": "2999-12-31"}
    await hut.change("/v1/opportunities/OPP", "share", shared)
    three = project_body(project="PRJ-EGU", parties=["HUT", "ATRC", "EGU"], period={"from": TODAY, "to": "2034-02-01"})
    await hut.create("/v1/projects", three)
    for portal in (hut, atrc, egu):
        await portal.change("/v1/projects/PRJ-EGU", "approve")
    await hut.change("/v1/projects/PRJ-EGU", "start", {"started_on": TODAY})
    sale = await hut.create("/v1/transfers", transfer_body(transfer="SALE", to="NLN"))
    await atrc.change("/v1/transfers/SALE", "consent", {"transfer_hash": sale["transfer_hash"]})
    await hut.change("/v1/transfers/SALE", "execute")
    await egu.change("/v1/agreements/MOU", "leave", {"effective_on": TODAY, "reason": "other plans"})
    new = await hut.create("/v1/background", background_body(ref="EP 1234567 B1"))
    await hut.create("/v1/projects", project_body(project="PRJ-NEW"))
    invention = {"invention": "NEW", "project": "PRJ", "title": "Later", "conceived_on": TODAY}
    await hut.create("/v1/inventions", invention)
    elements = {"elements": [{"id": "E1", "weight": "1/1", "basis": "CONCEPT"}]}
    await hut.change("/v1/inventions/NEW", "elements", elements)
    part = contribution_body(contribution="C-NEW", invention="NEW", conceived_on=TODAY)
    await hut.create("/v1/contributions", part)
    await hut.create("/v1/licences", licence_body(licensee="ATRC", licensors=["HUT"]))
    await hut.create("/v1/transfers", transfer_body())
    await atrc.create("/v1/disputes", dispute_body(position={"ATRC": "1/2", "HUT": "1/2"}))
    declared = {"declaration": "DEC", "parent": "HUT", "child": "EGU", "basis": "CONTROL"}
    await hut.create("/v1/declarations", {**declared, "period": {"from": "2999-01-01"}})
    return {"old": old["item"], "new": new["item"]}


def test_every_route_that_reads_is_asked():
    """A new one shows up here, and says in the table who reads what by it."""
    routes = [route for router in ROUTES for route in router.routes if isinstance(route, HTTPRoute)]
    reading = {route.path for route in routes if "GET" in route.methods}

    assert reading == {each.route for each in READS} | DIRECTORY | {*ELSEWHERE}


async def test_each_reads_what_is_its_own(items: JSON, operator: Portal, portal_of: OpenPortal):
    """As the table says; and what one may not see is told as what never was."""
    body = {"party": "KPD", "kind": "COMPANY", "legal_name": "KPD of somewhere", "country": "HK"}
    await operator.create("/v1/parties", body)
    for column, party in (("stranger", "KPD"), ("outside", "NLN"), ("left", "EGU")):
        portal = portal_of(party)
        for read in READS:
            path, _, query = read.path.format_map(items).partition("?")
            answer = await portal.get(path, **dict(parse_qsl(query)))
            told: Any = answer.status_code
            if 200 == told and isinstance(getattr(read, column), list):
                told = [_named(each) for each in answer.json()["items"]]
            assert (column, read.path, getattr(read, column)) == (column, read.path, told)


async def test_what_has_left_its_sight_stays_as_it_was(items: JSON, hut: Portal, egu: Portal):
    """With the version of then, to which nothing has been added; it is refused to do anything with it."""
    seen, now = await egu.get("/v1/inventions/INV"), await hut.get("/v1/inventions/INV")
    assert ({}, ["DSP"]) == (seen.json()["disputes"], [*now.json()["disputes"]])
    assert seen.json()["version"] < now.json()["version"]

    agreement = (await egu.get("/v1/agreements/MOU")).json()
    assert {"EGU": TODAY} == agreement["left"]
    refused = await egu.post("/v1/inventions/INV/determinations", {}, If_Match=seen.headers["ETag"])
    assert (403, "PARTY_HAS_LEFT") == (refused.status_code, refused.json()["code"])
    # What an amendment would touch is there now: that is not for who has left either.
    asked = await egu.post("/v1/agreements/MOU/amendments/preview", amendment_body())
    assert (403, "PARTY_HAS_LEFT") == (asked.status_code, asked.json()["code"])
    assert items["old"] == (await egu.get(f"/v1/background/{items['old']}")).json()["item"]

    history = (await egu.get("/v1/inventions/INV/history")).json()["items"]
    assert seen.json()["version"] == history[-1]["version"] == len(history)
    assert "DSP" not in str(history)


async def test_whoever_is_asked_to_join_reads_of_what_happened_what_asks_it(
    active_agreement: str, hut: Portal, atrc: Portal, egu: Portal
):
    """Any party can ask it by itself: what happened between the others before it joins is theirs, page by page too."""
    await hut.change(active_agreement, "suspend", {"ground": "a breach that is ours alone"})
    await hut.change(active_agreement, "resume", {})
    proposed = await hut.change(active_agreement, "amendments", amendment_body(acceding=["EGU"]))
    terms_hash = proposed["amendments"][0]["version"]["in_force"]["terms_hash"]
    await atrc.change(active_agreement, "amendments/1/sign", {"new_terms_hash": terms_hash, "signed_on": TODAY})

    asked = [each["event"] for each in await _history(egu, active_agreement, limit=1)]
    assert ["agreements.AmendmentProposed.v1", "agreements.AmendmentSigned.v1"] == asked
    assert "ours alone" in str(await _history(hut, active_agreement))
    for portal in (hut, egu):
        await portal.change(active_agreement, "amendments/1/sign", {"new_terms_hash": terms_hash, "signed_on": TODAY})
    assert {*map(str, asked)} == {each["event"] for each in await _history(egu, active_agreement)}


async def test_whoever_left_and_is_asked_back_reads_what_it_read_and_what_asks_it(
    active_agreement: str, hut: Portal, atrc: Portal, egu: Portal
):
    """Not what happened meanwhile."""
    proposed = await hut.change(active_agreement, "amendments", amendment_body(acceding=["EGU"], effective_on=TODAY))
    terms_hash = proposed["amendments"][0]["version"]["in_force"]["terms_hash"]
    for portal in (hut, atrc, egu):
        await portal.change(active_agreement, "amendments/1/sign", {"new_terms_hash": terms_hash, "signed_on": TODAY})
    await egu.change(active_agreement, "leave", {"effective_on": TODAY, "reason": "other plans"})
    before = await _history(egu, active_agreement)
    await hut.change(active_agreement, "suspend", {"ground": "a breach that is ours alone"})
    await hut.change(active_agreement, "resume", {})
    assert before == await _history(egu, active_agreement)

    await hut.change(active_agreement, "amendments", amendment_body(acceding=["EGU"]))
    *same, asking = await _history(egu, active_agreement)
    assert (before, "agreements.AmendmentProposed.v1") == (same, asking["event"])


async def _history(portal: Portal, path: str, *, limit: int = 50) -> list[JSON]:
    """Return all that is told of what happened, of all pages."""
    told: list[JSON] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await portal.get(f"{path}/history", limit=str(limit), **cursor)
        assert answer.status_code == 200, answer.text
        told += answer.json()["items"]
        if answer.json()["next"] is None:
            return told
        cursor = {"cursor": answer.json()["next"]}


def _named(item: JSON) -> str:
    """Return the id by which a list is read here; of a participant the person, of background what it is."""
    names = (
        "declaration",
        "person",
        "item",
        "contribution",
        "transfer",
        "licence",
        "dispute",
        "opportunity",
        "invention",
        "project",
    )
    if "content" in item:
        return str(item["content"]["contribution"])
    if "owner_party" in item:
        return str(item["ref"])
    return str(next(item[name] for name in (*names, "agreement") if name in item))
