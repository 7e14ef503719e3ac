"""JSON Schemas of the published events, each field with what it means: read off the very structs that are written.

An event names the schema of its data by a URN, which its bytes keep for ever: `dataschema` is `$id` of what is at
`/schemas/<type>.json`. A new version of an event is a new type, so what is at an address only grows by fields.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from inspect import cleandoc
from typing import Any, Final

import msgspec
from msgspec import inspect

import shared.events
from shared.events.registry import Event, registered
from shared.log.envelope import dataschema_of
from shared.web.members import meanings_of

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_FILE: Final = "events.toml"
_DEFINITIONS: Final = "#/$defs/"

Schema = dict[str, Any]


@cache
def published() -> Mapping[str, type[Event]]:
    """Return what services promise partners, by type: every event in the room for it."""
    room = f"{shared.events.__name__}."
    return {name: kind for name, kind in sorted(registered().items()) if kind.__module__.startswith(room)}


@cache
def schema_of(type_name: str) -> Schema:
    """Return the schema of the data of events of a type, complete by itself; raises KeyError for one there is not."""
    kind = published()[type_name]
    parts = explained([kind], _DEFINITIONS)
    whole = parts.pop(kind.__name__)
    return {
        "$schema": DIALECT,
        "$id": dataschema_of(type_name),
        **whole,
        **({"$defs": dict(sorted(parts.items()))} if parts else {}),
    }


def explained(kinds: Iterable[type[Event]], references: str) -> dict[str, Schema]:
    """Return the schemas of kinds of events and of all their parts, by the names of their structs."""
    wanted = list(kinds)
    _, parts = msgspec.json.schema_components(wanted, ref_template=f"{references}{{name}}")
    structs = {struct.__name__: struct for kind in wanted for struct in _structs(inspect.type_info(kind))}
    for name, part in parts.items():
        if "description" in part:
            part["description"] = cleandoc(part["description"])
        for field, form in part.get("properties", {}).items():
            form["description"] = meaning_of(structs[name], field)
    return parts


def meaning_of(struct: type[msgspec.Struct], field: str) -> str:
    """Return what a field means, by its name in JSON; raises KeyError where nothing is said of it."""
    here = _said()
    of_it = here.get(struct.__name__, {})
    if isinstance(of_it, dict) and field in of_it:
        return str(of_it[field])
    return str(here[field]) if isinstance(here.get(field), str) else meanings_of(struct)[field]


@cache
def _said() -> Mapping[str, Any]:
    return tomllib.loads((files(__package__) / _FILE).read_text(encoding="utf-8"))


def _structs(form: inspect.Type) -> Iterator[type[msgspec.Struct]]:
    match form:
        case inspect.StructType(cls=struct, fields=fields):
            yield struct
            for field in fields:
                yield from _structs(field.type)
        case inspect.UnionType(types=types):
            for each in types:
                yield from _structs(each)
        case inspect.VarTupleType(item_type=each) | inspect.DictType(value_type=each):
            yield from _structs(each)
