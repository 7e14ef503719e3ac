"""Every command, in every state of what it is about, does what its table says: it takes an arrow, or is refused."""

from inspect import get_annotations, getmembers, isfunction
from typing import Any, get_args

import pytest

from services.agreements.commands import Command
from services.agreements.scheduler.registry import ADVANCING
from tests.agreements.machine import (
    agreements,
    background,
    contributions,
    disputes,
    inventions,
    licences,
    opportunities,
    participants,
    parties,
    projects,
    transfers,
)
from tests.agreements.machine.table import Found, Table, found
from tests.docs.drawings import BEFORE, DRAWINGS, Drawing, modules

TABLES: tuple[Table, ...] = (
    parties.PARTIES,
    parties.AFFILIATIONS,
    agreements.AGREEMENTS,
    background.ITEMS,
    background.AMONG_SEVERAL,
    background.USED,
    background.ACCESS,
    opportunities.OPPORTUNITIES,
    projects.PROJECTS,
    participants.PROGRESS,
    participants.PARTICIPANTS,
    contributions.CONTRIBUTIONS,
    inventions.INVENTIONS,
    transfers.TRANSFERS,
    disputes.DISPUTES,
    licences.LICENCES,
)


@pytest.fixture(scope="module")
async def everything() -> list[Found]:
    """What comes of every command in every situation, table by table."""
    return [await found(table) for table in TABLES]


@pytest.mark.parametrize("number", range(len(TABLES)), ids=lambda number: TABLES[number].drawing.heading)
def test_every_command_in_every_state_does_what_is_written(number: int, everything: list[Found]) -> None:
    """It leads to this state, or nothing is left to do, or it is refused by exactly this name."""
    assert TABLES[number].says == everything[number].cells


@pytest.mark.parametrize("number", range(len(TABLES)), ids=lambda number: TABLES[number].drawing.heading)
def test_a_situation_is_what_its_name_says(number: int, everything: list[Found]) -> None:
    """A table cannot pass for one of other states."""
    assert {name: name.partition(",")[0] for name in TABLES[number].situations} == everything[number].states


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: drawing.heading)
def test_what_is_drawn_is_what_can_be_walked(drawing: Drawing, everything: list[Found]) -> None:
    """Every arrow has been walked, so every state was reached, and no command has left the diagram."""
    walked = {arrow[1:] for each in everything for arrow in each.arrows if arrow[0] == drawing.heading}

    assert drawing.arrows == walked


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: drawing.heading)
def test_every_command_is_tried_wherever_something_rests(drawing: Drawing, everything: list[Found]) -> None:
    """A state that none of the tables began in would be one of which nobody knows what is refused in it."""
    of_it = [each for table, each in zip(TABLES, everything, strict=True) if table.drawing == drawing]
    begun = {state for each in of_it for state in each.states.values()}
    ended = {cell for each in of_it for cell in each.cells.values() if isinstance(cell, str)}
    passing = {state for _, _, state in drawing.arrows} - begun

    assert ended | {BEFORE} <= begun
    # An agreement that ends goes on to what survives of it in the same breath.
    assert passing == ({"EXPIRED", "TERMINATED"} if drawing.heading == "Agreement" else set())


def test_no_command_is_left_out(everything: list[Found]) -> None:
    """A command that the code knows and no table lets pass once would do what no diagram shows."""
    tried = {command for each in everything for command in each.commands}

    assert set() == commands() - tried


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: drawing.heading)
def test_time_is_not_left_out(drawing: Drawing, everything: list[Found]) -> None:
    """What the scheduler changes has a row for the passing of time, which gets somewhere."""
    changed = {
        row
        for table, each in zip(TABLES, everything, strict=True)
        for (row, _), cell in each.cells.items()
        if table.drawing == drawing and row.startswith("time passes") and isinstance(cell, str)
    }

    assert (drawing.aggregate in {each.aggregate for each in ADVANCING}) == bool(changed)


def commands() -> set[type[Any]]:
    """Return every command that the code has: what is one by its class, and what a public function decides on."""
    known: set[Any] = set()
    for module in modules():
        known |= {each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Command)}
        for name, function in getmembers(module, isfunction):
            if not name.startswith("_") and function.__module__ == module.__name__:
                parameters = get_annotations(function, eval_str=True) if _decides(function) else {}
                known |= {parameters.get("command"), *get_args(parameters.get("command"))}
    # What others are derived from is no command, and neither is a union of some.
    return {each for each in known if isinstance(each, type) and not each.__subclasses__()}


def _decides(function: Any) -> bool:
    return {"state", "command"} <= set(get_annotations(function))
