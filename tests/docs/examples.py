"""Write the examples in the API's documents anew: `python -m tests.docs.examples`.

What is still true stays as it is, and the rest is put together from it, member by member. With `--anew` the sample
story is played, and whatever it says, is answered or shows in the end takes the place of what was there.
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice, product
from typing import Any, Final

import httpx
from jsonschema import Draft202012Validator

from services.cli import scenario
from services.cli.calendar import Calendar
from services.cli.standing import Standing
from shared.embedded.home import Home
from shared.testing import Stack, temporary_home
from shared.web.kept import FILE, JSON, Kept, exemplified
from tests.architecture.source import ROOT
from tests.web.described import SERVICES, published

Examples = dict[str, Any]
_SCHEMAS: Final = "#/components/schemas/"
_ENTERED_SECONDS: Final = 30.0
_MOST_TRIED: Final = 40
_MOST_SHOWN: Final = 6_000
_STREAM: Final = "text/event-stream"
_CASE: Final = ROOT / "tests" / "agreements" / "cases" / "elements.json"


# What the story has no word for, by name: taken where a body or an answer is put together, if it may stand there.
_UNSAID: Final[Examples] = {
    "code": "M1",
    "email": "chan@hut.example",
    "erased_on": None,
    "filed_on": "2024-12-16",
    "from": 64,
    "ground": "Two milestones in a row were missed.",
    "inventions": [{"id": "INV-5G-1", "status": "DETERMINED", "keys": ["ownership.method"]}],
    "licences": [],
    "name": "Chan Siu Ming",
    "needed_for": "PRJ-5G",
    "new_to": "2029-02-01",
    "office": "CN",
    "office_ref": "2024-1216-0042",
    "orcid": "0000-0002-1825-0097",
    "orcid_hash": f"sha256:{'5e8a4ab0' * 8}",
    "portion": "1/2",
    "projects": [{"id": "PRJ-5G", "status": "ACTIVE", "keys": ["ownership.method"]}],
    "reached_on": "2024-12-16",
    "reason": "As the joint committee decided.",
    "respond_by": "2024-12-31",
    "restrictions": ["Not for weapons"],
    "right": "CN-2024-5G-1",
    "shared_with": ["ATRC"],
    "to": 128,
}


class Document:
    """A service's document, as values are checked and put together by it."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.document = published(service)
        self.schemas: dict[str, Any] = {name: content["schema"] for name, content in exemplified(self.document)}

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """Return the operation at an address, the one with the fewest variable parts."""
        found = [
            template
            for template, operations in self.document["paths"].items()
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in operations
        ]
        if not found:
            return None
        operation: dict[str, Any] = self.document["paths"][min(found, key=lambda each: each.count("{"))][method.lower()]
        return operation

    def allows(self, schema: dict[str, Any], value: Any) -> bool:
        whole = {**schema, "components": self.document["components"]}
        return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid(value)

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].removeprefix(_SCHEMAS)]
        return schema


class Known:
    """What was said and answered, by the schemas and by the names under which it was."""

    def __init__(self) -> None:
        self.by_schema: dict[str, list[Any]] = defaultdict(list)
        self.by_name: dict[str, list[Any]] = defaultdict(list)

    def add(self, document: Document, schema: dict[str, Any], value: Any) -> None:
        """Take in a value and all that it is made of."""
        if "$ref" in schema:
            _append(self.by_schema[schema["$ref"].removeprefix(_SCHEMAS)], value)
        schema = document.resolved(schema)
        for alternative in schema.get("oneOf", ()):
            if document.allows(alternative, value):
                self.add(document, alternative, value)
        if isinstance(value, dict):
            for name, each in value.items():
                _append(self.by_name[name], each)
                self.add(document, schema.get("properties", {}).get(name, {}), each)
        if isinstance(value, list):
            for each in value:
                self.add(document, schema.get("items", {}), each)

    def made(self, document: Document, schema: dict[str, Any], name: str) -> Any:
        """Return a value of a schema: one that was said under this name, or else one put together."""
        if name in _UNSAID and document.allows(schema, _UNSAID[name]):
            return _UNSAID[name]
        said = [*self.by_schema.get(schema.get("$ref", "").removeprefix(_SCHEMAS), ()), *self.by_name.get(name, ())]
        fitting = (value for value in said if value not in (None, [], {}) and document.allows(schema, value))
        found = next(fitting, None)
        return self._put_together(document, document.resolved(schema), name) if found is None else found

    def _put_together(self, document: Document, schema: dict[str, Any], name: str) -> Any:
        match schema:
            case {"const": value} | {"enum": [value, *_]} | {"examples": [value, *_]} | {"default": value}:
                return value
            case {"oneOf": [first, *_]}:
                return self.made(document, first, name)
            case {"type": "object"}:
                members = schema.get("properties", {})
                named = schema.get("required", []) or list(members)
                return {member: self.made(document, members[member], member) for member in members if member in named}
            case {"type": "array", "items": items}:
                return [self.made(document, items, name)]
        # A number, true, or any text that was said.
        said = (value for values in self.by_name.values() for value in values)
        return next(value for value in (schema.get("minimum", 1), True, *said) if document.allows(schema, value))


def _append(values: list[Any], value: Any) -> None:
    if value not in values:
        values.append(value)


def played() -> dict[str, Examples]:
    """Return what the sample story says and shows, by service and name."""
    documents = {service: Document(service) for service in SERVICES}
    found: dict[str, Examples] = {service: {} for service in SERVICES}
    with temporary_home() as home, Stack(home, log_level="WARNING"):
        known = _said(documents["agreements"], found["agreements"], home)
        for document in documents.values():
            _shown(document, found[document.service], known, home)
    return found


def _said(document: Document, found: Examples, home: Home) -> Known:
    """Play the story, and take in what its people say and are answered."""
    known, answers = Known(), dict[str, Any]()
    for step in scenario.play(scenario.read(), home, only_traces=True, answers=answers):
        operation = document.operation(*step.request.split(" "))
        if step.id in answers and operation is not None:
            if step.body is not None:
                body = scenario.filled(step.body, lambda text: scenario.picked(text, answers))
                _take(document, found, known, operation, operation["requestBody"], body)
            answered = operation["responses"][str(step.expect.status)]
            _take(document, {}, known, operation, answered, answers[step.id])
    with Calendar(home) as calendar, Standing(home) as standing:
        calendar.stop()
        standing.await_entered(_ENTERED_SECONDS)
    return known


def _shown(document: Document, found: Examples, known: Known, home: Home) -> None:
    """Ask for whatever can be read, and for a case to be answered."""
    token = home.issuer.mint("HUT-REP", party="HUT", roles=["representative", "auditor", "operator", "service"])
    with scenario.client(home.url(document.service)) as http:
        http.headers["Authorization"] = f"Bearer {token}"
        for path, operations in document.document["paths"].items():
            operation = operations.get("get")
            if operation is not None and _STREAM not in operation["responses"]["200"].get("content", {}):
                answers = [http.get(each) for each in _addresses(document, known, path, operation)]
                shown = [each for each in answers if each.status_code == httpx.codes.OK]
                for answer in sorted(shown, key=_worth_showing, reverse=True):
                    if answer.headers["Content-Type"] == JSON:
                        _take(document, found, known, operation, operation["responses"]["200"], answer.json())
        if (simulate := document.operation("POST", "/v1/simulations")) is not None:
            case = json.loads(_CASE.read_text(encoding="utf-8"))
            case.pop("expect")
            answer = http.post("/v1/simulations", json=case).raise_for_status().json()
            _take(document, found, known, simulate, simulate["requestBody"], case)
            _take(document, found, known, simulate, simulate["responses"]["200"], answer)


def _worth_showing(answer: httpx.Response) -> int:
    """Prefer what says much, as long as it can be read."""
    size = len(answer.content)
    return size if size <= _MOST_SHOWN else -size


def _take(
    document: Document, found: Examples, known: Known, operation: dict[str, Any], said: dict[str, Any], value: Any
) -> None:
    schema = said["content"][JSON]["schema"]
    found.setdefault(schema.get("$ref", "").removeprefix(_SCHEMAS) or operation["operationId"], value)
    known.add(document, schema, value)


def _addresses(document: Document, known: Known, path: str, operation: dict[str, Any]) -> Iterator[str]:
    """Yield addresses of things that the story has, for a template."""
    parameters = [each for each in operation.get("parameters", []) if each["in"] == "path" or each["required"]]
    choices = [
        [value for value in known.by_name[each["name"]] if document.allows(each["schema"], value)]
        or [known.made(document, each["schema"], each["name"])]
        for each in parameters
    ]
    for values in islice(product(*choices), _MOST_TRIED):
        address, query = path, ""
        for parameter, value in zip(parameters, values, strict=True):
            if parameter["in"] == "path":
                address = address.replace(f"{{{parameter['name']}}}", str(value))
            elif parameter["in"] == "query":
                query += f"&{parameter['name']}={value}"
        # One is enough for an example.
        names = {each["name"] for each in operation.get("parameters", [])}
        yield f"{address}?{'limit=1' if 'limit' in names else ''}{query}".rstrip("?")


def completed(service: str, known_examples: Examples) -> Examples:
    """Return an example of everything that a service is sent and answers: those that are true, the others made."""
    document, known = Document(service), Known()
    true = {
        name: value
        for name, value in known_examples.items()
        if name in document.schemas and document.allows(document.schemas[name], value)
    }
    for name, value in true.items():
        known.add(document, document.schemas[name], value)
    return {name: true.get(name, known.made(document, schema, "")) for name, schema in sorted(document.schemas.items())}


def main() -> None:
    anew = played() if "--anew" in sys.argv else {}
    for service in SERVICES:
        examples = completed(service, anew.get(service) or Kept.by(f"services.{service}").examples)
        text = json.dumps(examples, indent=1, ensure_ascii=False)
        (ROOT / "services" / service / FILE).write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
