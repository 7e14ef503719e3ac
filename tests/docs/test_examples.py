"""The examples in the API's documents are there, are true, and are the sample story's."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from services.cli import scenario
from shared.web.kept import Kept, exemplified
from tests.docs.examples import Document
from tests.web.described import SERVICES, published

_PROBLEM = "application/problem+json"
_WRITTEN = "python -m tests.docs.examples writes it"


@pytest.fixture(scope="module", params=SERVICES)
def document(request: pytest.FixtureRequest) -> Document:
    return Document(request.param)


def shown(document: dict[str, Any], content: dict[str, Any]) -> Iterator[Any]:
    """Yield the examples beside a schema, which are kept once for the document."""
    for each in content.get("examples", {}).values():
        yield document["components"]["examples"][each["$ref"].rpartition("/")[2]]["value"]


def says(step: Any, example: Any) -> bool:
    """Tell whether an example is what a step says, whatever it takes from an earlier answer."""
    if isinstance(step, str) and step.startswith("$"):
        return True
    if isinstance(step, dict) and isinstance(example, dict):
        return step.keys() == example.keys() and all(says(each, example[name]) for name, each in step.items())
    if isinstance(step, list) and isinstance(example, list):
        return len(step) == len(example) and all(map(says, step, example))
    return bool(step == example)


def test_every_body_and_answer_has_an_example(document: Document):
    """Whoever reads how something is sent or answered sees it once."""
    assert [] == [
        f"{name} has no example: {_WRITTEN}"
        for name, content in exemplified(document.document)
        if not list(shown(document.document, content))
    ]


def test_every_example_is_of_its_schema(document: Document):
    """What is shown would be accepted, or could be answered."""
    assert [] == [
        f"the example of {name} is not of its schema any more: {_WRITTEN} anew"
        for name, content in exemplified(document.document)
        for value in shown(document.document, content)
        if not document.allows(content["schema"], value)
    ]


def test_no_example_is_of_nothing(document: Document):
    """What nobody sends or is answered any more has no example either."""
    assert set() == set(Kept.by(f"services.{document.service}").examples) - document.schemas.keys(), _WRITTEN


def test_what_the_story_says_is_shown_as_it_says_it():
    """An example of a body that is sent in the sample story is one of those: change the story, and play it anew."""
    document = Document("agreements")
    said: dict[str, list[Any]] = {}
    for step in scenario.read().steps:
        operation = document.operation(*step.request.split(" "))
        if step.leaves_a_trace and step.body is not None and operation is not None:
            [body] = operation["requestBody"]["content"].values()
            said.setdefault(body["schema"]["$ref"].rpartition("/")[2], []).append(step.body)
    examples = Kept.by("services.agreements").examples

    assert len(said) > 20
    assert [] == [
        f"{name}: python -m tests.docs.examples --anew"
        for name, bodies in said.items()
        if not any(says(body, examples[name]) for body in bodies)
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_that_refuses_has_an_example(service):
    """It is a problem of the form they all have, with one of the codes that may come."""
    document = Document(service)
    contents = [
        content
        for operations in published(service)["paths"].values()
        for operation in operations.values()
        for response in operation["responses"].values()
        if (content := response.get("content", {}).get(_PROBLEM)) is not None
    ]

    assert contents
    for content in contents:
        [example] = shown(document.document, content)
        assert document.allows(content["schema"], example)
        assert re.fullmatch(r"[A-Z_]+", example["code"])
