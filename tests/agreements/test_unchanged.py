"""Whoever reads one thing again is told when it is what they have: every route that shows one, and none but those."""

from collections.abc import Callable

import pytest
from litestar.routes import HTTPRoute

from services.agreements.app import ROUTES
from tests.agreements.bodies import licence_body
from tests.agreements.portals import JSON, Portal
from tests.agreements.test_owners_over_http import dispute_body, transfer_body
from tests.agreements.test_prospects_over_http import both_sides

OpenPortal = Callable[..., Portal]
# What shows one thing, and how one comes by it where the situation below has it.
SHOWN = {
    "/v1/affiliations": "/v1/affiliations",
    "/v1/agreements/{agreement}": "/v1/agreements/MOU",
    "/v1/assets/{asset}/contests": "/v1/assets/INV/contests",
    "/v1/background/{item}": "/v1/background/{item}",
    "/v1/contributions/{contribution}": "/v1/contributions/C-HUT-SE",
    "/v1/declarations/{declaration}": "/v1/declarations/DEC",
    "/v1/disputes/{dispute}": "/v1/disputes/DSP",
    "/v1/inventions/{invention}": "/v1/inventions/INV",
    "/v1/licences/{licence}": "/v1/licences/LIC",
    "/v1/opportunities/{opportunity}": "/v1/opportunities/OPP",
    "/v1/participants/{project}/{person}": "/v1/participants/PRJ/HUT-SE",
    "/v1/parties/{party}": "/v1/parties/HUT",
    "/v1/people/{person}": "/v1/people/PSN",
    "/v1/projects/{project}": "/v1/projects/PRJ",
    "/v1/projects/{project}/progress": "/v1/projects/PRJ/progress",
    "/v1/transfers/{transfer}": "/v1/transfers/XFR",
}
# A person has none, and what was answered about an asset is all there.
NO_HISTORY = {"/v1/people/{person}", "/v1/assets/{asset}/contests"}
SHOWN |= {f"{route}/history": f"{path}/history" for route, path in SHOWN.items() if route not in NO_HISTORY}
# What lists, and what is worked out anew for whoever asks: from several things, for a day, as known at some time.
ANSWERED = {
    *("/v1/agreements", "/v1/background", "/v1/contributions", "/v1/disputes", "/v1/inventions", "/v1/licences"),
    *("/v1/opportunities", "/v1/participants", "/v1/parties", "/v1/people", "/v1/projects", "/v1/transfers"),
    *("/v1/declarations", "/v1/events", "/v1/tasks", "/v1/me"),
    *("/v1/deadlines", "/v1/deadlines/announced", "/v1/deadlines/today"),
    *("/v1/agreements/{agreement}/terms", "/v1/inventions/{invention}/derivation", "/v1/assets/{asset}/why"),
    "/v1/notices/{event}",
    *("/v1/disputes/{dispute}/exposure", "/v1/licences/{licence}/check"),
    # What a person says, with words that an erasure takes away; and the page on which they say it.
    *("/v1/contributions/{contribution}/voice", "/voice/{token}"),
}


@pytest.fixture
async def everything(determined_invention: str, hut: Portal, atrc: Portal) -> JSON:
    """One of each thing, seen by HUT; what its address cannot know before is named."""
    items = await both_sides(hut, atrc)
    opportunity = {"opportunity": "OPP", "agreement": "MOU", "title": "Beams", "field": "telecom"}
    await hut.create("/v1/opportunities", {**opportunity, "leverages_background": items})
    await hut.create("/v1/licences", licence_body())
    await hut.create("/v1/transfers", transfer_body())
    await atrc.create("/v1/disputes", dispute_body())
    declared = {"declaration": "DEC", "parent": "HUT", "child": "ATRC", "basis": "CONTROL"}
    await hut.create("/v1/declarations", {**declared, "period": {"from": "2999-01-01"}})
    await hut.create("/v1/people", {"person": "PSN", "name": "Ada Example"})
    return {"item": items[0]}


def test_every_read_is_one_or_the_other() -> None:
    """A new route says whether it shows one thing."""
    reads = {
        route.path_format: handler.responses or {}
        for router in ROUTES
        for route in router.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "GET" in handler.http_methods
    }

    assert SHOWN.keys() == {path for path, declared in reads.items() if 304 in declared}
    assert ANSWERED == reads.keys() - SHOWN.keys()


async def test_what_a_caller_has_already_is_not_sent_again(everything: JSON, hut: Portal) -> None:
    """By weak comparison, in a list, or whatever it is; what it has not is sent with the version it is."""
    for path in (address.format_map(everything) for address in SHOWN.values()):
        first = await hut.get(path)
        etag = first.headers["etag"]
        again = [await hut.again(path, has) for has in (etag, f"W/{etag}", f'"none", {etag}', "*")]
        assert [(304, b"", etag)] * 4 == [(each.status_code, each.content, each.headers["etag"]) for each in again], (
            path
        )
        other = await hut.again(path, '"none"')

        assert (200, 200, first.content) == (first.status_code, other.status_code, other.content), path
        # Personal data must not lie in anybody's cache.
        kept = "no-store" if path.startswith("/v1/people") else "private, no-cache"
        assert {kept} == {each.headers["cache-control"] for each in (first, *again, other)}, path


async def test_what_has_changed_is_sent(everything: JSON, hut: Portal) -> None:
    """The version that was shown before is not the one any more."""
    before = (await hut.get("/v1/projects/PRJ")).headers["etag"]
    await hut.change("/v1/projects/PRJ", "pause", {"reason": "holidays"})
    after = await hut.again("/v1/projects/PRJ", before)

    assert (200, "PAUSED") == (after.status_code, after.json()["status"])
    assert before != after.headers["etag"]


async def test_who_may_not_see_it_is_not_told_that_it_stands(everything: JSON, egu: Portal) -> None:
    """Guessing a version finds nothing that reading would not."""
    for path in ("/v1/projects/PRJ", "/v1/inventions/INV", "/v1/licences/LIC"):
        assert 404 == (await egu.again(path, "*")).status_code
