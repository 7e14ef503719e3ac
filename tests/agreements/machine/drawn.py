"""What happened at a desk, held against the diagrams of docs/states.md."""

from typing import Any

from shared.errors import DomainError
from shared.log.aggregate import Aggregate
from shared.log.envelope import decode
from shared.log.events import event_name
from tests.agreements.desk import Desk
from tests.agreements.machine.acts import Act
from tests.docs.test_states import AGGREGATES, drawn, status_of

Arrow = tuple[str, str, str, str]
BY_NAME: dict[str, Aggregate[Any]] = {aggregate.name: aggregate for aggregate in AGGREGATES}
DRAWN: set[Arrow] = {(aggregate.name, *arrow) for aggregate in AGGREGATES for arrow in drawn(aggregate)}


async def tried(desk: Desk, act: Act) -> set[Arrow]:
    """Do an act, if it is not refused, and return where it led: what was in which state, what happened, and after."""
    before = await desk.store.last_position()
    try:
        await desk.does(await act(desk))
    except DomainError:
        assert before == await desk.store.last_position()
        return set()
    return await arrows(desk, after=before)


async def arrows(desk: Desk, *, after: int) -> set[Arrow]:
    """Return every transition that was recorded above a position."""
    taken: set[Arrow] = set()
    states: dict[str, Any] = {}
    for entry in await desk.store.read_log(after=0, limit=10_000):
        aggregate = BY_NAME[str(entry.originator_id).partition(":")[0]]
        data = decode(entry.state).data
        state = states.get(str(entry.originator_id))
        evolved = states[str(entry.originator_id)] = aggregate.evolve(state, data)
        if entry.id > after:
            taken.add(
                (aggregate.name, status_of(aggregate, state), event_name(data.TYPE), status_of(aggregate, evolved))
            )
    return taken
