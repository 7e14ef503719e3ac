"""Which events concern a party is told by the log alone, and as the one function says it of all that there is."""

from collections.abc import Iterable, Sequence

import pytest
from msgspec.structs import replace

from services.agreements.concern import Concern
from services.agreements.headings import MEMBER, Heading, Located
from shared.events.affiliation import AffiliationDeclared
from shared.events.concerned import joining, lessons
from shared.events.log import LogContinued
from shared.events.party import PartyRegistered
from shared.log.chain import chain_after
from shared.log.envelope import NO_AGREEMENT, Envelope, decode, encode
from shared.log.memory import MemoryEventStore
from shared.log.store import Append, LogEntry, Recordable
from tests.docs.made import made
from tests.events.everything import everything_of
from tests.notifications.controls import said
from tests.notifications.told import STORIES, history_of


class Index:
    """What is listed of who is in which agreement, as far as the log was followed for it."""

    def __init__(self, entries: Sequence[LogEntry], *, followed: bool) -> None:
        self._followed = followed
        self._in: dict[str, set[Located]] = {}
        for entry in entries:
            for party in joining(decode(entry.state).data):
                self._in.setdefault(party, set()).add(Located(1, str(entry.originator_id)))

    async def touched(self, entity: str, *, agreements: Sequence[str] | None) -> list[Located]:
        assert (entity, agreements) == ("agreement", None)
        return [] if self._followed else sorted({each for found in self._in.values() for each in found})

    async def under(self, entity: str, headings: Iterable[Heading], *, after: int, limit: int) -> list[Located]:
        [heading] = headings
        assert (entity, heading.name) == ("agreement", MEMBER)
        return sorted(self._in.get(heading.scope.removeprefix("party:"), ())) if self._followed else []


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


async def history(number: int) -> list[LogEntry]:
    """Return what was recorded, and then what is of no agreement and concerns more than those it names."""
    entries = await history_of(number)
    ends = {"parent": "HUT", "child": "HUT-RD"}
    for data in (made(AffiliationDeclared, **ends), made(LogContinued), made(PartyRegistered, party="KPD")):
        envelope = said(data, agreement=NO_AGREEMENT)
        body, last = encode(replace(envelope, stream=f"{data.ENTITY}:Z")), entries[-1]
        entries.append(
            LogEntry(
                originator_id=f"{data.ENTITY}:Z",
                originator_version=1,
                topic=envelope.type,
                state=body,
                id=last.id + 1,
                agreement=NO_AGREEMENT,
                chain=chain_after(last.chain, body),
            )
        )
    return entries


@pytest.mark.parametrize("followed", [True, False])
@pytest.mark.parametrize("number", range(len(STORIES) + 4))
async def test_what_concerns_a_party_is_what_the_one_function_says(number: int, followed: bool):  # noqa: FBT001
    """Of each story, and of walks through everything that can be done, however far the index was kept."""
    entries = await history(number)
    events = told(entries)
    store = MemoryEventStore()
    await recorded(store, entries)

    concern = Concern(store, Index(entries, followed=followed))

    for party in parties_in(events):
        expected = everything_of(party, events)
        assert expected == [position for position, _ in await concern.concerning(party, events)]
        # Each of the last alone, too: nothing else that is asked about has an agreement looked at.
        alone = [await concern.concerning(party, [event]) for event in events[-3:]]
        assert [at for at in expected if at > len(events) - 3] == [at for found in alone for at, _ in found]


async def test_what_was_read_before_is_read_no_more_and_counts():
    """Whoever asked when there was less is told by all that there is."""
    entries = await history(len(STORIES))
    store, before = MemoryEventStore(), len(entries) // 2
    concern = Concern(store, Index(entries, followed=True))
    for part in (entries[:before], entries[before:]):
        await recorded(store, part)
        events = told(await store.read_log(after=0, limit=len(entries)))
        for party in parties_in(events):
            assert everything_of(party, events) == [position for position, _ in await concern.concerning(party, events)]
