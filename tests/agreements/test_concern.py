"""Which events concern a party is told by the log alone, and as the one function says it of all that there is."""

from collections.abc import Iterable, Sequence

import pytest

from services.agreements.concern import Concern
from services.agreements.headings import Heading, Located
from shared.events.concerned import lessons
from shared.log.envelope import Envelope, decode
from shared.log.memory import MemoryEventStore
from shared.log.store import Append, LogEntry, Recordable
from tests.events.everything import everything_of
from tests.notifications.told import STORIES, history_of


class Touched:
    """An index that has not followed the log yet: every agreement has to be looked at."""

    def __init__(self, entries: Sequence[LogEntry]) -> None:
        self._agreements = {str(each.originator_id) for each in entries if str(each.originator_id).startswith("agree")}

    async def touched(self, entity: str, *, agreements: Sequence[str] | None) -> list[Located]:
        assert (entity, agreements) == ("agreement", None)
        return [Located(1, stream) for stream in sorted(self._agreements)]

    async def under(self, entity: str, headings: Iterable[Heading], *, after: int, limit: int) -> list[Located]:
        return []


async def recorded(store: MemoryEventStore, entries: Sequence[LogEntry]) -> None:
    """Record the same events again."""
    for each in entries:
        name = str(each.originator_id)
        event = Recordable(name, each.originator_version, each.topic, each.state, each.agreement)
        await store.append(Append([event]))


def told(entries: Sequence[LogEntry]) -> list[tuple[int, Envelope]]:
    return [(each.id, decode(each.state)) for each in entries]


def parties_in(events: Sequence[tuple[int, Envelope]]) -> list[str]:
    """Whoever is in any circle, and somebody who is in none."""
    circles = [name for position, each in events for name in lessons(each, position)]
    return sorted({name.partition(":")[2] for name in circles if name.startswith(("party:", "partners:"))} | {"KPD"})


@pytest.mark.parametrize("number", range(len(STORIES) + 4))
async def test_what_concerns_a_party_is_what_the_one_function_says(number: int):
    """Of each story, and of walks through everything that can be done; nothing but the log is asked."""
    entries = await history_of(number)
    events = told(entries)
    store = MemoryEventStore()
    await recorded(store, entries)

    concern = Concern(store, Touched(entries))

    for party in parties_in(events):
        assert everything_of(party, events) == [position for position, _ in await concern.concerning(party, events)]


async def test_what_was_read_before_is_read_no_more_and_counts():
    """Whoever asked when there was less is told by all that there is."""
    entries = await history_of(len(STORIES))
    store, before = MemoryEventStore(), len(entries) // 2
    concern = Concern(store, Touched(entries))
    for part in (entries[:before], entries[before:]):
        await recorded(store, part)
        events = told(await store.read_log(after=0, limit=len(entries)))
        for party in parties_in(events):
            assert everything_of(party, events) == [position for position, _ in await concern.concerning(party, events)]
