"""Examples in the API's documents: beside each body and answer, one that was said or given in the sample story.

A service keeps them in `examples.json`, by the schema they are of, or by the operation where that has no name. A test
says which are missing or true no more, and how they are written anew.
"""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final

FILE: Final = "examples.json"
JSON: Final = "application/json"
_SCHEMAS: Final = "#/components/schemas/"


def stored_examples(package: str) -> dict[str, Any]:
    """Return the examples that a service's package keeps."""
    examples: dict[str, Any] = json.loads((files(package) / FILE).read_text(encoding="utf-8"))
    return examples


def show_examples(document: dict[str, Any], examples: dict[str, Any]) -> None:
    """Show each example once, and refer to it from wherever its schema is sent or answered."""
    shown = {}
    for name, content in exemplified(document):
        if name in examples:
            content["examples"] = {"story": {"$ref": f"#/components/examples/{name}"}}
            shown[name] = {"summary": "From the sample story", "value": examples[name]}
    document["components"].setdefault("examples", {}).update(sorted(shown.items()))


def exemplified(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield whatever is sent or answered in JSON, but for problems, with the name of its example."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for said in (operation.get("requestBody", {}), *operation["responses"].values()):
                if (content := said.get("content", {}).get(JSON)) is not None:
                    named = content["schema"].get("$ref", "").removeprefix(_SCHEMAS)
                    yield named or operation["operationId"], content
