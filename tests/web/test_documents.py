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


def test_a_route_shows_each_refusal_by_its_code(description):
    """Every declared refusal is a code that a program compares with, and is explained beside it."""
    responses = description["paths"]["/v1/recipes/{recipe}"]["post"]["responses"]
    refusing = [each for each in responses.values() if "application/problem+json" in each["content"]]
    schemas = [each["content"]["application/problem+json"]["schema"] for each in refusing]

    assert {refusal.code() for refusal in CHANGE_REFUSALS.classes} == {
        code for schema in schemas for code in schema["properties"]["code"]["enum"]
    }
    assert "- `RECIPE_NOT_FOUND`: There is no such recipe." in responses["404"]["description"]
    assert {"200", "400", "401", "403", "404", "408", "409", "412", "413", "415", "428", "429", "500", "503"} == set(
        responses
    )


def test_a_problem_has_every_member(description):
    """The schema of a problem lists what one holds."""
    assert set(Problem.__struct_fields__) == set(description["components"]["schemas"]["Problem"]["properties"])


def test_the_headers_of_a_change_are_described(description):
    """If-Match is required and Idempotency-Key is not, and both are explained."""
    parameters = description["paths"]["/v1/recipes/{recipe}"]["post"]["parameters"]
    headers = {parameter["name"]: parameter for parameter in parameters if parameter["in"] == "header"}

    assert (True, False) == (headers["If-Match"]["required"], headers["Idempotency-Key"]["required"])
    assert all(header["description"] for header in headers.values())


def test_a_route_is_summed_up_in_its_first_sentence(description):
    """The docstring's first sentence is the summary, the rest the description."""
    listing = description["paths"]["/v1/recipes"]["get"]

    assert listing["summary"] == "List the recipes, all or of one kind"
    assert listing["description"].startswith("This kitchen has ten, and each is of every kind.\n\n")


def test_a_route_says_who_may_call_it(description):
    """The roles of its guards stand in its description, or that any token does, or that none is asked for."""
    paths = description["paths"]

    assert paths["/v1/shown/{recipe}"]["get"]["description"] == (
        "For the role `auditor` or `representative` and `operator`."
    )
    assert paths["/v1/recipes"]["get"]["description"].endswith("For every caller with a token.")
    assert paths["/health/live"]["get"]["description"] == "Asks for no token."


def test_an_answer_with_a_version_declares_its_etag(description):
    """Where a version is shown it is the entity tag too, and the refusals beside it have none."""
    responses = description["paths"]["/v1/shown/{recipe}"]["get"]["responses"]

    assert ["200"] == [status for status, response in responses.items() if "ETag" in response.get("headers", {})]


def test_an_array_of_any_length_has_one_type_of_items(description):
    """A constrained `tuple[X, ...]` is an array of X with its constraint."""
    guests = description["components"]["schemas"]["RecipeView"]["properties"]["guests"]

    assert guests == {"type": "array", "items": {"type": "string"}, "maxItems": 4}


def test_readiness_declares_both_answers(description):
    """Not being ready is an answer of its own, of the same form."""
    responses = description["paths"]["/health/ready"]["get"]["responses"]
    shown = {status: response["content"]["application/json"]["schema"] for status, response in responses.items()}

    assert shown == {status: {"$ref": "#/components/schemas/Readiness"} for status in ("200", "503")}


def test_the_root_leads_to_the_page(client: TestClient[Application]):
    """Whoever opens the service in a browser comes to its documents."""
    answer = client.get("/", follow_redirects=False)

    assert (302, "/docs") == (answer.status_code, answer.headers["location"])


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


def test_the_page_has_a_box_that_finds_operations(client: TestClient[Application]):
    """By any of their words, not by the name of their group alone, which is all that the page could find by itself."""
    started = client.get("/docs/assets/start.js").text

    assert "filter: true" in started
    assert "opsFilter: search" in started


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
