"""What a party meets at the service's door, over the real application and a real log."""

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest

from services.agreements.app import ROUTES
from shared.canonical import content_hash
from shared.errors import all_refusals
from shared.log.envelope import decode
from shared.testing import MigratedDatabase
from shared.web.pages import cursor_for, scope_of
from shared.web.refusals import Refusals
from tests.agreements.bodies import (
    agreement_body,
    contribution_body,
    instrument_body,
    licence_body,
    participant_body,
    project_body,
)
from tests.agreements.portals import DIGEST, JSON, Portal

OpenPortal = Callable[..., Portal]


@pytest.fixture
def auditor(portal_of: OpenPortal) -> Portal:
    """Whoever reads the whole log and writes nothing."""
    return portal_of(None, "auditor", person="AUDITOR")


async def last_position(auditor: Portal) -> int:
    position: int = (await auditor.get("/v1/events", limit=1)).json()["last_position"]
    return position


async def test_a_whole_life_from_contract_to_licence(determined_invention: str, hut: Portal, atrc: Portal):
    """What two parties agree, contribute, attest and adopt ends as shares, and as a licence both consented to."""
    invention = (await hut.get(determined_invention)).json()
    draft = await hut.create("/v1/licences", licence_body())
    await atrc.change("/v1/licences/LIC", "consent", {"terms_hash": draft["terms_hash"]})
    licence = await hut.change("/v1/licences/LIC", "grant")

    assert {"ATRC": "5/12", "HUT": "7/12"} == invention["adopted"]["shares"]
    assert ("GRANTED", "2024-10-01") == (licence["status"], licence["effective_on"])


async def test_whoever_attests_shares_can_read_why(confirmed_contributions: str, hut: Portal, atrc: Portal):
    """The inputs of an open determination, and the way from them to the shares, are there to be computed again."""
    proposed = await hut.change(confirmed_contributions, "determinations", {"determination": "DET"})
    why = (await atrc.get(f"{confirmed_contributions}/derivation")).json()

    assert proposed["open"]["inputs_hash"] == why["inputs_hash"] == content_hash(why["inputs"])
    assert proposed["open"]["shares"] == why["shares"]
    assert {"ATRC": "41.67", "HUT": "58.33"} == why["derivation"]["percent"]


# -- who may do what ------------------------------------------------------------------------------------------

THINGS = (
    "/v1/agreements/MOU",
    "/v1/projects/PRJ",
    "/v1/participants/PRJ/HUT-SE",
    "/v1/inventions/INV",
    "/v1/contributions/C-HUT-SE",
    "/v1/licences/LIC",
)
COMMANDS: tuple[tuple[str, Any], ...] = (
    ("/v1/agreements/MOU/terms", {name: agreement_body()[name] for name in ("terms", "period", "document_hash")}),
    ("/v1/agreements/MOU/propose", None),
    ("/v1/agreements/MOU/sign", {"terms_hash": DIGEST, "signed_on": "2024-01-22"}),
    ("/v1/agreements/MOU/activate", None),
    ("/v1/projects/PRJ/approve", None),
    ("/v1/projects/PRJ/start", {}),
    ("/v1/participants/PRJ/HUT-SE/instruments", instrument_body(assignee_party="EGU")),
    ("/v1/inventions/INV/elements", {"elements": [{"id": "E1", "weight": "1/2", "basis": "CLAIM"}]}),
    ("/v1/inventions/INV/determinations", {}),
    ("/v1/inventions/INV/determinations/DET/attest", {"det_hash": DIGEST}),
    ("/v1/inventions/INV/determinations/DET/reject", {"reason": "no"}),
    ("/v1/inventions/INV/determinations/DET/adopt", None),
    ("/v1/contributions/C-HUT-SE/attest", {"content_hash": DIGEST}),
    (
        "/v1/contributions/C-HUT-SE/correct",
        {
            name: value
            for name, value in contribution_body().items()
            if name not in {"contribution", "project", "invention"}
        },
    ),
    ("/v1/contributions/C-HUT-SE/withdraw", {"reason": "no"}),
    ("/v1/licences/LIC/consent", {"terms_hash": DIGEST}),
    ("/v1/licences/LIC/grant", None),
)
CREATIONS: tuple[tuple[str, JSON], ...] = (
    ("/v1/projects", project_body(project="P9", parties=["EGU", "HUT"])),
    ("/v1/participants", participant_body(person="EGU-SE", home_party="EGU")),
    ("/v1/inventions", {"invention": "I9", "project": "PRJ", "title": "T", "conceived_on": "2024-07-08"}),
    ("/v1/contributions", contribution_body(contribution="C9")),
    ("/v1/licences", licence_body(licence="L9", licensors=["EGU"])),
)


def without_ids(problem: httpx.Response) -> JSON:
    hidden = {"instance", "correlation_id", "detail", "ids"}
    return {name: value for name, value in problem.json().items() if name not in hidden}


async def test_to_a_foreign_party_nothing_exists(determined_invention: str, hut: Portal, egu: Portal, auditor: Portal):
    """What others agreed answers like what was never there, to every read and every command, and stays as it was."""
    await hut.create("/v1/licences", licence_body())
    before = await last_position(auditor)

    for path in THINGS:
        absent = await egu.get("/".join([*path.split("/")[:-1], "NEVER"]))
        foreign = await egu.get(path)
        assert (404, without_ids(absent)) == (foreign.status_code, without_ids(foreign)), path
    for path, body in COMMANDS:
        assert 404 == (await egu.post(path, body, If_Match='"1"')).status_code, path
    for path, body in CREATIONS:
        assert 404 == (await egu.post(path, body)).status_code, path
    for path in ("projects", "participants", "inventions", "contributions", "licences"):
        assert 404 == (await egu.get(f"/v1/{path}", agreement="MOU")).status_code, path
    assert 404 == (await egu.get("/v1/inventions/INV/derivation")).status_code
    assert [] == (await egu.get("/v1/agreements")).json()["items"]
    assert before == await last_position(auditor)


async def test_a_taken_id_tells_a_stranger_nothing(determined_invention: str, egu: Portal):
    """Choosing an id that others use says that it is taken, not by whom or for what."""
    answer = await egu.post("/v1/agreements", agreement_body(parties=["EGU", "NLN"]))

    assert (409, "IDENTIFIER_TAKEN", {"agreement": "MOU"}) == (
        answer.status_code,
        answer.json()["code"],
        answer.json()["ids"],
    )


async def test_each_role_does_its_own(hut: Portal, operator: Portal, auditor: Portal):
    """Operators register parties, representatives command, auditors read the whole log."""
    party = {"kind": "COMPANY", "legal_name": "Somebody", "country": "HK"}

    assert 403 == (await hut.post("/v1/parties", party)).status_code
    assert 403 == (await operator.post("/v1/agreements", agreement_body())).status_code
    assert 403 == (await auditor.get("/v1/agreements")).status_code
    assert 403 == (await operator.get("/v1/events")).status_code


async def test_a_party_of_the_agreement_outside_the_project_is_told_so(operator: Portal, portal_of: OpenPortal):
    """It may know that the project exists, but it has no part in it."""
    hut, egu = portal_of("HUT"), portal_of("EGU")
    everybody = {"HUT": hut, "ATRC": portal_of("ATRC"), "EGU": egu}
    await hut.create("/v1/agreements", agreement_body(parties=list(everybody)))
    terms_hash = (await hut.change("/v1/agreements/MOU", "propose"))["terms_in_force"]["terms_hash"]
    for portal in everybody.values():
        body = {"terms_hash": terms_hash, "signed_on": "2024-01-22"}
        await portal.change("/v1/agreements/MOU", "sign", body)
    await hut.change("/v1/agreements/MOU", "activate")
    await hut.create("/v1/projects", project_body())

    answer = await egu.post("/v1/projects/PRJ/approve", If_Match='"1"')

    assert (403, "NOT_A_PROJECT_PARTY") == (answer.status_code, answer.json()["code"])


# -- versions and repeats -------------------------------------------------------------------------------------


async def test_a_stale_version_is_refused(drafted_agreement: str, hut: Portal, auditor: Portal):
    """Whoever decided on what has changed since must look again."""
    seen = (await hut.get(drafted_agreement)).headers["ETag"]
    await hut.post(f"{drafted_agreement}/propose", If_Match=seen)
    before = await last_position(auditor)

    body = {"terms_hash": (await hut.get(drafted_agreement)).json()["terms_in_force"]["terms_hash"]}
    answer = await hut.post(f"{drafted_agreement}/sign", body | {"signed_on": "2024-01-22"}, If_Match=seen)

    assert (412, "VERSION_MISMATCH") == (answer.status_code, answer.json()["code"])
    assert before == await last_position(auditor)


async def test_a_change_names_the_version_it_was_decided_on(drafted_agreement: str, hut: Portal, auditor: Portal):
    """Without If-Match, and with one that is none, nothing is changed."""
    before = await last_position(auditor)

    assert 428 == (await hut.post(f"{drafted_agreement}/propose")).status_code
    assert 400 == (await hut.post(f"{drafted_agreement}/propose", If_Match="1")).status_code
    assert 412 == (await hut.post(f"{drafted_agreement}/propose", If_Match='"7", "8"')).status_code
    assert before == await last_position(auditor)


async def test_a_repeated_request_gets_the_first_answer(operator: Portal, hut: Portal, auditor: Portal):
    """Sent twice under one key, with an id made by the service, it is still one agreement."""
    body = {name: value for name, value in agreement_body().items() if name != "agreement"}

    first = await hut.post("/v1/agreements", body, Idempotency_Key="draft-1")
    position = await last_position(auditor)
    again = await hut.post("/v1/agreements", body, Idempotency_Key='"draft-1"')

    assert (201, 201) == (first.status_code, again.status_code)
    assert first.content == again.content
    assert first.headers["Location"] == again.headers["Location"]
    assert first.headers["ETag"] == again.headers["ETag"]
    assert "true" == again.headers["Idempotent-Replayed"]
    assert position == await last_position(auditor)


@pytest.mark.parametrize("answer", [b"", b"\xff", b"no answer", b"[]", b"{}"])
async def test_a_kept_answer_that_is_none_is_refused(
    operator: Portal, hut: Portal, auditor: Portal, log_database: MigratedDatabase, answer: bytes
):
    """Whoever repeats a request learns that it is not known what it was answered, and nothing happens twice."""
    await hut.post("/v1/agreements", agreement_body(), Idempotency_Key="k")
    position = await last_position(auditor)
    with psycopg.connect(log_database.owner_dsn, password=log_database.owner_password) as owner:
        owner.execute("UPDATE idempotency SET answer = %s", [answer])

    again = await hut.post("/v1/agreements", agreement_body(), Idempotency_Key="k")

    assert (409, "KEPT_ANSWER_UNREADABLE") == (again.status_code, again.json()["code"]), again.text
    assert position == await last_position(auditor)


async def test_a_key_names_one_request(hut: Portal, atrc: Portal, auditor: Portal):
    """Another payload under a used key is a mistake; another caller's key is another key."""
    await hut.post("/v1/agreements", agreement_body(), Idempotency_Key="k")
    before = await last_position(auditor)

    reused = await hut.post("/v1/agreements", agreement_body(agreement="MOU-2"), Idempotency_Key="k")
    others = await atrc.post("/v1/agreements", agreement_body(agreement="MOU-3"), Idempotency_Key="k")

    assert (422, "IDEMPOTENCY_KEY_REUSED") == (reused.status_code, reused.json()["code"])
    assert 201 == others.status_code
    assert before + 2 == await last_position(auditor)


async def test_what_exists_already_is_answered_as_it_is(drafted_agreement: str, hut: Portal):
    """A creation sent again without a key creates nothing and says so."""
    answer = await hut.post("/v1/agreements", agreement_body())

    assert (200, '"2"') == (answer.status_code, answer.headers["ETag"])


async def test_contributions_confirmed_at_once_all_count(disclosed_invention: str, hut: Portal, atrc: Portal):
    """Attesting many contributions to one invention in the same moment loses none and refuses none."""
    bodies = [contribution_body(contribution=f"C{number}") for number in range(20)]
    views = await asyncio.gather(*(hut.create("/v1/contributions", body) for body in bodies))

    answers = await asyncio.gather(
        *(
            atrc.post(
                f"/v1/contributions/{view['content']['contribution']}/attest",
                {"content_hash": view["content_hash"]},
                If_Match='"1"',
            )
            for view in views
        )
    )

    assert {200} == {answer.status_code for answer in answers}
    assert 20 == len((await hut.get(disclosed_invention)).json()["counted"])


async def test_of_many_that_want_one_id_one_gets_it(operator: Portal, auditor: Portal):
    """Whoever is first, and nobody else, however many ask in the same moment."""
    before = await last_position(auditor)
    names = [f"Organisation {number}" for number in range(10)]

    answers = await asyncio.gather(
        *(
            operator.post("/v1/parties", {"party": "NEW", "kind": "OTHER", "legal_name": name, "country": "HK"})
            for name in names
        )
    )

    assert [201] + [409] * 9 == sorted(answer.status_code for answer in answers)
    assert before + 1 == await last_position(auditor)


# -- bad input ------------------------------------------------------------------------------------------------

_LONG = "x" * 70_000


BAD_BODIES: tuple[tuple[bytes, int], ...] = (
    (b"", 400),
    (b"{", 400),
    (b"\xff\xfe", 400),
    (b"[]", 400),
    (b'{"a":' * 5_000, 400),
    (b'{"party":"X"}', 400),
    (b'{"kind":"COMPANY","legal_name":5,"country":"HK"}', 400),
    (b'{"kind":"COMPANY","legal_name":"N","country":"HK\\n"}', 400),
    (b'{"kind":"COMPANY","legal_name":"N\\u0000","country":"HK"}', 400),
    (b'{"kind":"COMPANY","legal_name":"N\\ud800","country":"HK"}', 400),
    (b'{"kind":"COMPANY","legal_name":"N","country":"HK","surprise":1}', 400),
    (b'{"kind":"COMPANY","legal_name":"N","country":"HK","party":"a.b"}', 400),
    (b'{"kind":"COMPANY","legal_name":"N","country":"HK","party":"AB\\n"}', 400),
    (f'{{"kind":"COMPANY","legal_name":"{_LONG}","country":"HK"}}'.encode(), 413),
)
MISSPELT: tuple[JSON, ...] = (
    {"terms": {"ownership": {"method": "ELEMENTS", "surprise": 1}}},
    {"terms": {"consent": {"NON_EXCLUSIVE": {"rule": "NONE", "surprise": 1}}}},
    {"period": {"from": "2024-02-01", "until": "2025-02-01"}},
    {"period": {"from": "2024-02-30"}},
    {"document_hash": "sha256:" + "A" * 64},
    {"parties": []},
)


async def test_a_bad_body_leaves_no_trace(operator: Portal, auditor: Portal):
    """What cannot be read, or is not of its form, is refused by a problem document and recorded nowhere."""
    before = await last_position(auditor)

    for content, status in BAD_BODIES:
        answer = await operator.send("/v1/parties", content)
        assert (status, "application/problem+json") == (answer.status_code, answer.headers["Content-Type"]), content
    assert before == await last_position(auditor)


async def test_what_is_nested_is_read_as_strictly(hut: Portal, auditor: Portal):
    """A misspelt key deep in the terms is a mistake, not a default."""
    before = await last_position(auditor)

    for changed in MISSPELT:
        assert 400 == (await hut.post("/v1/agreements", agreement_body(**changed))).status_code, changed
    assert before == await last_position(auditor)


@pytest.mark.parametrize("name", ["%00", "a.b", "%0A", "x" * 65, "%F0%9F%98%80"])
async def test_what_is_no_id_is_looked_up_nowhere(hut: Portal, name: str):
    """An address that could not be anything's has nothing at it, and never makes us fail."""
    assert 404 == (await hut.get(f"/v1/agreements/{name}")).status_code
    assert 404 == (await hut.post(f"/v1/projects/{name}/approve", If_Match='"1"')).status_code
    assert 400 == (await hut.get(f"/v1/contributions?agreement={name}")).status_code


# -- lists and the feed ---------------------------------------------------------------------------------------


async def test_a_list_is_read_page_by_page(operator: Portal, hut: Portal):
    """Following `next` shows everything once, in the order in which it came to be."""
    names: list[str] = []
    path = "/v1/parties?limit=3"
    while path:
        answer = await hut.get(path)
        names += [item["party"] for item in answer.json()["items"]]
        path = answer.links["next"]["url"] if "next" in answer.links else ""

    assert ["HUT", "ATRC", "EGU", "NLN"] == names


async def test_a_party_lists_its_own_agreements(hut: Portal, egu: Portal):
    """Each finds those it is in, however many others there are."""
    await hut.create("/v1/agreements", agreement_body())
    await egu.create("/v1/agreements", agreement_body(agreement="SIDE", parties=["EGU", "HUT"]))

    assert ["MOU", "SIDE"] == [each["agreement"] for each in (await hut.get("/v1/agreements")).json()["items"]]
    assert ["SIDE"] == [each["agreement"] for each in (await egu.get("/v1/agreements")).json()["items"]]


async def test_what_an_agreement_holds_is_listed(determined_invention: str, hut: Portal):
    """Its projects, people, inventions and contributions, as they stand."""
    found = {
        kind: [each["version"] for each in (await hut.get(f"/v1/{kind}", agreement="MOU")).json()["items"]]
        for kind in ("projects", "participants", "inventions", "contributions", "licences")
    }

    assert {"projects": 1, "participants": 2, "inventions": 1, "contributions": 2, "licences": 0} == {
        kind: len(versions) for kind, versions in found.items()
    }
    assert [3, 3] == found["contributions"]


async def test_the_feed_gives_the_log_without_a_gap(determined_invention: str, auditor: Portal):
    """Positions from 1, and the bytes as they were recorded."""
    first = (await auditor.get("/v1/events", limit=10)).json()
    rest = (await auditor.get("/v1/events", after=10)).json()
    events = first["events"] + rest["events"]
    envelopes = [decode(base64.b64decode(event["body"])) for event in events]

    assert list(range(1, rest["last_position"] + 1)) == [event["position"] for event in events]
    assert [event["subject"] for event in events] == [envelope.subject for envelope in envelopes]
    assert "DeterminationAdopted" == type(envelopes[-1].data).__name__
    assert "2024-07-08" == envelopes[-1].effective_on.isoformat()


async def test_nobody_reads_more_of_the_feed_than_it_gives_at_once(auditor: Portal):
    """A limit beyond the largest is refused, not silently cut, and so is a position that cannot be."""
    assert 400 == (await auditor.get("/v1/events", limit=1_001)).status_code
    assert 400 == (await auditor.get("/v1/events", after=2**63)).status_code
    assert [] == (await auditor.get("/v1/events", after=2**63 - 1)).json()["events"]


@pytest.mark.parametrize("place", ["x", -1, 2**63])
async def test_a_cursor_that_no_page_gave_is_refused(hut: Portal, place: str | int):
    """A cursor is no secret, so a forged one must do no harm."""
    cursor = cursor_for(scope_of("/v1/parties", ()), [place])

    answer = await hut.get("/v1/parties", cursor=cursor)

    assert (400, "CURSOR_MALFORMED") == (answer.status_code, answer.json()["code"])


# -- what is promised about answers ---------------------------------------------------------------------------


def test_every_refusal_is_declared_by_a_route():
    """Whatever this service may refuse, its API document names where."""
    declared: set[type] = set()
    for router in ROUTES:
        for route in router.routes:
            for handler in getattr(route, "route_handlers", ()):
                if isinstance(handler.responses, Refusals):
                    declared |= handler.responses.classes

    ours = {refusal for refusal in all_refusals() if refusal.__module__.startswith("services.agreements")}
    assert set() == ours - declared


async def test_the_api_documents_itself(service: httpx.AsyncClient):
    """The views and the problems of every route are in its OpenAPI document."""
    document = (await service.get("/openapi.json")).json()

    record = document["paths"]["/v1/contributions"]["post"]["responses"]
    assert "ContributionView" in str(record["201"])
    assert {"201", "200", "400", "401", "403", "404", "409", "413", "422", "500", "503"} <= set(record)
