"""Background, opportunities, progress and affiliations over the real application and a real log."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from services.agreements.affiliations.declarations import MAX_UNANSWERED
from shared.calendar import legal_day
from tests.agreements.bodies import project_body
from tests.agreements.portals import DIGEST, JSON, Portal

OpenPortal = Callable[..., Portal]


def background_body(**changed: object) -> JSON:
    return {"agreement": "MOU", "kind": "PATENT", "ref": "CN 114567890 A", "evidence_hash": DIGEST, **changed}


async def both_sides(hut: Portal, atrc: Portal) -> list[str]:
    """Declare an item of each side, and return their ids."""
    return [
        (await portal.create("/v1/background", background_body(ref=ref)))["item"]
        for portal, ref in ((hut, "CN 114567890 A"), (atrc, "US 11,222,333 B2"))
    ]


async def test_an_opportunity_becomes_a_project(active_agreement: str, hut: Portal, atrc: Portal):
    """Seen by one on background of both, put before the other, reviewed and taken up under the project's id."""
    items = await both_sides(hut, atrc)
    body = {"opportunity": "OPP", "agreement": "MOU", "title": "Beams", "field": "telecom/ran/5g"}
    await hut.create("/v1/opportunities", {**body, "leverages_background": items})
    assert [] == (await atrc.get("/v1/opportunities", agreement="MOU")).json()["items"]

    path = "/v1/opportunities/OPP"
    await hut.change(path, "share", {"shared_with": ["ATRC"], "respond_by": "2999-12-31"})
    await atrc.change(path, "review", {"verdict": "NEEDS_WORK", "reason_code": "ROUTE_UNCLEAR"})
    accepted = await atrc.change(path, "accept", {"project": "PRJ"})

    assert ("ACCEPTED", "PRJ") == (accepted["status"], accepted["project"])
    assert ["OPP"] == [
        each["opportunity"] for each in (await atrc.get("/v1/opportunities", agreement="MOU")).json()["items"]
    ]
    # The project is promised and not there yet.
    assert 404 == (await hut.get("/v1/projects/PRJ")).status_code
    assert [] == (await hut.get("/v1/projects", agreement="MOU")).json()["items"]
    await hut.create("/v1/projects", project_body())
    assert ["PRJ"] == [each["project"] for each in (await atrc.get("/v1/projects", agreement="MOU")).json()["items"]]


async def test_access_to_background_is_asked_for_and_granted(active_project: str, hut: Portal, atrc: Portal):
    """By the party that needs it, from the party whose it is, unless screening forbids."""
    path = f"/v1/background/{(await both_sides(hut, atrc))[0]}"
    await atrc.change(path, "agree")
    await atrc.change(path, "access", {"request": "REQ", "purpose": "IMPLEMENT", "needed_for": "PRJ"})
    screening = {"regime": "HK-STC", "classification": "3A001"}
    await hut.post(f"{active_project}/progress/screenings", {**screening, "result": "RESTRICTED"})
    grant = {"price": "ROYALTY_FREE", "period": {"from": "2024-03-01", "to": "2030-03-01"}}
    refused = await hut.post(f"{path}/access/REQ/grant", grant, If_Match='"3"')

    assert (409, "SHARING_RESTRICTED") == (refused.status_code, refused.json()["code"])
    await hut.post(f"{active_project}/progress/screenings", {**screening, "result": "CLEAR"})
    granted = await hut.change(path, "access/REQ/grant", grant)
    assert ("AGREED", "GRANTED") == (granted["status"], granted["access"]["REQ"]["status"])


async def test_what_two_declare_is_contested_and_answers_for_it(active_agreement: str, hut: Portal, atrc: Portal):
    """The second declaration is answered by the item that was there, as it stands now."""
    first = await hut.create("/v1/background", background_body())
    second = await atrc.post("/v1/background", background_body(ref="cn114567890a"))

    assert (201, first["item"], "CONTESTED") == (
        second.status_code,
        second.json()["item"],
        second.json()["status"],
    )


async def test_progress_is_reported_and_seen_by_all(active_project: str, hut: Portal, atrc: Portal):
    """Without saying on which version: a report is true whatever else was reported."""
    path = f"{active_project}/progress"
    money = {"currency": "HKD", "minor": 50_000_000}
    for answer in (
        await hut.post(f"{path}/commitments", {"commitment": "R1", "kind": "CASH", "money": money}),
        await hut.post(f"{path}/milestones", {"code": "M1", "reached_on": "2024-06-01", "evidence_hash": DIGEST}),
        await atrc.post(f"{path}/deliverables", {"code": "D1", "document_hash": DIGEST}),
    ):
        assert 200 == answer.status_code, answer.text
    seen = (await atrc.get(path)).json()

    assert ([money], ["M1"], ["ATRC"]) == (
        [each["money"] for each in seen["commitments"]],
        [each["code"] for each in seen["milestones"]],
        [each["party"] for each in seen["deliverables"]],
    )


async def test_to_a_foreign_party_there_is_none_of_it(
    active_project: str, hut: Portal, atrc: Portal, egu: Portal, portal_of: OpenPortal
):
    """Neither to read nor to command, and nothing is recorded."""
    auditor = portal_of(None, "auditor", person="AUDITOR")
    items = await both_sides(hut, atrc)
    body = {"opportunity": "OPP", "agreement": "MOU", "title": "Beams", "field": "telecom/ran/5g"}
    await hut.create("/v1/opportunities", {**body, "leverages_background": items})
    before = (await auditor.get("/v1/events", limit=1)).json()["last_position"]

    for path in (f"/v1/background/{items[0]}", "/v1/opportunities/OPP", f"{active_project}/progress"):
        assert 404 == (await egu.get(path)).status_code, path
    for path in ("/v1/background", "/v1/opportunities"):
        assert 404 == (await egu.get(path, agreement="MOU")).status_code, path
    commands: tuple[tuple[str, JSON | None], ...] = (
        (f"/v1/background/{items[0]}/agree", None),
        (f"/v1/background/{items[0]}/contest", {"reason": "ours"}),
        (f"/v1/background/{items[0]}/withdraw", {"effective_on": "2999-01-01", "reason": "no"}),
        (f"/v1/background/{items[0]}/access", {"purpose": "IMPLEMENT", "needed_for": "PRJ"}),
        ("/v1/opportunities/OPP/review", {"verdict": "SUPPORT"}),
        ("/v1/opportunities/OPP/accept", {}),
        (f"{active_project}/progress/screenings", {"regime": "X", "classification": "Y", "result": "CLEAR"}),
        ("/v1/background", background_body()),
        ("/v1/opportunities", {**body, "opportunity": "O2", "leverages_background": items}),
    )
    for path, said in commands:
        assert 404 == (await egu.post(path, said, If_Match='"1"')).status_code, path
    assert before == (await auditor.get("/v1/events", limit=1)).json()["last_position"]


async def test_operators_keep_the_directory_of_affiliations(operator: Portal, hut: Portal):
    """Everybody sees it; a circle is refused by name, and an end shortens what was declared."""
    body = {"parent": "HUT", "child": "EGU", "basis": "CONTROL", "period": {"from": "2015-01-01"}}
    assert 403 == (await hut.post("/v1/affiliations", body)).status_code
    assert 200 == (await operator.post("/v1/affiliations", body)).status_code
    circle = await operator.post("/v1/affiliations", body | {"parent": "EGU", "child": "HUT"})
    ended = await operator.post("/v1/affiliations/end", {"parent": "HUT", "child": "EGU", "to": "2020-01-01"})

    assert (409, "AFFILIATION_CYCLE") == (circle.status_code, circle.json()["code"])
    assert {"from": "2015-01-01", "to": "2020-01-01"} == ended.json()["declared"][0]["period"]
    assert ended.json() == (await hut.get("/v1/affiliations")).json()


async def test_a_party_declares_its_own_affiliation_and_the_other_confirms_it(
    operator: Portal, hut: Portal, atrc: Portal, egu: Portal
):
    """The other side is asked, by a task that it sends as it stands; nobody else knows before it is one."""
    for party in ("HUT", "ATRC", "EGU"):
        body = {"party": party, "kind": "UNIVERSITY", "legal_name": party, "country": "HK"}
        await operator.post("/v1/parties", body)
    today = str(legal_day(datetime.now(UTC)))
    declared: JSON = {"declaration": "DEC", "parent": "HUT", "child": "ATRC", "basis": "CONTROL"}
    declared["period"] = {"from": today}
    made = await hut.create("/v1/declarations", declared)

    early = await hut.post("/v1/declarations", declared | {"declaration": "OLD", "period": {"from": "2020-01-01"}})
    assert (422, "BEGINS_BEFORE_DECLARED") == (early.status_code, early.json()["code"])
    assert ("OPEN", "HUT", today) == (made["status"], made["declared_by"], made["declared_on"])
    assert [] == (await egu.get("/v1/affiliations")).json().get("declared", [])
    assert 404 == (await egu.get("/v1/declarations/DEC")).status_code
    for portal, known in ((hut, ["DEC"]), (atrc, ["DEC"]), (egu, [])):
        items = (await portal.get("/v1/declarations")).json()["items"]
        assert known == [each["declaration"] for each in items]
    assert ["withdraw"] == (await hut.get("/v1/declarations/DEC")).json()["can"]
    assert ["confirm", "decline"] == (await atrc.get("/v1/declarations/DEC")).json()["can"]

    confirmed = await atrc.change("/v1/declarations/DEC", "confirm")
    assert "CONFIRMED" == confirmed["status"]
    assert [("HUT", "ATRC")] == [
        (each["parent"], each["child"]) for each in (await egu.get("/v1/affiliations")).json()["declared"]
    ]
    assert ["ATRC"] == (await hut.get("/v1/me")).json()["speaks_for"]
    assert ["end"] == (await hut.get("/v1/declarations/DEC")).json()["can"]

    ended = await atrc.change("/v1/declarations/DEC", "end", {"to": today, "reason": "sold"})
    assert ("ENDED", today) == (ended["status"], ended["ends_on"])
    assert [] == (await hut.get("/v1/declarations/DEC")).json()["can"]
    assert [] == (await hut.get("/v1/me")).json()["speaks_for"]
    assert ["DEC"] == [each["declaration"] for each in (await egu.get("/v1/affiliations")).json()["declared"]]


async def test_whoever_declares_much_waits_for_answers(operator: Portal, hut: Portal, atrc: Portal):
    """What is declared is known to the next declaration, at once and once it stands in the index of lists."""
    names = [f"LAB-{no}" for no in range(MAX_UNANSWERED)]
    for party in ("HUT", "ATRC", *names):
        body = {"party": party, "kind": "COMPANY", "legal_name": party, "country": "HK"}
        await operator.post("/v1/parties", body)
    today = str(legal_day(datetime.now(UTC)))
    declared: JSON = {"parent": "HUT", "basis": "CONTROL", "period": {"from": today}}
    for child in names:
        await hut.create("/v1/declarations", declared | {"child": child})

    again = await hut.post("/v1/declarations", declared | {"child": names[0]})
    assert (409, "DECLARATION_WAITS") == (again.status_code, again.json()["code"])
    more = await hut.post("/v1/declarations", declared | {"child": "ATRC"})
    assert (409, "TOO_MANY_UNANSWERED") == (more.status_code, more.json()["code"])
    # Who is asked may say so itself.
    await atrc.create("/v1/declarations", declared | {"child": "ATRC"})


async def test_of_two_affiliations_at_once_that_make_a_circle_one_is_refused(operator: Portal):
    """On a real log, in the same moment."""
    body = {"basis": "CONTROL", "period": {"from": "2015-01-01"}}
    pairs = [("HUT", "ATRC"), ("ATRC", "EGU"), ("EGU", "HUT")]
    answers = [
        await answer
        for answer in [
            asyncio.ensure_future(operator.post("/v1/affiliations", {**body, "parent": parent, "child": child}))
            for parent, child in pairs
        ]
    ]

    assert [200, 200, 409] == sorted(answer.status_code for answer in answers)
