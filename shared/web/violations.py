"""Everything that is wrong with a body, in words: looked for only once the decoder has refused it.

The decoder stops at the first thing it does not like, and whoever writes a client wants them all.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Any, Final, Literal

import msgspec
from msgspec import inspect

from shared.forms import WORDS
from shared.web.shown import shown_text

MOST_VIOLATIONS: Final = 100

Code = Literal["MISSING", "UNKNOWN", "TYPE", "FORM", "LENGTH", "RANGE", "CHOICE"]


class Violation(msgspec.Struct, frozen=True):
    """One thing that is wrong with a body, and where: `pointer` is a JSON pointer (RFC 6901)."""

    pointer: str
    code: Code
    """What is wrong, for programs."""
    message: str
    expected: str
    """What must stand there instead, in words."""


def violations_of(value: object, annotation: object) -> list[Violation]:
    """Return what is wrong with decoded JSON as a value of a type, in the order in which the type names it."""
    return list(islice(_wrong(value, _kind_of(annotation), "", None), MOST_VIOLATIONS))


@cache
def _kind_of(annotation: object) -> inspect.Type:
    return inspect.type_info(annotation)


def _wrong(value: Any, kind: inspect.Type, at: str, words: str | None) -> Iterator[Violation]:  # noqa: ANN401  # JSON
    match kind:
        case inspect.Metadata():
            yield from _wrong(value, kind.type, at, (kind.extra or {}).get(WORDS, words))
        case inspect.UnionType():
            yield from _wrong_in_all(value, kind, at)
        case inspect.StructType() if isinstance(value, dict):
            yield from _wrong_members(value, kind, at)
        case inspect.DictType() if isinstance(value, dict):
            yield from _wrong_length(value, kind, at)
            for name, each in value.items():
                yield from _wrong(name, kind.key_type, _below(at, name), None)
                yield from _wrong(each, kind.value_type, _below(at, name), None)
        case inspect.VarTupleType() | inspect.ListType() if isinstance(value, list):
            yield from _wrong_length(value, kind, at)
            for place, each in enumerate(value):
                yield from _wrong(each, kind.item_type, _below(at, place), None)
        case _:
            yield from _wrong_itself(value, kind, at, words)


def _wrong_members(value: dict[str, Any], kind: inspect.StructType, at: str) -> Iterator[Violation]:
    known = {field.encode_name for field in kind.fields} | ({kind.tag_field} if kind.tag_field else set())
    for field in kind.fields:
        if field.encode_name in value:
            yield from _wrong(value[field.encode_name], field.type, _below(at, field.encode_name), None)
        elif field.required:
            expected = in_words(field.type)
            yield Violation(_below(at, field.encode_name), "MISSING", f"This is missing: {expected}.", expected)
    if kind.forbid_unknown_fields:
        expected = _one_of(sorted(known)) if known else "nothing"
        for name in (name for name in value if name not in known):
            yield Violation(_below(at, name), "UNKNOWN", f"There is no such member here: it is {expected}.", expected)


def _wrong_in_all(value: Any, kind: inspect.UnionType, at: str) -> Iterator[Violation]:  # noqa: ANN401  # JSON
    """Say what is wrong with a value as the one alternative that it can be meant as."""
    tried = [list(_wrong(value, each, at, None)) for each in kind.types]
    if not all(tried):
        return
    meant = [found for found in tried if all(each.pointer != at or each.code != "TYPE" for each in found)]
    if len(meant) == 1:
        yield from meant[0]
    else:
        expected = in_words(kind)
        yield Violation(at, "TYPE", f"This must be {expected}.", expected)


def _wrong_length(value: Sequence[Any] | dict[str, Any], kind: Any, at: str) -> Iterator[Violation]:  # noqa: ANN401
    least, most = kind.min_length or 0, kind.max_length
    if not least <= len(value) <= (len(value) if most is None else most):
        expected = in_words(kind)
        yield Violation(at, "LENGTH", f"This must be {expected}.", expected)


def _wrong_itself(value: Any, kind: inspect.Type, at: str, words: str | None) -> Iterator[Violation]:  # noqa: ANN401
    code = _code_of(value, kind)
    if code is not None:
        expected = words or in_words(kind)
        yield Violation(at, code, f"This must be {expected}.", expected)


def _code_of(value: Any, kind: inspect.Type) -> Code | None:  # noqa: ANN401, PLR0911  # JSON; one line for each kind
    match kind:
        case inspect.AnyType():
            return None
        case inspect.LiteralType():
            return None if value in kind.values and not isinstance(value, bool) else "CHOICE"
        case inspect.EnumType():
            return None if value in [each.value for each in kind.cls] else "CHOICE"
        case inspect.DateType() if isinstance(value, str):
            return None if _reads(value, date) else "FORM"
        case inspect.DateTimeType() if isinstance(value, str):
            return None if _reads(value, datetime) else "FORM"
        case inspect.StrType() if isinstance(value, str):
            return _code_of_text(value, kind)
        case inspect.IntType() | inspect.FloatType() if _is_number(value, kind):
            return None if _in_range(value, kind) else "RANGE"
        case inspect.BoolType() if isinstance(value, bool):
            return None
        case inspect.NoneType() if value is None:
            return None
        case _:
            return "TYPE"


def _code_of_text(value: str, kind: inspect.StrType) -> Code | None:
    if not (kind.min_length or 0) <= len(value) <= (len(value) if kind.max_length is None else kind.max_length):
        return "LENGTH"
    return None if kind.pattern is None or re.search(kind.pattern, value) else "FORM"


def _is_number(value: object, kind: inspect.Type) -> bool:
    numbers = (int,) if isinstance(kind, inspect.IntType) else (int, float)
    return isinstance(value, numbers) and not isinstance(value, bool)


def _in_range(value: float, kind: inspect.IntType | inspect.FloatType) -> bool:
    return (kind.ge is None or value >= kind.ge) and (kind.le is None or value <= kind.le)


def _reads(text: str, as_type: type[date]) -> bool:
    try:
        msgspec.convert(text, as_type)
    except msgspec.ValidationError:
        return False
    return True


def in_words(kind: inspect.Type) -> str:
    """Say what a type asks for, as one would to a person."""
    said = _IN_WORDS.get(type(kind), "another type")
    return said if isinstance(said, str) else said(kind)


_IN_WORDS: Final[dict[type[inspect.Type], str | Callable[[Any], str]]] = {
    inspect.AnyType: "anything",
    inspect.BoolType: "true or false",
    inspect.NoneType: "null",
    inspect.DateType: "a day such as 2024-08-15",
    inspect.DateTimeType: "an instant with its offset, such as 2024-08-15T12:00:00Z",
    inspect.StructType: "an object",
    inspect.Metadata: lambda kind: str((kind.extra or {}).get(WORDS) or in_words(kind.type)),
    inspect.UnionType: lambda kind: " or ".join(map(in_words, kind.types)),
    inspect.LiteralType: lambda kind: _one_of(kind.values),
    inspect.EnumType: lambda kind: _one_of(each.value for each in kind.cls),
    inspect.StrType: lambda kind: f"text{_counted(kind, 'character')}",
    inspect.ListType: lambda kind: f"a list{_counted(kind, 'item')}",
    inspect.VarTupleType: lambda kind: f"a list{_counted(kind, 'item')}",
    inspect.DictType: lambda kind: f"an object{_counted(kind, 'member')}",
    inspect.IntType: lambda kind: f"a whole number{_ranging(kind)}",
    inspect.FloatType: lambda kind: f"a number{_ranging(kind)}",
}


def _counted(kind: Any, what: str) -> str:  # noqa: ANN401  # any kind that has a length
    least, most = kind.min_length, kind.max_length
    if not least and most is None:
        return ""
    if most is None:
        return f" of at least {least} {what}{'' if least == 1 else 's'}"
    return f" of {f'{least} to' if least else 'at most'} {most} {what}{'' if most == 1 else 's'}"


def _ranging(kind: inspect.IntType | inspect.FloatType) -> str:
    least, most = kind.ge, kind.le
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if least is not None:
        return f" of at least {least}"
    return "" if most is None else f" of at most {most}"


def _one_of(values: Iterable[object]) -> str:
    *others, last = [str(each) for each in values]
    return f"one of {', '.join(others)} or {last}" if others else last


def _below(at: str, name: str | int) -> str:
    """Return the pointer to a member or an item."""
    text = shown_text(str(name)).replace("~", "~0").replace("/", "~1")
    return f"{at}/{text}"
