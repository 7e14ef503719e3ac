"""The API describes itself, completely and without any other host."""

import re
from typing import Any

import pytest
from litestar.testing import TestClient

from shared.web.edge import Application
from shared.web.refusals import Problem, Refusals, refusals
from tests.web.kitchen import CHANGE_REFUSALS, RecipeNotFound


@pytest.fixture
def description(client: TestClient[Application]) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/openapi.json").json()
    return document


def test_the_description_is_openapi_3_1(description):
    """Tools know from the first line what they read."""
    assert description["openapi"].startswith("3.1")
    assert description["security"] == [{"bearer": []}]
    assert description["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_a_route_shows_each_refusal_by_its_type(description):
    """Every declared refusal is a schema whose type is the constant a program compares with."""
    responses = description["paths"]["/v1/recipes/{recipe}"]["post"]["responses"]
    shown = set()
    for response in responses.values():
        schema = response["content"].get("application/problem+json", {}).get("schema", {})
        for reference in schema.get("oneOf", [schema]):
            if name := reference.get("$ref", "").rpartition("/")[2]:
                shown.add(description["components"]["schemas"][name]["properties"]["type"]["const"])

    assert {refusal.problem_type() for refusal in CHANGE_REFUSALS.classes} == shown
    assert {"200", "400", "401", "404", "409", "412", "413", "428", "500"} == set(responses)


def test_a_refusals_schema_has_constants_and_every_member(description):
    """A problem's schema says its type, title, status and code, and lists what else it holds."""
    schema = description["components"]["schemas"]["RecipeNotFoundProblem"]

    assert schema["properties"]["status"]["const"] == 404
    assert schema["properties"]["code"]["const"] == "RECIPE_NOT_FOUND"
    assert set(Problem.__struct_fields__) == set(schema["properties"])


def test_the_headers_of_a_change_are_described(description):
    """If-Match is required and Idempotency-Key is not, and both are explained."""
    parameters = description["paths"]["/v1/recipes/{recipe}"]["post"]["parameters"]
    headers = {parameter["name"]: parameter for parameter in parameters if parameter["in"] == "header"}

    assert (True, False) == (headers["If-Match"]["required"], headers["Idempotency-Key"]["required"])
    assert all(header["description"] for header in headers.values())


def test_a_declaration_holds_the_common_refusals_once():
    """Declaring one's own refusals declares those of every route too."""
    assert refusals().classes < refusals(RecipeNotFound, RecipeNotFound).classes
    assert isinstance(refusals(), Refusals)


def test_the_page_and_all_it_loads_come_from_here(client: TestClient[Application]):
    """The documents page names no other host, and each of its assets is served."""
    page = client.get("/docs")
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert page.status_code == 200
    assert "//" not in re.sub(r"<!.*?>", "", page.text)
    assert len(assets) == 4
    for asset in assets:
        answer = client.get(asset)
        assert (200, True) == (answer.status_code, len(answer.content) > 50)


def test_the_page_may_not_reach_another_host(client: TestClient[Application]):
    """The content security policy keeps the browser from any other origin."""
    policy = client.get("/docs").headers["content-security-policy"]

    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("name", ["nothing.js", "..%2f__init__.py", "%2e%2e/core.py", "swagger-editor.js"])
def test_only_the_pages_own_assets_are_served(client: TestClient[Application], name):
    """The assets address serves a fixed list, not a folder."""
    answer = client.get(f"/docs/assets/{name}")

    assert (404, "ROUTE_UNKNOWN") == (answer.status_code, answer.json()["code"])
