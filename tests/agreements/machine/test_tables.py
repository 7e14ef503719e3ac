"""Every command, in every state of what it is about, does what its table says: it takes an arrow, or is refused."""

import pytest

from services.agreements.acknowledgements.decisions import Acknowledge
from services.agreements.notices.decisions import RecordNotice
from services.agreements.people.handling import SeeToPeople
from services.agreements.scheduler.registry import ADVANCING
from tests.agreements.machine.table import Found, found
from tests.agreements.machine.tables import TABLES
from tests.docs.drawings import BEFORE, DRAWINGS, Drawing, commands
from tests.told import Told, check


class Tables:
    """What comes of every command in every situation of a table, found out when it is first asked for."""

    def __init__(self) -> None:
        self._found: dict[int, Found] = {}

    async def found(self, number: int) -> Found:
        if number not in self._found:
            self._found[number] = await found(TABLES[number])
        return self._found[number]


@pytest.fixture(scope="module")
def tables() -> Tables:
    """All tables, each tried once."""
    return Tables()


@pytest.fixture(scope="module")
async def everything(tables: Tables) -> list[Found]:
    """What comes of every command in every situation, table by table."""
    return [await tables.found(number) for number in range(len(TABLES))]


@pytest.mark.parametrize("number", range(len(TABLES)), ids=lambda number: TABLES[number].drawing.heading)
async def test_every_command_in_every_state_does_what_is_written(number: int, tables: Tables) -> None:
    """It leads to this state, or nothing is left to do, or it is refused by exactly this name."""
    assert TABLES[number].says == (await tables.found(number)).cells


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: drawing.heading)
async def test_every_refusal_tells_what_is_written(drawing: Drawing, tables: Tables) -> None:
    """Whoever is refused is told what it is about, what would have been accepted, and what came instead."""
    told: Told = {}
    for number, table in enumerate(TABLES):
        if table.drawing == drawing:
            for row, tellings in (await tables.found(number)).told.items():
                told.setdefault(row, []).extend(f"{words} <- {'; '.join(where)}" for words, where in tellings.items())

    check(f"agreements/machine/{drawing.heading.lower().replace(' ', '_')}", told)


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

    # What a party knows of its people is kept beside the log; an answer of its system, and a proof of notice, pass from
    # no state into another: none of these is drawn.
    assert {SeeToPeople, Acknowledge, RecordNotice} == commands() - tried


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
