"""Nothing that is said gets lost: it stands in what is recorded, and what is recorded in the state that comes of it."""

import copy
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from services.agreements.background.decisions import DeclareBackground
from services.agreements.disputes.resolving import ConfirmResolution, ProposeResolution
from services.agreements.notices.model import NOTICE
from shared.errors import DomainError
from shared.events.registry import Event
from shared.log.envelope import decode
from shared.log.handle import Work
from tests.agreements.desk import Desk
from tests.agreements.machine.drawn import OF_AGGREGATE
from tests.agreements.machine.table import Table, as_act
from tests.agreements.machine.tables import TABLES
from tests.agreements.machine.test_said_otherwise import said_otherwise
from tests.docs.drawings import DRAWINGS, Drawing
from tests.told import Told, check

# Who speaks, and when, is in the envelope.
_WHO_AND_WHEN: Final = frozenset({"by", "by_party", "today", "operator"})
# What is said and not recorded, or not yet, and why.
_NOT_RECORDED: Final = {
    # It is named once the outcome stands.
    (ProposeResolution, "determination"),
    (ConfirmResolution, "determination"),
    # Of what another party has declared already, declaring is a claim: that is made by its evidence alone.
    (DeclareBackground, "kind"),
    (DeclareBackground, "ref"),
    (DeclareBackground, "restrictions"),
}


class Done(NamedTuple):
    """What came of a command: each event, and the state of what it is about after it."""

    command: Any
    recorded: list[tuple[Event, Any]]


@pytest.mark.parametrize("number", range(len(TABLES)), ids=lambda number: TABLES[number].drawing.heading)
async def test_whatever_a_command_says_is_recorded(number: int) -> None:
    """Under the same name or another, each of its values by itself."""
    lost: set[str] = set()
    async for done in _done(TABLES[number], otherwise=True):
        recorded = list(_within([_plain(event) for event, _ in done.recorded]))
        for member in msgspec.structs.fields(done.command) if done.command is not None else ():
            value = _plain(getattr(done.command, member.name))
            if member.name in _WHO_AND_WHEN or (type(done.command), member.name) in _NOT_RECORDED:
                continue
            if not all(each in recorded for each in _parts(member.name, value)):
                lost.add(f"{type(done.command).__name__}.{member.name}")

    assert set() == lost


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: drawing.heading)
async def test_whatever_is_recorded_is_kept_or_known_not_to_be(drawing: Drawing) -> None:
    """What a state has no use for stays in the log; it is listed, so that whatever else is forgotten is noticed."""
    not_kept: set[str] = set()
    for table in TABLES:
        if table.drawing == drawing:
            async for done in _done(table):
                for event, state in done.recorded:
                    kept = list(_within(_plain(state)))
                    said = _plain(event).items()
                    not_kept |= {f"{type(event).__name__}.{name}" for name, value in said if not _kept(value, kept)}

    told: Told = {drawing.heading: sorted(not_kept)}
    check("agreements/machine/recorded_and_not_kept", told)


async def _done(table: Table, *, otherwise: bool = False) -> AsyncIterator[Done]:
    """Yield what comes of every command that leads anywhere, and on demand of each with one of its values changed."""
    desks = {name: await begin() for name, begin in table.situations.items()}
    for (row, situation), cell in table.says.items():
        if not isinstance(cell, str):
            continue
        work = await as_act(table.rows[row][0])(desks[situation])
        for each in _works(work) if otherwise else (work,):
            desk = copy.deepcopy(desks[situation])
            before = (await desk.store.head()).position
            try:
                await desk.does(each)
            except DomainError:
                continue
            command = each.keywords.get("command") if isinstance(each, partial) else None
            # What leaves nothing to do is so already.
            if recorded := await _recorded(desk, before):
                yield Done(command, recorded)


def _works(work: Work) -> Iterator[Work]:
    yield work
    if isinstance(work, partial) and "command" in work.keywords:
        for _, command in said_otherwise(work.keywords["command"]):
            yield partial(work.func, *work.args, **{**work.keywords, "command": command})


async def _recorded(desk: Desk, after: int) -> list[tuple[Event, Any]]:
    states: dict[str, Any] = {}
    found: list[tuple[Event, Any]] = []
    for entry in await desk.store.read_log(after=0, limit=10_000):
        stream, data = str(entry.originator_id), decode(entry.state).data
        if (entity := stream.partition(":")[0]) == NOTICE.name:  # proven beside, so that silence may count
            continue
        evolve = OF_AGGREGATE[entity][0].aggregate.evolve
        states[stream] = evolve(states.get(stream), data)
        if entry.id > after:
            found.append((data, states[stream]))
    return found


def _plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def _parts(name: str, value: Any) -> Iterator[tuple[str | None, Any]]:
    """Yield what has to be found of a value: each member of an object and each of a list; of truths also the name."""
    match value:
        case None:
            return
        case dict():
            for inner, each in value.items():
                yield from _parts(inner, each)
        case list():
            for each in value:
                yield from _parts(name, each)
        case bool():
            yield name, value
        case _:
            yield None, value


def _within(value: Any, name: str | None = None) -> Iterator[tuple[str | None, Any]]:
    """Yield every value inside another, and truths by their names."""
    match value:
        case dict():
            for inner, each in value.items():
                yield None, inner
                yield from _within(each, inner)
        case list():
            for each in value:
                yield from _within(each, name)
        case bool():
            yield name, value
        case _:
            yield None, value


def _kept(value: Any, kept: list[tuple[str | None, Any]]) -> bool:
    return all(each in kept for each in _parts("", value) if each[0] is None)
