"""Whether what is published can still be read by whoever reads what was released: by their JSON Schemas alone.

`python -m tests.events.compatible` writes down what is published now: with a release, and at no other time.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from shared.web.contract import schemas as contract
from shared.web.contract.schemas import schema_of

RELEASED: Final = Path(__file__).parent / "released.json"
_REFERENCE: Final = "#/$defs/"
# What narrows a value that has it; whoever reads may count on it as well, so it may not be taken away either.
_LIMITS: Final = ("format", "pattern", "const", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")

Schema = dict[str, Any]


def published() -> dict[str, Schema]:
    """Return the schema of every published type, without what is said for people."""
    return {name: _bare(schema_of(name)) for name in contract.published()}


def released() -> dict[str, Schema]:
    """Return what the last release published."""
    found: dict[str, Schema] = json.loads(RELEASED.read_text(encoding="utf-8"))
    return found


def broken(before: Schema, now: Schema) -> list[str]:
    """Return what somebody would notice who reads by the earlier schema, or has events written by it: nothing, if fine.

    Fields may be added that need not be there, and values to what one may be.
    """
    return list(_broken(before, now, before, now, "data"))


def _broken(before: Schema, now: Schema, earlier: Schema, later: Schema, at: str) -> Iterator[str]:
    """Compare two parts; `earlier` and `later` are the documents that their references are into."""
    before, now = _resolved(before, earlier), _resolved(now, later)
    if before.get("type") != now.get("type"):
        yield f"{at} was {before.get('type')} and is {now.get('type')}"
        return
    yield from (f"{at} has another {limit}" for limit in _LIMITS if before.get(limit) != now.get(limit))
    if before.get("enum") and (lost := [each for each in before["enum"] if each not in now.get("enum", [])]):
        yield f"{at} may no longer be {lost}"
    if now.get("enum") and not before.get("enum"):
        yield f"{at} was open and is one of {now['enum']}"
    yield from _broken_alternatives(before, now, earlier, later, at)
    yield from _broken_fields(before, now, earlier, later, at)
    for inner in ("items", "additionalProperties"):
        if isinstance(before.get(inner), dict):
            yield from _broken(before[inner], now.get(inner) or {}, earlier, later, f"{at}[]")


def _broken_fields(before: Schema, now: Schema, earlier: Schema, later: Schema, at: str) -> Iterator[str]:
    for name in set(now.get("required", ())) ^ set(before.get("required", ())):
        yield f"{at}.{name} {'must' if name in now['required'] else 'need not'} be there from now on"
    for name, form in before.get("properties", {}).items():
        if name not in now.get("properties", {}):
            yield f"{at}.{name} is gone"
        else:
            yield from _broken(form, now["properties"][name], earlier, later, f"{at}.{name}")


def _broken_alternatives(before: Schema, now: Schema, earlier: Schema, later: Schema, at: str) -> Iterator[str]:
    """Find for each alternative one that is no narrower; nobody expects null of what could never be."""
    ours = now.get("anyOf", [])
    for each in before.get("anyOf", []):
        if all(any(_broken(each, other, earlier, later, at)) for other in ours):
            yield f"{at} may no longer be as {json.dumps(each)} says"
    if {"type": "null"} in ours and {"type": "null"} not in before.get("anyOf", []):
        yield f"{at} may be null from now on"


def _resolved(part: Schema, document: Schema) -> Schema:
    reference = part.get("$ref")
    if reference is None:
        return part
    found: Schema = document["$defs"][reference.removeprefix(_REFERENCE)]
    return found


def _bare(part: Any) -> Any:
    if isinstance(part, list):
        return [_bare(each) for each in part]
    if isinstance(part, dict):
        return {
            name: _bare(each) for name, each in part.items() if not (name == "description" and isinstance(each, str))
        }
    return part


if __name__ == "__main__":
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(schema)}" for name, schema in published().items())
    RELEASED.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
