"""What happened at a desk, held against the diagrams of docs/states.md."""

from typing import Any

from services.agreements.notices.model import NOTICE
from shared.errors import DomainError
from shared.events.registry import event_name
from shared.log.envelope import decode
from tests.agreements.desk import Desk
from tests.agreements.machine.acts import Act
from tests.docs.drawings import BY_HEADING, DRAWINGS, Drawing, is_of, status_of

# By the heading of the diagram, as an event is drawn in each that is about it.
Arrow = tuple[str, str, str, str]
DRAWN: set[Arrow] = {(heading, *arrow) for heading, drawing in BY_HEADING.items() for arrow in drawing.arrows}
OF_AGGREGATE: dict[str, list[Drawing]] = {
    name: [each for each in DRAWINGS if each.aggregate.name == name]
    for name in {each.aggregate.name for each in DRAWINGS}
}


async def tried(desk: Desk, act: Act) -> set[Arrow]:
    """Do an act, if it is not refused, and return where it led: what was in which state, what happened, and after."""
    before = (await desk.store.head()).position
    try:
        await desk.does(await act(desk))
    except DomainError:
        assert before == (await desk.store.head()).position
        return set()
    return await arrows(desk, after=before)


async def arrows(desk: Desk, *, after: int) -> set[Arrow]:
    """Return every transition that was recorded above a position."""
    taken: set[Arrow] = set()
    states: dict[str, Any] = {}
    for entry in await desk.store.read_log(after=0, limit=10_000):
        stream = str(entry.originator_id)
        if (entity := stream.partition(":")[0]) == NOTICE.name:  # which passes from no state into another
            continue
        drawings = OF_AGGREGATE[entity]
        data = decode(entry.state).data
        state = states.get(stream)
        evolved = states[stream] = drawings[0].aggregate.evolve(state, data)
        if entry.id > after:
            for each in drawings:
                if is_of(each, type(data)):
                    changed = status_of(each, state), event_name(data.TYPE), status_of(each, evolved)
                    taken.add((each.heading, *changed))
    return taken
