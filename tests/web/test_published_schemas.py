"""What the three services publish about themselves is true: schemas that values satisfy, names that stay."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.cli.scenario import Step, read
from shared.errors import DomainError
from shared.log.handle import IdempotencyKeyReused, VersionMismatch
from shared.web.refusals import (
    COMMON,
    IdempotencyKeyMalformed,
    IdempotencyKeyNotTaken,
    IfMatchMalformed,
    IfMatchRequired,
    KeysUnavailable,
    ParameterUnknown,
)
from tests.web.described import SERVICES, published

_SOME_HASH = "sha256:" + "0" * 64
# What may be wrong with a header that somebody sends, or does not.
_REFUSED_OF = {
    "Idempotency-Key": (IdempotencyKeyMalformed, IdempotencyKeyReused),
    "If-Match": (IfMatchRequired, IfMatchMalformed, VersionMismatch),
}
_WITH_BODY = [step for step in read().steps if step.body is not None]


@pytest.fixture(scope="module", params=SERVICES)
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    return published(request.param)


@pytest.fixture(scope="module")
def agreements() -> dict[str, Any]:
    return published("agreements")


def body_schema(document: dict[str, Any], request: str) -> dict[str, Any]:
    """Return the schema of a request's body, with the components it refers to."""
    method, _, path = request.partition(" ")
    [operation] = [
        operations[method.lower()]
        for template, operations in document["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in operations
    ]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return {**schema, "components": document["components"]}


def filled(value: Any) -> Any:
    """Return a body with some hash or id wherever the scenario takes one from an earlier answer."""
    match value:
        case dict():
            return {name: filled(each) for name, each in value.items()}
        case list():
            return [filled(each) for each in value]
        case str() if value.startswith("$"):
            return _SOME_HASH if "hash" in value else "SOME-ID"
    return value


def parts_of(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts_of(each)


def schemas_sent(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the schemas of what callers send, each with whatever it refers to."""
    waiting = {
        part["$ref"].rpartition("/")[2]
        for _, operation in operations_of(document)
        for part in parts_of(operation.get("requestBody", {}))
        if "$ref" in part
    }
    seen: set[str] = set()
    while waiting:
        seen.add(name := waiting.pop())
        yield name, document["components"]["schemas"][name]
        referred = parts_of(document["components"]["schemas"][name])
        waiting |= {part["$ref"].rpartition("/")[2] for part in referred if "$ref" in part} - seen


def formless_in(part: dict[str, Any]) -> bool:
    """Tell whether a schema lets any text pass, or an object whose members have any name."""
    if part.get("type") == "string":
        return not {"pattern", "format", "enum", "const"} & part.keys()
    return part.get("type") == "object" and "additionalProperties" in part and "propertyNames" not in part


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every operation under its method and address."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"{method} {path}", operation


def problems_of(operation: dict[str, Any]) -> set[str]:
    """Return the codes of the refusals that an operation declares."""
    return {code for part in parts_of(operation["responses"]) for code in part.get("code", {}).get("enum", ())}


def codes_of(*refusals: type[DomainError]) -> set[str]:
    return {refusal.code() for refusal in refusals}


def takes(operation: dict[str, Any], header: str) -> bool:
    return any((each["in"], each["name"]) == ("header", header) for each in operation.get("parameters", []))


@pytest.mark.parametrize("step", _WITH_BODY, ids=lambda step: step.id)
def test_the_sample_story_satisfies_the_schemas(agreements, step: Step):
    """Every body that the services accept is one that a generated client accepts too."""
    Draft202012Validator(body_schema(agreements, step.request)).validate(filled(step.body))


@pytest.mark.parametrize("wrong", [{"evidence": ["a letter"]}, {"credit_roles": [7]}, {"credit_roles": None}])
def test_what_does_not_belong_satisfies_no_schema(agreements, wrong):
    """An array's items are of its type, not of any."""
    body = next(step.body for step in _WITH_BODY if step.request == "POST /v1/contributions") or {}
    validator = Draft202012Validator(body_schema(agreements, "POST /v1/contributions"))

    assert validator.is_valid(filled(body))
    assert not validator.is_valid(filled({**body, **wrong}))


def test_no_alternative_is_everything(document):
    """An empty schema among the alternatives is satisfied by whatever satisfies another, so that `oneOf` never is."""
    assert [] == [part for part in parts_of(document) if {} in part.get("oneOf", [])]


def test_every_schema_is_a_schema(document):
    """The components are valid JSON Schema, and every reference finds one."""
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    components = {
        f"#/components/{kind}/{name}" for kind, components in document["components"].items() for name in components
    }

    assert {part["$ref"] for part in parts_of(document) if "$ref" in part} <= components


def test_schemas_have_names_for_people(document):
    """No name says in which module a type is: generated clients would change whenever a file moves."""
    assert [] == [name for name in document["components"]["schemas"] if not re.fullmatch(r"[A-Z][A-Za-z0-9]+", name)]


def test_no_two_schemas_share_a_name(document):
    """Generators name their types by titles: of two that share one, a client would have one.

    A name that the framework made of modules stands for two structs of one name: rename one of them for what it is.
    """
    assert {name: name for name in document["components"]["schemas"]} == {
        name: schema["title"] for name, schema in document["components"]["schemas"].items()
    }


def test_operations_have_names_one_can_say(document):
    """What a generated client calls an operation is what its handler is called: `proposeTransfer`."""
    names = [operation["operationId"] for _, operation in operations_of(document)]

    assert [] == [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+){0,3}", name)]
    assert len(set(names)) == len(names)


def test_all_problems_are_of_one_form(document):
    """A client has one type for what is refused, and each operation says which codes may come."""
    problems = {name for name in document["components"]["schemas"] if name.endswith("Problem")}
    refusing = [
        response["content"]["application/problem+json"]["schema"]
        for _, operation in operations_of(document)
        for response in operation["responses"].values()
        if "application/problem+json" in response.get("content", {})
    ]

    assert {"Problem"} == problems
    assert all(schema["$ref"] == "#/components/schemas/Problem" for schema in refusing)
    assert all(schema["properties"]["code"]["enum"] for schema in refusing)


def test_every_operation_is_about_something_that_is_explained(document):
    """Operations are grouped by what they are about, and subjects.toml of the service says what that is."""
    about = [tag for _, operation in operations_of(document) for tag in operation["tags"]]

    assert set(about) == {tag["name"] for tag in document["tags"]}
    assert all(tag["description"].endswith(".") for tag in document["tags"])
    assert len(about) == len(list(operations_of(document)))


def test_every_operation_is_explained(document):
    """Each has a tag, a sentence for a summary, and says who may call it."""
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["tags"]
            assert " " in operation["summary"]
            assert re.search(
                r"For the role `|For every caller with a token\.|Asks for no token\.", operation["description"]
            )


def test_every_operation_with_a_token_declares_what_may_come_of_any(document):
    """A misspelt parameter is refused everywhere, and the keys that prove tokens may be gone: declared everywhere."""
    for _, operation in operations_of(document):
        if "Asks for no token." not in operation["description"]:
            assert codes_of(ParameterUnknown, KeysUnavailable, *COMMON) <= problems_of(operation)


@pytest.mark.parametrize(("header", "refusals"), _REFUSED_OF.items())
def test_whatever_takes_a_header_declares_what_is_wrong_with_one(document, header, refusals):
    """A caller is told nothing of a header that its operation's description does not say, and what it says is so."""
    declared = {name: codes_of(*refusals) & problems_of(operation) for name, operation in operations_of(document)}
    true = {
        name: codes_of(*refusals) if takes(operation, header) else set() for name, operation in operations_of(document)
    }

    assert true == declared


def test_reading_takes_no_name_for_the_request(document):
    """A read changes nothing, so it is safe to repeat as it is: what an Idempotency-Key says there is ignored."""
    reading = [(name, operation) for name, operation in operations_of(document) if name.startswith(("get ", "head "))]

    assert [] == [name for name, operation in reading if takes(operation, "Idempotency-Key")]
    assert [] == [name for name, operation in reading if IdempotencyKeyMalformed.code() in problems_of(operation)]


def test_every_command_takes_a_name_for_the_request_or_says_that_it_does_not(document):
    """A key that is sent in vain would let its caller believe that a repeat is known by it."""
    posts = [operation for name, operation in operations_of(document) if name.startswith("post ")]

    assert [] == [
        operation["operationId"]
        for operation in posts
        if takes(operation, "Idempotency-Key") == (IdempotencyKeyNotTaken.code() in problems_of(operation))
    ]


def test_every_parameter_has_a_form(document):
    """What a text in an address, a query or a header must look like can be known before it is sent."""
    formless = [
        (name, parameter["name"])
        for name, operation in operations_of(document)
        for parameter in operation.get("parameters", [])
        if formless_in(parameter["schema"])
    ]

    assert [] == formless
    assert [] == [part for part in parts_of(document["paths"]) if {"type": "null"} in part.get("oneOf", [])]


def test_every_text_that_is_sent_has_a_form(agreements):
    """Also one in an array, in an object or beside null, and the names of an object's members."""
    sent = dict(schemas_sent(agreements))
    # A case of the rules is read as its kind says.
    formless = [
        name for name, schema in sent.items() if name != "Case" for part in parts_of(schema) if formless_in(part)
    ]

    assert [] == formless


@pytest.mark.parametrize(
    ("request_line", "changed"),
    [
        ("POST /v1/contributions", {"element": "no id"}),
        ("POST /v1/contributions", {"invention": "no id"}),
        ("POST /v1/licences", {"licensors": ["no id"]}),
        ("POST /v1/disputes", {"position": {}}),
        ("POST /v1/disputes", {"position": {"no id": "1/1"}}),
        ("POST /v1/disputes", {"position": {"HUT": "half"}}),
    ],
)
def test_what_would_be_refused_satisfies_no_schema(agreements, request_line, changed):
    """The forms of items, of names and of what may be null, and how many there must be."""
    body = next(step.body for step in _WITH_BODY if step.request == request_line) or {}
    validator = Draft202012Validator(body_schema(agreements, request_line))

    assert validator.is_valid(filled(body))
    assert not validator.is_valid(filled({**body, **changed}))


def test_a_view_declares_its_version_and_a_creation_its_place(agreements):
    """Where If-Match takes its value from is written at the answers that give it."""
    drafted = agreements["paths"]["/v1/agreements"]["post"]["responses"]
    read_one = agreements["paths"]["/v1/agreements/{agreement}"]["get"]["responses"]
    listed = agreements["paths"]["/v1/agreements"]["get"]["responses"]

    assert {"ETag", "Location"} == set(drafted["201"]["headers"]) == set(drafted["200"]["headers"])
    assert {"ETag"} == set(read_one["200"]["headers"])
    assert not listed["200"].get("headers")
