"""Answers cases: what a determination would say, or who would own what; pure, and nothing is recorded.

A case that is no case is refused by name like one that the rules refuse: the answer says so, nothing is raised.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from services.agreements.simulation.determination import DeterminationCase, answer_determination
from services.agreements.simulation.errors import FieldMalformed, FieldMissing, FieldUnknown, KindUnknown
from services.agreements.simulation.ownership import OwnershipCase, answer_ownership
from shared.decoding import stated
from shared.errors import DomainError

Answer = dict[str, Any]

_KINDS: Final[dict[str, tuple[type[msgspec.Struct], Callable[[Any], Answer]]]] = {
    "determination": (DeterminationCase, answer_determination),
    "ownership": (OwnershipCase, answer_ownership),
}
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>[^`]*)`(?: - at `(?P<at>[^`]*)`)?")
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]*)`(?: - at `(?P<at>[^`]*)`)?")
_ELSEWHERE = re.compile(r"(?P<reason>.*?)(?: - at `(?P<at>[^`]*)`)?$", re.DOTALL)


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case as files hold it; what it expects is its author's business and no part of the answer."""

    name: str
    """What its author calls the case."""
    kind: str
    """What is to be worked out."""
    input: dict[str, Any]
    expect: dict[str, Any] | None = None


def answer_to(case: object) -> Answer:
    """Answer anything that was decoded; what is no case is refused in the answer as well."""
    # Whoever reads many answers must know whose each is, also that of a case that cannot be read to its end.
    known = {"name": case["name"]} if isinstance(case, dict) and isinstance(case.get("name"), str) else {}
    try:
        return answer_case(msgspec.convert(case, Case))
    except msgspec.ValidationError as error:
        return known | refusal_of(_named(error, "$"))
    except (KindUnknown, FieldUnknown, FieldMissing, FieldMalformed) as refusal:
        return known | refusal_of(refusal)


def answer_case(case: Case) -> Answer:
    """Answer a case; raises KindUnknown, FieldUnknown, FieldMissing, FieldMalformed."""
    given = check_case(case)
    _, answer = _KINDS[case.kind]
    try:
        return {"name": case.name, **answer(given)}
    except DomainError as refusal:
        return {"name": case.name, **refusal_of(refusal)}


def check_case(case: Case) -> msgspec.Struct:
    """Return what a case of its kind gives; raises KindUnknown, FieldUnknown, FieldMissing, FieldMalformed."""
    if case.kind not in _KINDS:
        raise KindUnknown(expected=sorted(_KINDS), got=case.kind)
    form, _ = _KINDS[case.kind]
    try:
        return msgspec.convert(case.input, form)
    except msgspec.ValidationError as error:
        raise _named(error, "$.input") from error


def refusal_of(refusal: DomainError) -> Answer:
    """Return a refusal as answers hold it: its code, what it names, and what was expected and got."""
    said = {"expected": refusal.expected, "got": refusal.got, **refusal.ids}
    return {"refused": refusal.code(), **{name: value for name, value in said.items() if value is not None}}


def _named(error: msgspec.ValidationError, read: str) -> DomainError:
    """Return what is wrong with what was `read`, a path in the case, by name and with the path of the field."""
    text = str(error)
    for pattern, refusal in ((_UNKNOWN, FieldUnknown), (_MISSING, FieldMissing)):
        if found := pattern.match(text):
            return refusal(field=found["field"], at=_place(found["at"], read))
    found = _ELSEWHERE.match(text)
    reason, at = (found["reason"], found["at"]) if found else (text, None)
    return FieldMalformed(**stated(reason), at=_place(at, read))


def _place(at: str | None, read: str) -> str:
    return read + (at or "$").removeprefix("$")
