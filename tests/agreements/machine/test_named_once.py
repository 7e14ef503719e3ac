"""Every list of ids in every command names each of them once."""

import typing
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, Final

import msgspec
import pytest

import services.agreements
from services.agreements.contracts.errors import PartiesRepeated
from services.agreements.errors import IdsRepeated
from services.agreements.fields import Body, Id, Parties
from shared.errors import DomainError
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements import lives
from tests.agreements.desk import Desk
from tests.agreements.machine.table import as_act
from tests.agreements.machine.tables import TABLES
from tests.told import tells

# The lists of ids that requests have, wherever, with what is told of one that repeats an id.
LISTS: Final[dict[str, type[DomainError]]] = {
    "parties": PartiesRepeated,
    "acceding": PartiesRepeated,
    "licensors": PartiesRepeated,
    "shared_with": PartiesRepeated,
    "assets": IdsRepeated,
    "subject_to": IdsRepeated,
    "leverages_background": IdsRepeated,
}
_IDS: Final = frozenset({tuple[Id, ...], Parties, typing.get_args(Parties)[0]})


@pytest.fixture(scope="module")
async def given() -> list[tuple[Desk, "partial[Any]"]]:
    """Every command that leads somewhere, where it does."""
    found: list[tuple[Desk, partial[Any]]] = []
    for table in TABLES:
        desks = {name: await begin() for name, begin in table.situations.items()}
        for (row, situation), cell in table.says.items():
            work = await as_act(table.rows[row][0])(desks[situation])
            if isinstance(cell, str) and isinstance(work, partial) and "command" in work.keywords:
                found.append((desks[situation], work))
    # Who joins by an amendment is in the situations of the tables, and in none of their rows.
    joining = lives.amendment_proposed(acceding=("EGU",))
    assert isinstance(joining, partial)
    return [*found, (await at.an_agreement(), joining)]


def test_none_is_left_out() -> None:
    """A new list of ids says what is told of one that repeats an id."""
    assert set(LISTS) == {name for body in _bodies() for name in _lists_of_ids(body)}


async def test_whatever_is_named_twice_is_refused(given: list[tuple[Desk, "partial[Any]"]]) -> None:
    """What is signed is as it was sent, so nothing is taken out of it; and whoever repeats an id meant another."""
    tried: dict[str, set[type[Any] | None]] = {}
    for desk, work in given:
        for name, repeated in _repeating(work.keywords["command"]):
            changed = partial(work.func, *work.args, **{**work.keywords, "command": repeated})
            tried.setdefault(name, set()).add(await _told(desk, changed))

    assert {name: {refusal} for name, refusal in LISTS.items()} == tried


async def _told(desk: Desk, work: Work) -> type[DomainError] | None:
    before = (await desk.store.head()).position
    try:
        await desk.does(work)
    except DomainError as refusal:
        assert before == (await desk.store.head()).position
        tells(refusal)
        return type(refusal)
    return None


def _repeating(command: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    """Yield a command with each of its lists of ids naming the first of them again."""
    for name in command.__struct_fields__:
        value = getattr(command, name)
        if name in LISTS and value:
            yield name, msgspec.structs.replace(command, **{name: (*value, value[0])})
        elif isinstance(value, msgspec.Struct):
            for inner, repeated in _repeating(value):
                yield inner, msgspec.structs.replace(command, **{name: repeated})


def _bodies() -> Iterator[type[msgspec.Struct]]:
    """Yield what requests say, and the parts of it."""
    for module in walk_packages(services.agreements.__path__, "services.agreements."):
        if module.name.endswith(".bodies"):
            for each in vars(import_module(module.name)).values():
                if isinstance(each, type) and issubclass(each, msgspec.Struct) and each is not Body:
                    yield each


def _lists_of_ids(body: type[msgspec.Struct]) -> Iterator[str]:
    for name, hint in typing.get_type_hints(body, include_extras=True).items():
        if hint in _IDS or (typing.get_args(hint) and typing.get_args(hint)[0] in _IDS):
            yield name
