"""Every list by every filter: it shows just what there is of that among all that its reader may see."""

from collections.abc import Callable
from inspect import signature
from typing import Any, LiteralString, NamedTuple

import psycopg
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from services.agreements.app import ROUTES
from shared.testing import MigratedDatabase, wait_until
from tests.agreements.bodies import agreement_body, licence_body
from tests.agreements.portals import JSON, Portal
from tests.agreements.test_owners_over_http import transfer_body
from tests.agreements.test_who_reads import items

__all__ = ["items"]
OpenPortal = Callable[..., Portal]
Values = Callable[[JSON], Any]
# Not of things that are followed, and tried where the file says.
ELSEWHERE = {"/v1/tasks": "test_tasks_over_http.py", "/v1/people": "test_people.py", "/v1/events": "test_feed.py"}
NOBODY, MALFORMED = "NONE-SUCH", "two words"


class Filter(NamedTuple):
    """By which of its members a thing is found, and values that are asked for: some that there are, and some not."""

    of: Values
    values: tuple[str, ...]


def _named(member: str) -> Values:
    return lambda item: [item[member]]


def _taking_part(item: JSON) -> list[str]:
    return [*item["parties"], *item["positions"], *(holder for each in item["positions"].values() for holder in each)]


def _holders(invention: JSON) -> set[str]:
    """Return who holds it in the end: by the shares that were adopted, and the transfers that passed them on."""
    regimes = invention["account"]["regimes"]
    return {*(regimes[-1]["shares"] if regimes else ()), *(each["to"] for each in invention["account"]["movements"])}


AGREEMENT = Filter(_named("agreement"), ("MOU",))
PARTY = Filter(lambda item: item["parties"], ("HUT", "EGU", NOBODY))
LISTS: dict[str, dict[str, Filter]] = {
    "/v1/agreements": {"status": Filter(_named("status"), ("ACTIVE", "CLOSED")), "party": PARTY},
    "/v1/parties": {"status": Filter(_named("status"), ("REGISTERED", "VERIFIED"))},
    "/v1/declarations": {
        "status": Filter(_named("status"), ("OPEN", "WITHDRAWN")),
        "party": Filter(lambda item: [item["parent"], item["child"]], ("HUT", "EGU", NOBODY)),
    },
    "/v1/background": {
        "agreement": AGREEMENT,
        "status": Filter(_named("status"), ("DECLARED", "AGREED")),
        "owner": Filter(_named("owner_party"), ("HUT", "ATRC", NOBODY)),
        # Everybody who was in the agreement then is asked to agree to it.
        "party": Filter(lambda _: ["HUT", "ATRC", "EGU"], ("HUT", "ATRC", NOBODY)),
    },
    "/v1/opportunities": {
        "agreement": AGREEMENT,
        "status": Filter(_named("status"), ("SHARED", "ACCEPTED")),
        "project": Filter(_named("project"), ("PRJ",)),
        "party": PARTY,
    },
    "/v1/projects": {
        "agreement": AGREEMENT,
        "status": Filter(_named("status"), ("ACTIVE", "PROPOSED", "PAUSED")),
        "party": PARTY,
    },
    "/v1/participants": {
        "agreement": AGREEMENT,
        "status": Filter(_named("status"), ("ENGAGED", "LEFT")),
        "project": Filter(_named("project"), ("PRJ", "PRJ-NEW")),
        "party": Filter(
            lambda item: [item["home_party"], *(each["assignee_party"] for each in item["instruments"])],
            ("HUT", "ATRC", NOBODY),
        ),
    },
    "/v1/inventions": {
        "agreement": AGREEMENT,
        "status": Filter(_named("status"), ("DETERMINED", "DISCLOSED", "RETIRED")),
        "project": Filter(_named("project"), ("PRJ", "PRJ-NEW")),
        "holder": Filter(_holders, ("HUT", "NLN", "ATRC", "person:HUT-SE", NOBODY)),
        "party": Filter(lambda item: [*item["parties"], *_holders(item)], ("HUT", "NLN", "EGU", NOBODY)),
    },
    "/v1/contributions": {
        "agreement": AGREEMENT,
        "status": Filter(_named("status"), ("CONFIRMED", "RECORDED", "CONTESTED")),
        "project": Filter(lambda item: [item["content"]["project"]], ("PRJ", "PRJ-NEW")),
        "invention": Filter(lambda item: [item["content"]["invention"]], ("INV", "NEW", NOBODY)),
        "party": Filter(lambda item: [item["recorded_by_party"], *item["attesting_parties"]], ("HUT", "ATRC", NOBODY)),
    },
    "/v1/transfers": {
        "agreement": AGREEMENT,
        "status": Filter(_named("status"), ("EXECUTED", "PROPOSED", "REFUSED")),
        "asset": Filter(_named("assets"), ("INV", "NEW", NOBODY)),
        "party": Filter(
            lambda item: [item["from"], item["to"], item["proposed_by_party"], *item["parties"]],
            ("HUT", "NLN", "ATRC", NOBODY),
        ),
    },
    "/v1/licences": {
        "agreement": AGREEMENT,
        "status": Filter(_named("status"), ("DRAFT", "GRANTED")),
        "asset": Filter(lambda item: [item["scope"]["assets"]], ("INV", "NEW", NOBODY)),
        "party": Filter(
            lambda item: [item["licensee"], *item["licensors"], *item["parties"]], ("HUT", "ATRC", "EGU", NOBODY)
        ),
    },
    "/v1/disputes": {
        "agreement": AGREEMENT,
        "status": Filter(_named("status"), ("OPENED", "RESOLVED")),
        "project": Filter(_named("project"), ("PRJ", "PRJ-NEW")),
        "asset": Filter(_named("asset"), ("INV", "NEW", NOBODY)),
        "party": Filter(_taking_part, ("HUT", "ATRC", NOBODY)),
    },
}
SEEN_BY = ("HUT", "NLN", "EGU", "KPD")


def _is(item: JSON, asked: Filter, value: str) -> bool:
    return any(value == each or (isinstance(each, list) and value in each) for each in asked.of(item))


async def whole(portal: Portal, path: str, **asked: str) -> list[JSON]:
    """Return what a list shows, page by page."""
    found: list[JSON] = []
    while True:
        answer = await portal.get(path, limit=2, **asked)
        assert 200 == answer.status_code, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        asked["cursor"] = answer.json()["next"]


@pytest.fixture
async def others(items: JSON, operator: Portal, portal_of: OpenPortal) -> Portal:
    """KPD has an agreement with a party that nobody else here has to do with."""
    for party in ("KPD", "OWN"):
        body = {"party": party, "kind": "COMPANY", "legal_name": f"{party} of somewhere", "country": "HK"}
        await operator.create("/v1/parties", body)
    kpd = portal_of("KPD")
    await kpd.create("/v1/agreements", agreement_body(agreement="OTHER", parties=["KPD", "OWN"]))
    outside = portal_of("NLN")

    async def let_in() -> bool:
        return bool((await outside.get("/v1/disputes")).json()["items"])

    # Whom another's act lets in finds it a second later.
    await wait_until(let_in, 10, "NLN finds the dispute that was opened last")
    return kpd


def test_every_list_and_each_of_its_filters_is_in_the_table():
    """A new one is tried as the others are."""
    routes = [route for router in ROUTES for route in router.routes if isinstance(route, HTTPRoute)]
    handlers = [(route.path, each) for route in routes for each in route.route_handlers if "GET" in each.http_methods]
    lists = {path: _filters(handler) for path, handler in handlers if "pages" in _parameters(handler)}

    assert lists.keys() - {*ELSEWHERE} == {*LISTS}
    assert {path: {*filters} for path, filters in LISTS.items()} == {
        path: filters for path, filters in lists.items() if path not in ELSEWHERE
    }


async def test_a_filter_leaves_what_is_so_and_nothing_else(others: Portal, portal_of: OpenPortal):
    """Whoever asks, inside or outside: of all that it sees without a filter, whatever has the value, in that order."""
    for party in SEEN_BY:
        portal = portal_of(party)
        for path, filters in LISTS.items():
            everything = await whole(portal, path)
            for name, asked in filters.items():
                if name == "agreement":
                    continue
                for value in asked.values:
                    expected = [item for item in everything if _is(item, asked, value)]
                    assert expected == await whole(portal, path, **{name: value}), (party, path, name, value)


async def test_without_an_agreement_a_list_shows_all_that_one_sees(others: Portal, portal_of: OpenPortal):
    """As much as the lists of the agreements together: of a holder from outside too, and of a party that has left."""
    for party in SEEN_BY:
        portal = portal_of(party)
        for path in (path for path, filters in LISTS.items() if "agreement" in filters):
            within = await portal.get(path, agreement="MOU")
            expected = within.json()["items"] if 200 == within.status_code else []
            assert expected == await whole(portal, path), (party, path)


async def test_filters_together_leave_what_is_so_by_all_of_them(items: JSON, hut: Portal):
    """Of two that each leave something, what both leave."""
    by_asset = await whole(hut, "/v1/transfers", asset="INV")
    executed = await whole(hut, "/v1/transfers", asset="INV", status="EXECUTED", agreement="MOU", party="NLN")

    assert {"SALE", "XFR"} == {each["transfer"] for each in by_asset}
    assert ["SALE"] == [each["transfer"] for each in executed]
    assert [] == await whole(hut, "/v1/transfers", asset="INV", status="REFUSED")


async def test_a_value_of_no_form_is_refused_and_one_of_others_finds_nothing(others: Portal, hut: Portal):
    """Whatever the list: nobody learns by it whether others have such a thing."""
    for path, filters in LISTS.items():
        for name in filters:
            malformed = await hut.get(path, **{name: MALFORMED})
            assert (400, "PARAMETER_MISTYPED") == (malformed.status_code, malformed.json()["code"]), (path, name)
            unknown = await hut.get(path, **{name: NOBODY})
            if name == "agreement":
                foreign = await hut.get(path, agreement="OTHER", status=filters["status"].values[0])
                assert {404} == {unknown.status_code, foreign.status_code}, path
                assert {"AGREEMENT_NOT_FOUND"} == {unknown.json()["code"], foreign.json()["code"]}, path
            elif name == "status":
                assert 400 == unknown.status_code, path
            elif "parties" != path.rpartition("/")[2]:
                assert (200, []) == (unknown.status_code, unknown.json()["items"]), (path, name)
    assert [] == (await hut.get("/v1/agreements", party="OWN")).json()["items"]
    assert ["OTHER"] == [
        each["agreement"] for each in (await others.get("/v1/agreements", party="OWN")).json()["items"]
    ]


async def test_a_cursor_is_of_its_filters(items: JSON, hut: Portal):
    """With others it would go on in another list."""
    first = await hut.get("/v1/contributions", limit=1, status="CONFIRMED")
    for asked in ({}, {"status": "RECORDED"}, {"status": "CONFIRMED", "party": "HUT"}):
        refused = await hut.get("/v1/contributions", limit=1, cursor=first.json()["next"], **asked)
        assert (400, "CURSOR_MALFORMED") == (refused.status_code, refused.json()["code"])


async def test_what_was_just_done_is_found_at_once(active_project: str, hut: Portal):
    """However far behind the index is: nobody who has just paused a project is told that it is not."""
    for _ in range(3):
        for command, status in (("pause", "PAUSED"), ("resume", "ACTIVE")):
            await hut.change(active_project, command, {"reason": "holidays"} if command == "pause" else None)
            found = await hut.get("/v1/projects", status=status)
            assert ["PRJ"] == [each["project"] for each in found.json()["items"]]


async def test_who_comes_to_hold_a_share_finds_what_there_was_about_it(
    determined_invention: str, hut: Portal, atrc: Portal, portal_of: OpenPortal, log_database: MigratedDatabase
):
    """What was recorded before, and kept in the index without it, is found by it within a second or so."""
    await hut.create("/v1/licences", licence_body())
    await hut.create("/v1/transfers", transfer_body())
    sale = await hut.create("/v1/transfers", transfer_body(transfer="SALE", to="NLN"))
    await wait_until(lambda: behind(log_database) == 0, 10, "all of it is in the index")
    await atrc.change("/v1/transfers/SALE", "consent", {"transfer_hash": sale["transfer_hash"]})
    await hut.change("/v1/transfers/SALE", "execute")
    await wait_until(lambda: behind(log_database) == 0, 10, "the sale is in the index")

    nln = portal_of("NLN")
    for path, there in (("contributions", 2), ("transfers", 2), ("licences", 1), ("inventions", 1)):
        found = await whole(nln, f"/v1/{path}")
        assert there == len(found), path
        assert found == await whole(nln, f"/v1/{path}", agreement="MOU"), path


def behind(database: MigratedDatabase) -> int:
    """Return how many positions the index is behind the log."""
    [(positions,)] = rows(
        database, "SELECT log_head.position - heading_progress.position FROM log_head, heading_progress"
    )
    return int(positions)


def rows(database: MigratedDatabase, query: LiteralString) -> list[Any]:
    with psycopg.connect(database.owner_dsn, password=database.owner_password) as connection:
        return connection.execute(query).fetchall()


def _parameters(handler: HTTPRouteHandler) -> set[str]:
    return {*signature(handler.fn).parameters}


def _filters(handler: HTTPRouteHandler) -> set[str]:
    return {name for name in _parameters(handler) if name not in {"pages", "now", "tasks", "page"}}
