"""Where a command leaves nothing to do, one that says anything else is recorded or refused, and never swallowed."""

import copy
import re
import types
import typing
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, Literal

import msgspec
import pytest

from services.agreements.affiliations.decisions import DeclareAffiliation
from services.agreements.background.decisions import DeclareBackground
from services.agreements.disputes.resolving import ConfirmResolution, ProposeResolution
from services.agreements.inventions.decisions import DiscloseInvention
from shared.errors import DomainError
from shared.log.handle import Work
from tests.agreements.desk import Desk
from tests.agreements.machine.table import SAME, Table, as_act
from tests.agreements.machine.tables import TABLES
from tests.docs.made import made

# Who speaks, and when, is no part of what is said.
_WHO_AND_WHEN: Final = frozenset({"by", "by_party", "today", "operator"})
# Where another value says nothing else: everywhere (None), or in one situation.
_THE_SAME: Final[dict[tuple[type[Any], str], str | None]] = {
    # They name nothing until the outcome stands; then the dispute is over.
    (ProposeResolution, "determination"): None,
    (ConfirmResolution, "determination"): None,
    # What is left open is worked out, and comes to just this.
    (DiscloseInvention, "class_"): None,
    # By which both ends have declared it: no operator says so.
    (DeclareAffiliation, "declaration"): None,
    # Of what another party has declared already, declaring is a claim: that is made by its evidence alone.
    (DeclareBackground, "kind"): "CONTESTED, and restricted",
    (DeclareBackground, "restrictions"): "CONTESTED, and restricted",
}
_RATIO: Final = re.compile(r"\d+/\d+")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.drawing.heading)
async def test_what_is_said_otherwise_is_never_swallowed(table: Table) -> None:
    """Whoever gets 200 for a command finds it recorded as they said it, by themselves now or before."""
    swallowed: dict[str, list[str]] = {}
    for situation, desk, work in await _repeats(table):
        command = work.keywords["command"]
        for field, otherwise in said_otherwise(command):
            if _THE_SAME.get((type(command), field), "") in {None, situation}:
                continue
            if await _is_swallowed(desk, work, otherwise):
                swallowed.setdefault(f"{type(command).__name__}.{field}", []).append(situation)

    assert {} == swallowed


def test_every_kind_of_value_is_said_otherwise():
    """What the test above tries is really something else."""
    for value, hint in (
        ("sha256:" + 64 * "a", str),
        ("reason", str),
        ("1/2", str),
        (date(2025, 6, 1), date),
        (None, str | None),
        ("A", Literal["A", "B"]),
        (("A", "B"), tuple[str, ...]),
        ({"HUT": "1/2"}, dict[str, str]),
        (True, bool),
        (1, int),
        ("telecom/5g", str),
    ):
        assert value != _other(value, hint)


def said_otherwise(command: Any) -> Iterator[tuple[str, Any]]:
    """Yield a command with each of its values changed, one at a time."""
    hints = typing.get_type_hints(type(command))
    for field in msgspec.structs.fields(command):
        if field.name not in _WHO_AND_WHEN:
            value = _other(getattr(command, field.name), hints[field.name])
            yield field.name, msgspec.structs.replace(command, **{field.name: value})


async def _repeats(table: Table) -> list[tuple[str, Desk, "partial[Any]"]]:
    """Return the works that leave nothing to do, and where."""
    found: list[tuple[str, Desk, partial[Any]]] = []
    desks = {name: await begin() for name, begin in table.situations.items()}
    for (row, situation), cell in table.says.items():
        work = await as_act(table.rows[row][0])(desks[situation])
        if cell == SAME and isinstance(work, partial) and "command" in work.keywords:
            found.append((situation, desks[situation], work))
    return found


async def _is_swallowed(desk: Desk, work: "partial[Any]", otherwise: Any) -> bool:
    there = copy.deepcopy(desk)
    changed: Work = partial(work.func, *work.args, **{**work.keywords, "command": otherwise})
    try:
        return (await there.does(changed)).position is None
    except DomainError:
        return False


def _other(value: Any, hint: Any) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        [said] = [each for each in inner if each is not type(None)]
        return _some(said) if value is None else _other(value, said)
    if origin is Literal:
        return next(each for each in inner if each != value)
    if isinstance(value, tuple):
        return (*value[:-1], _other(value[-1], inner[0])) if value else (_some(inner[0]),)
    if isinstance(value, dict):
        name, each = next(iter(value.items()))
        return {**value, name: _other(each, inner[1])}
    return _other_single(value)


def _other_single(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case date():
            return value + timedelta(days=1)
        case str():
            return _other_text(value)
    field = msgspec.structs.fields(value)[0].name
    changed = _other(getattr(value, field), typing.get_type_hints(type(value))[field])
    return msgspec.structs.replace(value, **{field: changed})


def _other_text(value: str) -> str:
    if value.startswith("sha256:"):
        return "sha256:" + 64 * ("c" if value[-1] != "c" else "d")
    if _RATIO.fullmatch(value):
        return "1/7" if value != "1/7" else "1/8"
    return f"{value}-other"


def _some(hint: Any) -> Any:
    one: Any = made(msgspec.defstruct("One", [("value", hint)]))
    return one.value
