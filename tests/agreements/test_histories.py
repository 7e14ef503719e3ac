"""What happened to a thing, as a portal shows it: every event with its position, in words, by whom and with what."""

from collections.abc import Callable
from itertools import pairwise

from litestar.routes import HTTPRoute

from services.agreements.app import ROUTES
from shared.events.registry import in_words, registered
from tests.agreements.bodies import project_body
from tests.agreements.portals import JSON, Portal
from tests.agreements.test_unchanged import NO_HISTORY, SHOWN, everything
from tests.agreements.test_who_reads import DIRECTORY

__all__ = ["everything"]
# People's data is no part of the log, so that it can be erased; and what was answered about an asset is all shown.
WITHOUT = NO_HISTORY


def test_whatever_has_a_page_has_a_history():
    """A new thing that shows itself and not how it came about is found here."""
    paths = {route.path_format for router in ROUTES for route in router.routes if isinstance(route, HTTPRoute)}
    pages = {path for path in SHOWN if not path.endswith("/history")}

    assert pages - WITHOUT == {path.removesuffix("/history") for path in paths if path.endswith("/history")}
    assert "/v1/affiliations/history" in DIRECTORY


def test_every_event_says_in_a_sentence_what_happened():
    """In one line that ends as a sentence does, and without what is only for whoever reads the code."""
    for name, kind in registered().items():
        if not name.startswith("agreements."):
            continue  # of tests
        sentence = in_words(kind)
        assert sentence.endswith("."), name
        assert "\n" not in sentence, name
        assert len(sentence) <= 120, name


async def test_every_history_leads_to_what_is_shown(everything: JSON, hut: Portal):
    """From the first event to the one that made the version shown, in the order of the log."""
    for route, address in SHOWN.items():
        if route.endswith("/history") or route in WITHOUT:
            continue
        path = address.format_map(everything)
        shown, history = (await hut.get(path)).json(), (await hut.get(f"{path}/history")).json()["items"]
        assert [*range(1, shown["version"] + 1)] == [each["version"] for each in history], path
        assert all(one["position"] < other["position"] for one, other in pairwise(history)), path
        assert all(each["sentence"] and each["recorded_at"] and each["actor"] for each in history), path


async def test_an_event_is_told_as_it_was_recorded(active_project: str, hut: Portal):
    """When, on which legal day, by whom and for which party, and what it said."""
    first, _, second, started = (await hut.get(f"{active_project}/history")).json()["items"]

    assert ("agreements.ProjectCreated.v1", "HUT-REP", "HUT") == (first["event"], first["actor"], first["actor_party"])
    assert {"party": "ATRC"}.items() <= second["data"].items()
    assert "All had approved, and work began on `started_on`." == started["sentence"]
    assert ("2024-03-01", "2024-03-01") == (started["effective_on"], started["data"]["started_on"])


async def test_a_history_is_read_in_pages(active_project: str, hut: Portal):
    """Each page says where the next begins; what a caller has already is not sent again."""
    path = f"{active_project}/history"
    whole = (await hut.get(path)).json()["items"]
    found: list[JSON] = []
    cursor: JSON = {}
    while True:
        page = await hut.get(path, limit=1, **cursor)
        found += page.json()["items"]
        assert (page.json()["next"] is None) == ("Link" not in page.headers)
        if page.json()["next"] is None:
            break
        cursor = {"cursor": page.json()["next"]}
    elsewhere = await hut.get("/v1/agreements/MOU/history", **cursor)

    assert whole == found
    assert (400, "CURSOR_MALFORMED") == (elsewhere.status_code, elsewhere.json()["code"])


async def test_it_grows_with_what_happens(active_project: str, hut: Portal):
    """Whoever asks with the tag of before is sent it anew."""
    path = f"{active_project}/history"
    before = (await hut.get(path)).headers["ETag"]
    assert 304 == (await hut.again(path, before)).status_code
    await hut.change(active_project, "pause", {"reason": "holidays"})

    assert "Work stopped for a while." == (await hut.again(path, before)).json()["items"][-1]["sentence"]


async def test_where_a_project_comes_from_is_its_opportunity_s_secret(everything: JSON, hut: Portal, atrc: Portal):
    """The project's history begins with its creation, whoever had promised it to whom."""
    await hut.change("/v1/opportunities/OPP", "share", {"shared_with": ["ATRC"], "respond_by": "2999-12-31"})
    for portal in (hut, atrc):
        await portal.change("/v1/opportunities/OPP", "review", {"verdict": "SUPPORT"})
    await hut.change("/v1/opportunities/OPP", "accept", {"project": "PRJ-NEW"})
    assert 404 == (await hut.get("/v1/projects/PRJ-NEW/history")).status_code

    await hut.create("/v1/projects", project_body(project="PRJ-NEW"))

    history = (await atrc.get("/v1/projects/PRJ-NEW/history")).json()["items"]
    assert [("agreements.ProjectCreated.v1", 2)] == [(each["event"], each["version"]) for each in history]


async def test_a_history_tells_a_party_what_concerns_it(
    everything: JSON, hut: Portal, operator: Portal, portal_of: Callable[..., Portal]
):
    """What is shown to all, as parties and affiliations are, has a history that is not for all; operators read it."""
    affiliation = {"parent": "HUT", "child": "NLN", "basis": "CONTROL", "accrual": False}
    await operator.post("/v1/affiliations", {**affiliation, "period": {"from": "2024-01-01"}})
    paths = ("/v1/parties/HUT/history", "/v1/affiliations/history")
    told = {
        name: [len((await portal.get(path)).json()["items"]) for path in paths]
        for name, portal in {"operator": operator, **{each: portal_of(each) for each in ("HUT", "ATRC", "EGU")}}.items()
    }

    assert told["operator"] == told["HUT"]
    assert 0 not in told["HUT"]
    # In an agreement with HUT, and in none.
    assert {"ATRC": [0, told["HUT"][1]], "EGU": [0, 0]} == {each: told[each] for each in ("ATRC", "EGU")}
