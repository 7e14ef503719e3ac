"""Tables of what each command comes to in each situation, and what it really comes to at a desk."""

import copy
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, cast

from shared.errors import DomainError
from shared.log.handle import Work
from tests.agreements.desk import Desk
from tests.agreements.machine.acts import Act, known
from tests.agreements.machine.drawn import Arrow, arrows
from tests.docs.drawings import Drawing, status_of
from tests.told import in_words

# What a command comes to: the state it leads to, nothing because it is so already, or exactly this refusal.
Cell = str | tuple[()] | type[DomainError]
SAME: Final = ()
# In a row: something is recorded, and the state is what it was.
STAYS: Final = "the state that the situation is of"
Situation = Callable[[], Awaitable[Desk]]
# What is expected wherever: in the situations that a key, or each of several, names.
Expected = Mapping[str | tuple[str, ...], Cell]
Row = tuple[Act | Work, Expected]


class Table(NamedTuple):
    """One drawing's commands, a row each, in its situations.

    A situation is named by its state and what else is so: "ACTIVE, under notice". In a row, "ACTIVE" names every
    situation of that state and "under notice" every one of which that is so; what is said of a situation more
    particularly counts: by its whole name, then by what is so, then by its state.
    """

    drawing: Drawing
    # The id of the thing at the desk that this is about.
    thing: str
    situations: dict[str, Situation]
    rows: dict[str, Row]

    @property
    def states(self) -> set[str]:
        return {name.partition(",")[0] for name in self.situations}

    @property
    def says(self) -> dict[tuple[str, str], Cell]:
        """Return what is expected of every command in every situation; fails where a row leaves one out."""
        return {
            (row, situation): cell
            for row, (_, expected) in self.rows.items()
            for situation, cell in cells(expected, self.situations).items()
        }


class Found(NamedTuple):
    """What really happened when everything in a table was tried."""

    cells: dict[tuple[str, str], Cell]
    # By situation, the state that the thing was in.
    states: dict[str, str]
    arrows: set[Arrow]
    commands: set[type[Any]]
    # By command, what its refusals tell, and in which situations.
    told: dict[str, dict[str, list[str]]]


def cells(expected: Expected, situations: Iterable[str]) -> dict[str, Cell]:
    """Return what a row says of each situation: of none nothing, and of none two things at once."""
    said = {name: cell for names, cell in expected.items() for name in ([names] if isinstance(names, str) else names)}
    assert len(said) == sum(1 if isinstance(names, str) else len(names) for names in expected), f"twice: {expected}"
    found: dict[str, Cell] = {}
    used: set[str] = set()
    for situation in situations:
        parts = situation.split(", ")
        naming = {name: _particularly(name, parts) for name in said if set(name.split(", ")) <= set(parts)}
        most = max(naming.values(), default=None)
        chosen = [name for name, particularly in naming.items() if particularly == most]
        assert 1 == len({said[name] for name in chosen}), f"{situation} is named by {chosen or 'nothing'}"
        used.update(chosen)
        cell = said[chosen[0]]
        found[situation] = parts[0] if cell == STAYS else cell
    assert used == set(said), f"nothing is named by {set(said) - used}"
    return found


def _particularly(name: str, parts: Sequence[str]) -> tuple[int, bool]:
    return name.count(", "), parts[0] not in name.split(", ")


def since(begin: Callable[..., Awaitable[Any]], *acts: Act | Work, **agreed: Any) -> Situation:
    """Give the situation in which more has happened since another."""

    async def situation() -> Desk:
        given = await begin(**agreed)
        desk: Desk = given[0] if isinstance(given, tuple) else given
        for act in acts:
            await desk.does(await as_act(act)(desk))
        return desk

    return situation


async def found(table: Table) -> Found:
    """Try every command of a table in every situation of it, each at a desk of its own."""
    result = Found({}, {}, set(), set(), {})
    for situation, begin in table.situations.items():
        desk = await begin()
        result.states[situation] = status_of(table.drawing, (await _known(table, desk)).state)
        result.arrows.update(await arrows(desk, after=0))
        for row, (act, _) in table.rows.items():
            there = copy.deepcopy(desk)
            work = await as_act(act)(there)
            cell = await _cell(table, there, work)
            if isinstance(cell, DomainError):
                result.told.setdefault(row, {}).setdefault(in_words(cell), []).append(situation)
                cell = type(cell)
            result.cells[row, situation] = cell
            # A command that nothing ever comes of is as good as left out.
            if isinstance(cell, str) and isinstance(work, partial) and "command" in work.keywords:
                result.commands.add(type(work.keywords["command"]))
            result.arrows.update(await arrows(there, after=0))
    return result


async def _cell(table: Table, desk: Desk, work: Work) -> Cell | DomainError:
    before, position = await _known(table, desk), (await desk.store.head()).position
    try:
        await desk.does(work)
    except DomainError as refusal:
        assert position == (await desk.store.head()).position
        return refusal
    after = await _known(table, desk)
    return SAME if before.version == after.version else status_of(table.drawing, after.state)


async def _known(table: Table, desk: Desk) -> Any:
    aggregate = table.drawing.aggregate
    return await desk.handler.load(aggregate, aggregate.stream(table.thing))


def as_act(act: Act | Work) -> Act:
    # The works are all parts of a handling, which waits for its reader; what asks for the desk is made for that.
    return known(cast("Work", act)) if isinstance(act, partial) else cast("Act", act)
