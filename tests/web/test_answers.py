"""Answers say the version they are from, and repeat themselves to the byte."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Response, get, post
from litestar.params import FromQuery
from litestar.testing import TestClient

from shared.log.handle import Outcome
from shared.web.answers import NEVER_KEPT, recorded, represented
from shared.web.app import create_app
from shared.web.auth import PUBLIC
from shared.web.edge import Application
from shared.web.etag import IfNoneMatchHeader, etag_of
from tests.web.kitchen import WebSettings

BODY = b'{"title": "Bread", "elements": []}'


@post("/v1/loaves", opt=PUBLIC)
async def bake(again: FromQuery[bool], position: FromQuery[int | None] = None) -> Response[Any]:
    return recorded(Outcome(BODY, 4, position, replayed=again), location="/v1/loaves/1")


@post("/v1/loaves/1/slice", opt=PUBLIC)
async def slice_it() -> Response[Any]:
    return recorded(Outcome(BODY, 5, 17))


@get("/v1/loaves/1", opt=PUBLIC)
async def loaf(if_none_match: IfNoneMatchHeader = None) -> Response[Any]:
    return represented(BODY, etag_of(4), if_none_match)


@get("/v1/loaves/secret", opt=PUBLIC)
async def secret(if_none_match: IfNoneMatchHeader = None) -> Response[Any]:
    return represented(BODY, etag_of(4), if_none_match, cache=NEVER_KEPT)


@pytest.fixture
def bakery(settings: WebSettings) -> Iterator[TestClient[Application]]:
    with TestClient(create_app(service="bakery", settings=settings, routes=[bake, slice_it, loaf, secret])) as client:
        yield client


def test_a_creation_names_its_version_and_place(bakery: TestClient[Application]):
    """The stored bytes are the body; ETag and Location say what came to be."""
    answer = bakery.post("/v1/loaves?again=false&position=7")

    assert (201, BODY, "application/json") == (answer.status_code, answer.content, answer.headers["content-type"])
    assert ('"4"', "/v1/loaves/1") == (answer.headers["etag"], answer.headers["location"])
    assert "idempotent-replayed" not in answer.headers


def test_what_was_there_already_was_not_created(bakery: TestClient[Application]):
    """Nothing had to be recorded: it is where it was, and that is no 201."""
    answer = bakery.post("/v1/loaves?again=false")

    assert (200, "/v1/loaves/1") == (answer.status_code, answer.headers["location"])


def test_a_change_creates_nothing(bakery: TestClient[Application]):
    """It answers with the version it has led to, and no other place."""
    answer = bakery.post("/v1/loaves/1/slice")

    assert (200, '"5"') == (answer.status_code, answer.headers["etag"])
    assert "location" not in answer.headers


def test_a_repeat_gets_the_same_answer_and_is_told_so(bakery: TestClient[Application]):
    """Only a header tells the first answer from its repeat."""
    first, repeat = (bakery.post(f"/v1/loaves?{asked}") for asked in ("again=false&position=7", "again=true"))

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


@pytest.mark.parametrize("headers", [{}, {"If-None-Match": '"4"'}])
def test_what_must_not_lie_about_is_not_kept(bakery: TestClient[Application], headers):
    """Whoever keeps it all the same is told whether it has changed, and that it should not have kept it."""
    assert bakery.get("/v1/loaves/secret", headers=headers).headers["cache-control"] == "no-store"
