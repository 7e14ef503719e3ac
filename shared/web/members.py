"""What each member of a body or an answer means, as the API's documents say it beside its form.

Most mean the same wherever they stand: `members.toml` says it once, by their name in JSON. What means something else in
one struct has a docstring below it there, which holds for whoever inherits it, too.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from inspect import cleandoc, getsource
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec
from litestar._openapi.schema_generation.plugins.struct import StructSchemaPlugin
from litestar.openapi.spec import Schema
from litestar.typing import FieldDefinition

if TYPE_CHECKING:
    from litestar._openapi.schema_generation import SchemaCreator

FILE: Final = "members.toml"


class Explained(StructSchemaPlugin):
    """Describes a struct as the framework does, and says of it and of each of its members what it means."""

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: "SchemaCreator") -> Schema:
        schema = super().to_openapi_schema(field_definition, schema_creator)
        struct = field_definition.origin or field_definition.annotation
        schema.description = meaning_of(struct)
        for name, member in (schema.properties or {}).items():
            member.description = meanings_of(struct).get(name)
        return schema


def meaning_of(struct: type[msgspec.Struct]) -> str | None:
    """Return the docstring of a struct, or of what it inherits its members from."""
    said = (each.__doc__ for each in _lineage(struct) if each.__struct_fields__)
    return next((cleandoc(text) for text in said if text), None)


@cache
def meanings_of(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Return what is said of a struct's members, by their names in JSON; one of which nothing is said is absent."""
    own: dict[str, str] = {}
    for each in _lineage(struct):
        own = _docstrings(each.__module__).get(each.__name__, {}) | own
    names = zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True)
    said = {encoded: own.get(field, in_general().get(encoded)) for field, encoded in names}
    return {name: text for name, text in said.items() if text is not None}


@cache
def in_general() -> dict[str, str]:
    """Return what members mean wherever nothing else is said, by their names in JSON."""
    return tomllib.loads((files(__package__) / FILE).read_text(encoding="utf-8"))


def _lineage(struct: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    return (each for each in struct.__mro__ if issubclass(each, msgspec.Struct) and each is not msgspec.Struct)


@cache
def _docstrings(module: str) -> dict[str, dict[str, str]]:
    """Return the docstrings that stand below members, by class and field: they are in the source alone."""
    tree = ast.parse(getsource(sys.modules[module]))
    return {each.name: dict(_below_members(each)) for each in tree.body if isinstance(each, ast.ClassDef)}


def _below_members(struct: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for member, below in pairwise(struct.body):
        match member, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, cleandoc(text)
