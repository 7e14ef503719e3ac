"""Events out of thin air: any value of the right form for every field that a test does not care about."""

import types
import typing
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
_AN_INSTANT = datetime(2024, 7, 8, 4, tzinfo=UTC)
_PLAIN: dict[Any, Any] = {str: "X", int: 1, bool: True, date: date(2024, 7, 8), datetime: _AN_INSTANT}
_EMPTY: dict[Any, Any] = {tuple: (), dict: {}}


def made(struct: type[T], **given: object) -> T:
    """Return a struct with the given fields, where it has them, and something of the right type in the others."""
    hints = typing.get_type_hints(struct)
    values = {field.name: given.get(field.name, _any(hints[field.name])) for field in msgspec.structs.fields(struct)}
    return struct(**values)


def _any(hint: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin is Literal:
        return typing.get_args(hint)[0]
    if origin in {types.UnionType, typing.Union}:
        return None if type(None) in typing.get_args(hint) else _any(typing.get_args(hint)[0])
    if origin in _EMPTY:
        return _EMPTY[origin]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return made(hint)
    return _PLAIN[hint]
