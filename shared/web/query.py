"""Query parameters: an address refuses what it does not know, what is given twice and what is written otherwise.

A misspelt name would answer another question, and two spellings of one value are two for whoever stands in between.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args, get_origin
from urllib.parse import parse_qsl

from litestar.typing import FieldDefinition
from msgspec import Meta

from shared.forms import CHOICES, WORDS
from shared.web.refusals import ParameterMistyped, ParameterRepeated, ParameterUnknown

_LONGEST_NAME_SHOWN: Final = 80


class Form(NamedTuple):
    """How a value must be written, and what that is called; or all that it may be, where that is a few names."""

    pattern: re.Pattern[str]
    expected: str | list[str]


# The framework reads more than these: "5.0" and "1e3" as numbers, "1" and "TRUE" as true, "null" as nothing.
_FORMS: Final[dict[Any, Form]] = {
    int: Form(re.compile(r"0|-?[1-9][0-9]*", re.ASCII), "a whole number"),
    bool: Form(re.compile("true|false"), "true or false"),
    date: Form(re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII), "a day such as 2024-08-15"),
}


def form_of(field: FieldDefinition) -> Form | None:
    """Return how a parameter's value must be written, None where its handler reads it by itself."""
    stated = [each for each in field.metadata if isinstance(each, Meta)]
    for kind in _kinds(field.annotation):
        if get_origin(kind) is Annotated:
            kind, *metadata = get_args(kind)  # noqa: PLW2901  # the same without its form
            stated += [each for each in metadata if isinstance(each, Meta)]
        if kind in _FORMS:
            return _FORMS[kind]
        if get_origin(kind) is Literal:
            return Form(re.compile("|".join(map(re.escape, get_args(kind)))), list(get_args(kind)))
    found = next((each for each in stated if each.pattern), None)
    if found is None or found.pattern is None:
        return None
    extra = found.extra or {}
    return Form(re.compile(found.pattern), extra.get(CHOICES) or extra.get(WORDS, "text of another form"))


def check_query(query: bytes, forms: Mapping[str, Form | None]) -> None:
    """Refuse a query by the forms of the known parameters; raises ParameterUnknown, ParameterRepeated, …Mistyped."""
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    names = {name for name, _ in given}
    if unknown := sorted(names - forms.keys()):
        raise ParameterUnknown(expected=sorted(forms), got=unknown[0][:_LONGEST_NAME_SHOWN])
    if len(names) < len(given):
        [(repeated, times)] = Counter(name for name, _ in given).most_common(1)
        raise ParameterRepeated(expected="once", got=f"{times} times", at=f"query.{repeated}")
    for name, value in given:
        form = forms[name]
        if form is not None and form.pattern.fullmatch(value) is None:
            raise ParameterMistyped(expected=form.expected, got=value, at=f"query.{name}")


def _kinds(annotation: Any) -> Iterable[Any]:  # noqa: ANN401  # a type
    one = get_origin(annotation) in {Annotated, Literal}
    arms = (annotation,) if one else get_args(annotation) or (annotation,)
    return (arm for arm in arms if arm is not type(None))
