"""An answer of JSON bytes is sent as it is, with the headers of any other answer."""

from collections.abc import Iterator

import pytest
from litestar import Response, get, post
from litestar.testing import TestClient

from shared.web.app import create_app
from shared.web.auth import PUBLIC
from shared.web.edge import Application
from shared.web.json_answer import JsonAnswer
from tests.web.kitchen import WebSettings

BODY = '{"title": "Crème"}'.encode()


@get("/v1/loaves/1", opt=PUBLIC)
async def loaf() -> Response[bytes]:
    return JsonAnswer(BODY, headers={"ETag": '"3"'})


@post("/v1/loaves", opt=PUBLIC)
async def bake() -> Response[bytes]:
    return JsonAnswer(BODY, headers={})


@post("/v1/loaves/1/again", opt=PUBLIC, status_code=200)
async def again() -> Response[bytes]:
    answer = JsonAnswer(BODY, headers={"Cache-Control": "private"}, status_code=202)
    answer.headers["Location"] = "/v1/loaves/1"
    return answer


@pytest.fixture
def bakery(settings: WebSettings) -> Iterator[TestClient[Application]]:
    app = create_app(service="bakery", settings=settings, routes=[loaf, bake, again])
    with TestClient(app) as client:
        yield client


def test_the_bytes_are_the_answer(bakery: TestClient[Application]):
    """Nothing is written anew: neither spaces nor letters change, and the length is that of the bytes."""
    answer = bakery.get("/v1/loaves/1")

    assert (200, BODY) == (answer.status_code, answer.content)
    assert ("application/json", str(len(BODY)), '"3"') == (
        answer.headers["content-type"],
        answer.headers["content-length"],
        answer.headers["etag"],
    )
    assert ("no-store", "nosniff") == (answer.headers["cache-control"], answer.headers["x-content-type-options"])


def test_the_status_is_the_answers_or_its_routes(bakery: TestClient[Application]):
    """A creation answers 201 unless it says otherwise; what it decides for itself is not decided twice."""
    again = bakery.post("/v1/loaves/1/again")

    assert 201 == bakery.post("/v1/loaves").status_code
    assert (202, "/v1/loaves/1") == (again.status_code, again.headers["location"])
    assert ["private"] == again.headers.get_list("cache-control")
