"""Whatever is done by whomever in whatever order keeps to the diagrams, and the ledger's own reading bears it out."""

import asyncio
import copy
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from services.agreements.inventions.model import INVENTION
from services.agreements.ownership.account import intervals_of
from services.ledger.holdings import shares_on
from services.ledger.replay import Replay
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.desk import Desk
from tests.agreements.histories import UNHURRIED
from tests.agreements.machine.acts import ACTS
from tests.agreements.machine.drawn import DRAWN, tried

# Where most of what there is to do can be done.
_BEGINNINGS = (at.an_invention, at.a_confirmation, at.a_determination, owners.an_executed_transfer, owners.a_dispute)


@settings(UNHURRIED, max_examples=40)
@given(st.integers(0, len(_BEGINNINGS) - 1), st.lists(st.sampled_from(sorted(ACTS)), min_size=10, max_size=40))
def test_any_history_is_whole_and_borne_out(beginning: int, names: list[str]) -> None:
    """Shares sum to one on every day, nothing leads off the diagrams, and the ledger derives the same on its own."""
    asyncio.run(_history(beginning, names))


async def _history(beginning: int, names: list[str]) -> None:
    desk = copy.deepcopy(await _BEGINNINGS[beginning]())
    for name in names:
        assert await tried(desk, ACTS[name]) <= DRAWN, name
    await _check_whole(desk)
    await _check_borne_out(desk)


async def _check_whole(desk: Desk) -> None:
    account = (await desk.state(INVENTION, "INV")).account
    for _, holdings in intervals_of(account):
        assert sum(holdings.values()) == Fraction(1)
        assert min(holdings.values()) > 0


async def _check_borne_out(desk: Desk) -> None:
    """Enter the history in a ledger, in memory; it raises where it reads the facts otherwise."""
    ledger = Replay()
    for entry in await desk.store.read_log(after=0, limit=10_000):
        ledger.enter(entry.state)
    timeline = ledger.holdings.timeline("INV")
    for day, holdings in intervals_of((await desk.state(INVENTION, "INV")).account):
        assert dict(shares_on(timeline, day)) == holdings
