"""An address refuses query parameters it does not know: whoever misspells one must not get another answer."""

import pytest
from litestar.testing import TestClient

from shared.web.edge import Application


def test_a_misspelt_parameter_is_refused_by_name(client: TestClient[Application], signed):
    """The refusal names the stranger, and lists what the route and its dependencies know."""
    answer = client.get("/v1/recipes?kindd=sweet&limit=3", headers=signed)
    problem = answer.json()

    assert (400, "PARAMETER_UNKNOWN") == (answer.status_code, problem["code"])
    assert (["cursor", "kind", "limit"], "kindd") == (problem["expected"], problem["got"])


@pytest.mark.parametrize("query", ["x", "x=", "=1", "limit=1&%6cimi=2", "Limit=3", "limit=3&x=%ff", "cursor%00=1"])
def test_no_stranger_gets_through(client: TestClient[Application], signed, query):
    """Without a value, without a name, or written strangely: it is refused all the same."""
    answer = client.get(f"/v1/recipes?{query}", headers=signed)

    assert (400, "PARAMETER_UNKNOWN") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("query", ["", "?", "?limit=3", "?%6cimit=3&kind=sweet", "?&limit=3&"])
def test_known_parameters_are_let_through(client: TestClient[Application], signed, query):
    """What the route declares is read, however it is escaped."""
    assert client.get(f"/v1/recipes{query}", headers=signed).status_code == 200


def test_a_route_without_parameters_knows_none(client: TestClient[Application], signed):
    """It says so instead of listing any."""
    problem = client.get("/v1/me?verbose=1", headers=signed).json()

    assert ("PARAMETER_UNKNOWN", []) == (problem["code"], problem["expected"])


def test_a_body_is_not_read_in_vain(client: TestClient[Application], deciding):
    """A change with a stranger in its query is refused before anything else of it is looked at."""
    answer = client.post("/v1/recipes/bread?dry=true", content=b"{", headers=deciding)

    assert (400, "PARAMETER_UNKNOWN") == (answer.status_code, answer.json()["code"])


def test_who_may_not_ask_is_told_that_alone(client: TestClient[Application], signed, issuer):
    """Without a token or the role, a caller does not learn what the route knows."""
    assert client.get("/v1/recipes?x=1").status_code == 401
    assert client.get("/v1/shown/bread?x=1", headers=signed).status_code == 403


@pytest.mark.parametrize("path", ["/health/live", "/docs", "/openapi.json"])
def test_what_is_for_machines_and_browsers_is_left_alone(client: TestClient[Application], path):
    """Probes and links that carry something extra still get their answer, which no parameter could change."""
    assert client.get(f"{path}?from=elsewhere").status_code == 200


@pytest.mark.parametrize(
    "query", ["kind=sweet&kind=sour", "kind=sweet&kind=sweet", "limit=3&%6cimit=3", "limit=3&limit="]
)
def test_a_parameter_given_twice_is_refused(client: TestClient[Application], signed, query):
    """Of two values a proxy may take the one and this service the other; also where they say the same."""
    answer = client.get(f"/v1/recipes?{query}", headers=signed)
    problem = answer.json()

    assert (400, "PARAMETER_REPEATED") == (answer.status_code, problem["code"])
    assert ("once", "2 times", {"at": f"query.{query.partition('=')[0]}"}) == (
        problem["expected"],
        problem["got"],
        problem["ids"],
    )


@pytest.mark.parametrize("limit", ["3.0", "3e0", "+3", "03", "-0", "%203", "0x3", "null", "", "%D9%A3", "1_0"])
def test_a_number_has_one_spelling(client: TestClient[Application], signed, limit):
    """What the framework would read as three, and what nobody would."""
    answer = client.get(f"/v1/recipes?limit={limit}", headers=signed)

    assert (400, "PARAMETER_MISTYPED") == (answer.status_code, answer.json()["code"])
    assert ("a whole number", {"at": "query.limit"}) == (answer.json()["expected"], answer.json()["ids"])


@pytest.mark.parametrize("dry", ["1", "TRUE", "True", "yes", "null", ""])
def test_true_has_one_spelling(client: TestClient[Application], signed, dry):
    """It is `true`, and the other `false`."""
    assert 400 == client.post(f"/v1/fingerprint?dry={dry}", headers=signed).status_code
    assert 201 == client.post("/v1/fingerprint?dry=true", headers=signed).status_code


def test_what_is_asked_of_all_that_is_given_is_named_as_it_is_written(client: TestClient[Application], signed):
    """Also where a dependency takes the parameter, under a name of its own."""
    problem = client.get("/v1/drawers?class=other", headers=signed).json()
    assert (["top", "bottom"], {"at": "query.class"}) == (problem["expected"], problem["ids"])

    problem = client.get("/v1/drawers?from=0", headers=signed).json()
    assert ("int >= 1", {"at": "query.from"}) == (problem["expected"], problem["ids"])
    assert '{"class_":"top","from_":2}' == client.get("/v1/drawers?class=top&from=2", headers=signed).text
