"""Every failure is a problem document, and it shows nothing of our inside."""

from typing import Any

import pytest
from litestar.testing import TestClient
from structlog.testing import capture_logs

from shared.web.edge import Application
from tests.undeclared import refusing_as_declared

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "correlation_id"}


def problem_of(answer: Any) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    return problem


def test_a_refusal_has_exactly_the_promised_members(client: TestClient[Application], deciding, recipe):
    """A refusal names its type, code and ids; nothing else comes with it."""
    answer = client.post("/v1/recipes/unknown", json=recipe, headers={**deciding, "X-Correlation-Id": "corr-1"})
    problem = problem_of(answer)

    assert {**problem, "instance": ""} == {
        "type": "urn:moiety:problem:recipe-not-found",
        "title": "There is no such recipe.",
        "status": 404,
        "detail": "There is no such recipe. (recipe=unknown)",
        "instance": "",
        "code": "RECIPE_NOT_FOUND",
        "correlation_id": "corr-1",
        "ids": {"recipe": "unknown"},
    }
    assert problem["instance"] == f"urn:moiety:request:{answer.headers['x-request-id']}"


def test_a_refusal_says_what_was_expected_and_what_was_there(client: TestClient[Application], signed, recipe):
    """A stale version answers 412 with both versions."""
    problem = problem_of(
        client.post("/v1/recipes/bread", json=recipe, headers={**signed, "If-Match": '"2"'}),
    )

    assert set(problem) == MEMBERS | {"expected", "got", "ids"}
    assert (412, "VERSION_MISMATCH", 3, 2) == (
        problem["status"],
        problem["code"],
        problem["expected"],
        problem["got"],
    )


def test_a_conflict_answers_409(client: TestClient[Application], deciding, recipe):
    """What the state does not allow is a conflict."""
    assert problem_of(client.post("/v1/recipes/burnt", json=recipe, headers=deciding))["status"] == 409


def test_an_unavailable_part_says_when_to_come_back(client: TestClient[Application], signed):
    """A 503 carries Retry-After."""
    answer = client.get("/v1/failures/oven", headers=signed)

    assert problem_of(answer)["code"] == "OVEN_COLD"
    assert (503, "1") == (answer.status_code, answer.headers["retry-after"])


def test_an_unknown_address_answers_404(client: TestClient[Application]):
    """Where nothing is, a problem document says so, with or without a token."""
    assert problem_of(client.get("/v1/nowhere"))["code"] == "ROUTE_UNKNOWN"


def test_an_unknown_method_answers_405_and_lists_the_known_ones(client: TestClient[Application], signed):
    """A 405 carries Allow, as HTTP asks."""
    answer = client.delete("/v1/recipes/bread", headers=signed)

    assert problem_of(answer)["code"] == "METHOD_NOT_ALLOWED"
    assert (405, "OPTIONS, POST") == (answer.status_code, answer.headers["allow"])


def test_a_bug_shows_the_caller_only_where_to_ask(client: TestClient[Application], signed):
    """A 500 names the correlation id and keeps the exception in the log."""
    with capture_logs() as logs:
        answer = client.get("/v1/failures/bug", headers={**signed, "X-Correlation-Id": "corr-7"})
    problem = problem_of(answer)

    assert set(problem) == MEMBERS
    assert (500, "INTERNAL_FAILURE", "corr-7") == (problem["status"], problem["code"], problem["correlation_id"])
    assert "hunter2" not in answer.text
    assert [log["action"] for log in logs if log["log_level"] == "error"] == ["request-failed"]


def test_a_refusal_that_its_route_does_not_declare_is_reported(client: TestClient[Application], signed):
    """A route whose OpenAPI document is not the whole truth is named in the log, where the tests watch for it."""
    with capture_logs() as logs:
        problem_of(client.get("/v1/failures/undeclared", headers=signed))

    assert [(log["log_level"], log["code"], log["route"]) for log in logs if log["action"] == "refusal-undeclared"] == [
        ("error", "RECIPE_BURNT", "/v1/failures/{kind}")
    ]


def test_a_test_that_meets_such_a_refusal_fails(client: TestClient[Application], signed):
    """Nobody has to look for the line: whatever test makes a route say it fails by that."""
    with pytest.raises(pytest.fail.Exception, match="RECIPE_BURNT at"), refusing_as_declared():
        client.get("/v1/failures/undeclared", headers=signed)


@pytest.mark.parametrize("path", ["/v1/recipes", "/v1/me", "/v1/nowhere", "/docs", "/openapi.json", "/health/live"])
def test_every_answer_carries_the_security_headers(client: TestClient[Application], path):
    """No answer may be sniffed, framed or leak where it was read."""
    headers = client.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert len(headers.get_list("content-security-policy")) == 1
