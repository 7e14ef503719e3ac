"""No endpoint does more work the more it is sent, without an end that is stated: one table over all routes of all APIs.

What is stored grows all the same. What a request costs by that is taken from its caller's allowance, whatever its route
(`tests/web/test_allowances.py`).
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from msgspec import inspect

from services.agreements.simulation.cases import Case
from shared.settings import Settings
from shared.web.auth import PUBLIC
from tests.docs.problems import CREATE

LARGEST_PAGE = 1_000
# Bodies whose parts have no end of their own but the body's, and what bounds the work on them instead.
BOUNDED_BY_WORK: Final = {
    Case: "processes of their own, few of a caller's at a time, and ten seconds of the processor each",
}
# What is not asked for page by page, and what its work grows with: never with what it is sent.
NOT_BY_PAGES: Final = {
    "agreements": {
        "/v1/affiliations": "the registry, which is one thing",
        "/v1/declarations/{declaration:str}": "one thing",
        "/v1/agreements/{agreement:str}": "one thing",
        "/v1/agreements/{agreement:str}/terms": "its versions",
        "/v1/assets/{asset:str}/contests": "an answer of each party to each event about its ownership",
        "/v1/assets/{asset:str}/why": "its determinations and transfers",
        "/v1/background/{item:str}": "one thing",
        "/v1/contributions/{contribution:str}": "one thing",
        "/v1/contributions/{contribution:str}/voice": "one thing",
        "/v1/deadlines/today": "one day",
        "/v1/disputes/{dispute:str}": "one thing",
        "/v1/disputes/{dispute:str}/exposure": "the licences of its asset",
        "/v1/inventions/{invention:str}": "one thing",
        "/v1/inventions/{invention:str}/derivation": "its contributions",
        "/v1/licences/{licence:str}": "one thing",
        "/v1/licences/{licence:str}/check": "the licences of its assets",
        "/v1/me": "the registry, which is one thing",
        "/v1/opportunities/{opportunity:str}": "one thing",
        "/v1/participants/{project:str}/{person:str}": "one thing",
        "/v1/parties/{party:str}": "one thing",
        "/v1/people/{person:str}": "one thing",
        "/v1/projects/{project:str}": "one thing",
        "/v1/projects/{project:str}/progress": "what was reported of it",
        "/v1/transfers/{transfer:str}": "one thing",
    },
    "ledger": {
        "/v1/alarms": "what stopped the ledger",
        "/v1/assets/{asset:str}/alarms": "its alarms",
        "/v1/assets/{asset:str}/dossier": "what was recorded of it",
        "/v1/assets/{asset:str}/ownership": "the holdings of one day",
        "/v1/assets/{asset:str}/timeline": "its holdings",
        "/v1/checkpoint": "one thing",
        "/v1/entries/{position:int}": "one thing",
        "/v1/proofs/consistency": "the height of the tree",
        "/v1/proofs/inclusion": "the height of the tree",
    },
    "notifications": {
        "/v1/alerts/{alert:str}/evidence": "one thing, and a proof, of which few are asked for at once",
        "/v1/feed/head": "one row, and a checkpoint that is asked for twice a second at most",
        "/v1/feed/stream": "what is new: few streams of a caller's, paid for as it is sent",
        "/v1/feed/consumers": "at most ten rows of one party's, by its key",
        "/v1/feed/consumers/{name:str}": "one of them",
        "/v1/webhooks": "20 at most, and what is counted of each is as little as fails",
        "/v1/webhooks/{name:str}": "one of them",
        "/v1/inbox/stream": "what is new: few streams of a caller's, paid for as it is sent",
        "/v1/inbox/counts": "what nobody acknowledged, in an index",
        "/v1/inbox/{alert:str}": "one row, by its key",
        "/v1/inbox/{alert:str}/deliveries": "one row for each representative of one party, by the alert's key",
        "/v1/contributor-letters/{contribution:str}": "one row, the last in an index",
        "/v1/mail": "one row, by its key",
        "/v1/preferences": "one row, by its key, and no more wishes than a body may have",
        "/v1/inbox/unread-count": "what nobody acknowledged, in an index",
    },
}


@cache
def routes(service: str) -> dict[tuple[str, str], HTTPRouteHandler]:
    """Return the routes of an API that ask for a token, by method and path."""
    app = CREATE[service](Settings(service=service, http_port=1, issuer="urn:issuer", jwks="jwks.json"))
    return {
        (method, route.path): handler
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if method != "OPTIONS" and not PUBLIC.keys() <= handler.opt.keys()
    }


def without_end(kind: inspect.Type, path: str = "$", inside: tuple[inspect.Type, ...] = ()) -> Iterator[str]:
    """Yield where a body may be as long as it likes, or may hold anything."""
    if isinstance(kind, inspect.CollectionType | inspect.DictType) and kind.max_length is None:
        yield path
    if isinstance(kind, inspect.AnyType | inspect.RawType):
        yield path
    if kind not in inside:
        for part, name in parts_of(kind):
            yield from without_end(part, f"{path}{name}", (*inside, kind))


def parts_of(kind: inspect.Type) -> list[tuple[inspect.Type, str]]:
    match kind:
        case inspect.CollectionType():
            return [(kind.item_type, "[]")]
        case inspect.DictType():
            return [(kind.value_type, "{}")]
        case inspect.StructType():
            return [(field.type, f".{field.encode_name}") for field in kind.fields]
        case inspect.UnionType():
            return [(each, "") for each in kind.types]
        case inspect.Metadata():
            return [(kind.type, "")]
        case _:
            return []


def is_by_pages(handler: HTTPRouteHandler) -> bool:
    """Tell whether a route answers a page, whose size has an end."""
    parameters = handler.parsed_fn_signature.parameters
    if {"page", "pages", "history"} & {*parameters}:
        return True
    largest = getattr(parameters["limit"].kwarg_definition, "le", None) if "limit" in parameters else None
    return largest is not None and largest <= LARGEST_PAGE


def bodies() -> dict[str, Any]:
    """Return the type of every body, by the route that reads it."""
    return {
        f"{method} {path}": handler.parsed_fn_signature.parameters["data"].annotation
        for service in CREATE
        for (method, path), handler in routes(service).items()
        if "data" in handler.parsed_fn_signature.parameters
    }


def test_every_list_in_a_body_has_an_end() -> None:
    """Of its own, below the body's: what is looked up or checked for each of its items would be without one."""
    endless = {route: [*without_end(inspect.type_info(body))] for route, body in bodies().items()}
    by_work = {route for route, body in bodies().items() if body in BOUNDED_BY_WORK}

    assert len(endless) > 40
    assert by_work == {route for route, found in endless.items() if found}


@pytest.mark.parametrize("service", CREATE)
def test_what_is_read_comes_in_pages_or_is_named_here(service: str) -> None:
    """A new route that answers all there is fails until somebody says what that is."""
    read = {path: handler for (method, path), handler in routes(service).items() if method == "GET"}

    assert {*NOT_BY_PAGES[service]} == {path for path, handler in read.items() if not is_by_pages(handler)}


def test_what_has_no_end_is_found() -> None:
    """The check is one: lists, mappings and anything at all are seen however deep they are."""
    assert ["$.input", "$.input{}", "$.expect", "$.expect{}"] == [*without_end(inspect.type_info(Case))]
