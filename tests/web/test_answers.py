"""Answers say the version they are from, and repeat themselves to the byte."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Request, Response, get, post
from litestar.params import FromQuery
from litestar.testing import TestClient

from shared.log.handle import Outcome
from shared.web.answers import recorded, represented
from shared.web.app import create_app
from shared.web.auth import PUBLIC
from shared.web.edge import Application
from tests.web.kitchen import Recipe, WebSettings

BODY = b'{"title": "Bread", "elements": []}'


@post("/v1/loaves", opt=PUBLIC)
async def bake(again: FromQuery[bool]) -> Response[Recipe]:
    return recorded(Outcome(BODY, 4, replayed=again), status_code=201, location="/v1/loaves/1")


@get("/v1/loaves/1", opt=PUBLIC)
async def loaf(request: Request[Any, Any, Any]) -> Response[Recipe]:
    return represented(request, BODY, 4)


@pytest.fixture
def bakery(settings: WebSettings) -> Iterator[TestClient[Application]]:
    with TestClient(create_app(service="bakery", settings=settings, routes=[bake, loaf])) as client:
        yield client


def test_a_commands_answer_names_its_version_and_place(bakery: TestClient[Application]):
    """The stored bytes are the body; ETag and Location say what came to be."""
    answer = bakery.post("/v1/loaves?again=false")

    assert (201, BODY, "application/json") == (answer.status_code, answer.content, answer.headers["content-type"])
    assert ('"4"', "/v1/loaves/1") == (answer.headers["etag"], answer.headers["location"])
    assert "idempotent-replayed" not in answer.headers


def test_a_repeat_gets_the_same_answer_and_is_told_so(bakery: TestClient[Application]):
    """Only a header tells the first answer from its repeat."""
    first, repeat = (bakery.post(f"/v1/loaves?again={again}") for again in ("false", "true"))

    assert (first.status_code, first.content) == (repeat.status_code, repeat.content)
    assert repeat.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [('"4"', 304), ('W/"4"', 304), ('"3", "4"', 304), ("*", 304), ('"3"', 200), ("4", 200), ("", 200)],
)
def test_a_version_already_read_is_not_sent_again(bakery: TestClient[Application], if_none_match, status):
    """A reader that has the version gets 304 and its ETag, else the whole body."""
    answer = bakery.get("/v1/loaves/1", headers={"If-None-Match": if_none_match})

    assert (status, '"4"') == (answer.status_code, answer.headers["etag"])
    assert (b"" if status == 304 else BODY) == answer.content
    assert answer.headers["cache-control"] == "private, no-cache"
