"""Write the contract with partners' systems anew, as files and as a page: `python -m tests.docs.contract`.

The page is `docs/catalogue.md`, the files are `docs/asyncapi.json` and `docs/schemas/`, as agreements serves them. What
an event of an older version looked like stays where it is: nothing here knows it any more.
"""

import json
from collections.abc import Iterator
from functools import cache
from inspect import cleandoc
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from shared.events.concerned import about, kind_of
from shared.events.registry import Event
from shared.log.envelope import decode
from shared.web.contract.asyncapi import document
from shared.web.contract.routes import as_file
from shared.web.contract.schemas import published, schema_of
from tests.architecture.source import ROOT

DOCS: Final = ROOT / "docs"
SCHEMAS: Final = DOCS / "schemas"
PAGE: Final = DOCS / "catalogue.md"
GOLDEN: Final = ROOT / "tests" / "events" / "golden"
# Whom an event concerns that is about a circle of a kind, in words.
_AROUND: Final = {
    "agreement": "the parties of the agreement",
    "invention": "whoever holds a share of the asset, or held one",
    "transfer": "who takes part in the transfer, and whoever holds what it is about",
    "licence": "who licenses and who is licensed, and whoever holds what it is about",
    "dispute": "who takes part in the dispute, and whoever holds what it is about",
    "opportunity": "who identified the opportunity, and whoever it is shared with",
    "party": "the party itself",
    "partners": "both ends, and the parties of each agreement that one of them is in",
}
_PLAIN: Final = {"string": "text", "date": "date", "integer": "whole number", "boolean": "true or false"}
_HEAD: Final = """\
# The catalogue of events

Every event that can reach a party's system: when it is published, whom it concerns (and so whose feed it is in), and
what each field of its `data` means. The example is whole, as it is published, but for the line breaks: `data` stands in
the envelope that [events](events.md) explains. The same as files for programs: [asyncapi.json](asyncapi.json), and a
JSON Schema of the `data` of each type in [schemas](schemas); a running *agreements* serves both, at `/asyncapi.json`
and `/schemas/<type>.json`, to everybody.

A field that may be null or left out says so with `?`; both mean the same. Within a version fields are only added, so
read what you know and leave the rest alone. What would mean something else is a new type.

This page is written by `python -m tests.docs.contract`; a test compares it with what is published.
"""


@cache
def files() -> dict[Path, str]:
    """Return what each file must hold."""
    schemas = {SCHEMAS / f"{name}.json": as_file(schema_of(name)) for name in published()}
    return {DOCS / "asyncapi.json": as_file(document()), **schemas, PAGE: page()}


def page() -> str:
    """Return the page as it must read."""
    sections = [_HEAD]
    for entity, kinds in groupby(sorted(published().values(), key=lambda kind: kind.ENTITY), lambda kind: kind.ENTITY):
        sections.append(f"## {entity.capitalize()}\n")
        sections += ["\n".join(_section(kind)) for kind in kinds]
    return "\n".join(sections)


def concerns(kind: type[Event]) -> str:
    """Return whom an event concerns, in words: asked of the rules, about the event that is the example."""
    names = about(decode(_example(kind)))
    return "; ".join(dict.fromkeys(_AROUND[kind_of(name)] for name in names)) or "everybody"


def _section(kind: type[Event]) -> Iterator[str]:
    schema = schema_of(kind.TYPE)
    yield f"### {kind.__name__}"
    yield ""
    yield cleandoc(kind.__doc__ or "")
    yield ""
    yield f"`{kind.TYPE}` · concerns {concerns(kind)} · [schema](schemas/{kind.TYPE}.json)"
    yield ""
    yield "| Field | Form | Meaning |"
    yield "|---|---|---|"
    for name, form in schema["properties"].items():
        optional = "" if name in schema["required"] and not _may_be_null(form) else "?"
        yield f"| `{name}`{optional} | {_form(form)} | {' '.join(form['description'].split())} |"
    yield ""
    yield "```json"
    yield json.dumps(json.loads(_example(kind)), indent=2, ensure_ascii=False)
    yield "```"
    yield ""


def _example(kind: type[Event]) -> bytes:
    return (GOLDEN / f"{kind.TYPE}.json").read_bytes()


def _may_be_null(form: dict[str, Any]) -> bool:
    return {"type": "null"} in form.get("anyOf", []) or None in form.get("enum", [])


def _form(form: dict[str, Any]) -> str:
    if "anyOf" in form:
        return " or ".join(_form(each) for each in form["anyOf"] if each != {"type": "null"})
    if "$ref" in form:
        return str(form["$ref"].rpartition("/")[2])
    if "enum" in form:
        return ", ".join(f"`{each}`" for each in form["enum"] if each is not None)
    if "items" in form:
        return f"list of {_form(form['items'])}"
    if "additionalProperties" in form:
        return f"object of {_form(form['additionalProperties'])}"
    return _PLAIN[form.get("format", form["type"])]


if __name__ == "__main__":
    SCHEMAS.mkdir(exist_ok=True)
    for path, content in files().items():
        path.write_text(content, encoding="utf-8")
