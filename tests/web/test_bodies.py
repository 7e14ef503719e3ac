"""A body is read strictly, up to its limit, and its first mistake is named."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from shared.decoding import stated
from shared.web.body import read_body
from shared.web.edge import Application
from shared.web.problems import BODY_LIMIT_BYTES
from shared.web.refusals import Malformed
from tests.told import refuses
from tests.web.kitchen import Recipe


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"title": "Bread",}',
        b"\xff\xfe{}",
        b'{"title": "\\ud800"}',
        b"{} {}",
        b"'bread'",
        b'{"title": NaN}',
        b'{"title": "Bread", "title": "Cake", "elements": []}',
    ],
)
def test_a_body_that_is_not_json_is_refused(client: TestClient[Application], deciding, body):
    """Malformed JSON answers 400 and says what was wrong with it."""
    answer = client.post("/v1/recipes/bread", content=body, headers=deciding)

    assert (400, "BODY_MALFORMED") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    "declared",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/msgpack",
        "application/json; charset=utf-16",
        "application/json, text/plain",
        "json",
    ],
)
def test_a_body_that_says_it_is_something_else_is_refused(client: TestClient[Application], deciding, declared):
    """Nobody guesses: what is declared as anything but JSON in UTF-8 answers 415."""
    body = b'{"title": "Bread", "elements": []}'
    answer = client.post("/v1/recipes/bread", content=body, headers={**deciding, "Content-Type": declared})

    assert (415, "MEDIA_TYPE_UNSUPPORTED") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    "declared",
    [
        None,
        "application/json",
        'Application/JSON; Charset="UTF-8"',
        "application/merge-patch+json",
        "application/json;",
    ],
)
def test_json_is_read_under_each_of_its_names(client: TestClient[Application], deciding, declared):
    """A body without a type is taken for JSON, since it can be nothing else."""
    body = b'{"title": "Bread", "elements": []}'
    headers = {**deciding, "Content-Type": declared} if declared else deciding

    assert client.post("/v1/recipes/bread", content=body, headers=headers).status_code == 200


def test_a_member_named_twice_is_refused_at_any_depth(client: TestClient[Application], deciding):
    """Two readers of one body must not see two things."""
    body = b'{"title": "Bread", "elements": [{"name": "flour", "weight": 1, "weight": 2}]}'
    problem = client.post("/v1/recipes/bread", content=body, headers=deciding).json()

    assert ("BODY_MALFORMED", {"member": "weight"}) == (problem["code"], problem["ids"])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"title": 7}, ("$.title", "str", "int")),
        ({"elements": [{"name": "flour", "weight": "500"}]}, ("$.elements[0].weight", "int", "str")),
        ({"elements": [{"name": "flour", "weight": 1.5}]}, ("$.elements[0].weight", "int", "float")),
        ({"elements": None}, ("$.elements", "array", "null")),
    ],
)
def test_a_value_of_the_wrong_type_is_named(client: TestClient[Application], deciding, recipe, change, named):
    """Wrong types answer 400 with the path, the expected type and the one that was there."""
    answer = client.post("/v1/recipes/bread", json={**recipe, **change}, headers=deciding)
    problem = answer.json()

    assert (400, "BODY_MISTYPED") == (answer.status_code, problem["code"])
    assert named == (problem["ids"]["at"], problem["expected"], problem["got"])


def test_a_missing_and_an_unknown_member_are_named(client: TestClient[Application], deciding, recipe):
    """A request says neither less nor more than the API knows."""
    missing = client.post("/v1/recipes/bread", json={"title": "Bread"}, headers=deciding).json()
    unknown = client.post("/v1/recipes/bread", json={**recipe, "oven": 1}, headers=deciding).json()

    assert "elements" in missing["got"]
    assert "oven" in unknown["got"]


def test_a_missing_body_is_named(client: TestClient[Application], deciding):
    """No body where one is needed is a problem of its own."""
    answer = client.post("/v1/recipes/bread", headers=deciding)

    assert (400, "BODY_MISSING") == (answer.status_code, answer.json()["code"])


def test_a_body_at_the_limit_is_read_and_one_byte_more_is_not(client: TestClient[Application], deciding, recipe):
    """The limit is 64 KiB, to the byte."""
    frame = b'{"title":"","elements":[]}'
    largest = frame.replace(b'""', b'"' + b"x" * (BODY_LIMIT_BYTES - len(frame)) + b'"')

    assert len(largest) == BODY_LIMIT_BYTES
    assert client.post("/v1/recipes/bread", content=largest, headers=deciding).status_code == 200
    answer = client.post("/v1/recipes/bread", content=largest + b" ", headers=deciding)
    assert (413, "BODY_TOO_LARGE") == (answer.status_code, answer.json()["code"])


def test_a_body_in_chunks_has_the_same_limit(client: TestClient[Application], deciding):
    """Leaving out the length does not get a larger body read."""

    def chunks() -> Iterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    answer = client.post("/v1/recipes/bread", content=chunks(), headers=deciding)

    assert (413, "BODY_TOO_LARGE") == (answer.status_code, answer.json()["code"])


def test_nesting_without_end_is_refused(client: TestClient[Application], deciding):
    """A body that is all brackets costs nothing but its refusal."""
    answer = client.post("/v1/recipes/bread", content=b"[" * 60_000, headers=deciding)

    assert answer.status_code == 400
    with refuses(Malformed):
        read_body(b"[" * 60_000, Any)


@pytest.mark.parametrize("number", [str(2**53), str(-(2**53)), "9" * 19, "9" * 5_000])
@pytest.mark.parametrize("annotation", [Any, dict[str, int], dict[str, str]])
def test_a_number_that_not_everybody_reads_the_same_is_refused(number: str, annotation: object):
    """I-JSON ends at 2^53 - 1: JavaScript reads another one, and no event may hold it."""
    with refuses(Malformed):
        read_body(f'{{"a":{number}}}'.encode(), annotation)
    assert {"a": 2**53 - 1} == read_body(b'{"a":9007199254740991}', dict[str, int])


def test_a_parameter_of_the_wrong_type_is_named(client: TestClient[Application], signed):
    """A query parameter that is no number is named with where it stood."""
    problem = client.get("/v1/recipes?limit=many", headers=signed).json()

    assert ("PARAMETER_MISTYPED", "query.limit") == (problem["code"], problem["ids"]["at"])


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("height=1", {"expected": "a value", "ids": {"at": "query.room"}}),
        ("room=cellar", {"expected": "a value", "ids": {"at": "query.height"}}),
        ("room=cellar&height=many", {"expected": "a whole number", "got": "many", "ids": {"at": "query.height"}}),
        ("room=cellar&height=4", {"expected": "int <= 3", "ids": {"at": "query.height"}}),
    ],
)
def test_a_parameter_is_told_where_it_stands_and_what_it_should_be(
    client: TestClient[Application], signed, query: str, told: dict[str, Any]
):
    """Also one that is missing: a program reads `at` and `expected`, and no sentence."""
    problem = client.get(f"/v1/shelves?{query}", headers=signed).json()

    assert "PARAMETER_MISTYPED" == problem["code"]
    assert told == {name: problem[name] for name in ("expected", "got", "ids") if name in problem}


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Expected `str`, got `int`", {"expected": "str", "got": "int"}),
        ("Expected `int` <= 10", {"expected": "int <= 10"}),
        ("Expected `str` matching regex '^[A-Z]{2}(?!\\n)$'", {"expected": "str matching regex '^[A-Z]{2}(?!\\n)$'"}),
        ("Expected `array` of length >= 1", {"expected": "array of length >= 1"}),
        ("Invalid enum value 'C'", {"got": "Invalid enum value 'C'"}),
    ],
)
def test_what_is_expected_is_told_as_that(message: str, told: dict[str, str]):
    """Whatever the decoder says of a form that a value has not: what was sent it does not repeat."""
    assert told == stated(message)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@hypothesis_settings(max_examples=300)
def test_no_bytes_make_reading_fail_otherwise_than_by_refusing(raw: bytes):
    """Whatever is sent as a body is read or refused."""
    with suppress(Malformed):
        assert isinstance(read_body(raw, Recipe), Recipe)
