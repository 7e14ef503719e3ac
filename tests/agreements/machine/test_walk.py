"""The diagrams are true of what may be done: every act, in every state that can be walked to, keeps to an arrow."""

import copy
from collections import deque
from collections.abc import AsyncIterator

from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.desk import Desk
from tests.agreements.machine.acts import ACTS
from tests.agreements.machine.drawn import DRAWN, Arrow, arrows, tried


async def beginnings() -> AsyncIterator[Desk]:
    """Yield the situations from which the walk goes on."""
    yield await at.a_draft()
    yield await at.an_agreement()
    yield await at.a_project()
    yield await at.an_invention()
    yield (await at.a_record())[0]
    yield await at.a_confirmation()
    yield (await at.an_open_determination())[0]
    yield await at.an_attested_determination()
    yield await at.a_determination()
    yield (await at.a_licence_draft())[0]
    yield (await owners.a_transfer())[0]
    yield await owners.an_executed_transfer()
    yield await owners.a_dispute()


async def walked() -> tuple[set[Arrow], dict[Arrow, str]]:
    """Try every act wherever something new has happened; return where they led, and what led off the drawn arrows."""
    seen: set[Arrow] = set()
    astray: dict[Arrow, str] = {}
    waiting = deque([desk async for desk in beginnings()])
    for desk in waiting:
        seen |= await arrows(desk, after=0)
    while waiting:
        desk = waiting.popleft()
        for name, act in ACTS.items():
            there = copy.deepcopy(desk)
            taken = await tried(there, act)
            astray |= dict.fromkeys(taken - DRAWN, name)
            if taken - seen:
                seen |= taken
                waiting.append(there)
    return seen, astray


async def test_what_is_not_drawn_is_refused() -> None:
    """No act leads from any state to another but along an arrow of its diagram, whatever else stands at the desk."""
    seen, astray = await walked()

    assert {} == astray
    assert seen
