"""What a service keeps for its API's documents: what its operations are about, and examples.

Examples are in `examples.json`, by the schema they are of, or by the operation where that has no name: beside each body
and answer one that was said or given in the sample story. A test says which are missing or true no more, and how they
are written anew. `subjects.toml` says what the operations with a tag are about.
"""

import json
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final, NamedTuple, Self

FILE: Final = "examples.json"
SUBJECTS: Final = "subjects.toml"
JSON: Final = "application/json"
_SCHEMAS: Final = "#/components/schemas/"


class Kept(NamedTuple):
    """Examples by name, and subjects by tag, in the order in which they are shown."""

    examples: dict[str, Any]
    subjects: dict[str, str]

    @classmethod
    def by(cls, package: str) -> Self:
        """Return what a service's package keeps."""
        here = files(package)
        examples = json.loads((here / FILE).read_text(encoding="utf-8"))
        return cls(examples, tomllib.loads((here / SUBJECTS).read_text(encoding="utf-8")))


NOTHING_KEPT: Final = Kept({}, {})


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
