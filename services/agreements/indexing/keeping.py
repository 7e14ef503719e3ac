"""Keeps the index of lists by following the log, as the scheduler keeps the list of what is due."""

from collections.abc import Iterable, Mapping
from typing import Final

from services.agreements.contracts.model import AGREEMENT
from services.agreements.following import Begun, Comparison
from services.agreements.headings import Heading, of_agreement, of_party
from services.agreements.indexing.listings import ABOUT_INVENTIONS, BY_ITSELF, ENTITIES, LISTINGS, Around
from services.agreements.indexing.store import KeptIndex, Row
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.tasks.keeping import Touching
from shared.log.handle import Handler
from shared.log.latest import Latest

# Raised by hand when the same states stand under other headings.
_RULES: Final = 2
_FOLLOWED: Final = 1_000


class IndexKeeper:
    """Follows the log, and writes of each thing to which something happened where it is found."""

    told: Mapping[str, str] = {"action": "heading-put-right"}
    entities = ENTITIES
    nothing: frozenset[Row] = frozenset()

    def __init__(self, handler: Handler, store: KeptIndex, log: Begun) -> None:
        self._handler = handler
        self._store = store
        self._position = 0
        self._comparison: Comparison[frozenset[Row]] = Comparison(handler, log, self)
        self.listed, self.streams, self.put = store.listed, store.streams, store.put

    async def resume(self) -> None:
        """Read how far the log was followed; by other rules than these counts as not at all."""
        things = [*(thing for thing, _ in BY_ITSELF.values()), *(each.thing for each in LISTINGS.values())]
        revisions = sorted(f"{each.aggregate.name}/{each.aggregate.revision}" for each in things)
        self._position = await self._store.resume(" ".join([str(_RULES), *revisions]))

    async def follow(self, touching: Touching) -> None:
        """Write where all things are found to which something has happened, and those whose readers are others now."""
        while True:
            touched = await touching(self._position, limit=_FOLLOWED, entities=ENTITIES)
            if touched.upto == self._position:
                return
            latest = Latest(self._handler, touched.versions)
            kept = {stream: await _headings(latest, stream) for stream in sorted(touched.versions)}
            for stream in await self._read_by_others(latest, kept) - kept.keys():
                kept[stream] = await _headings(latest, stream)
            await self._store.keep(touched.upto, await self._rows(kept))
            self._position = touched.upto

    async def compare(self) -> None:
        """Put right what is listed of the next things, as far as the log was followed."""
        await self._comparison.step(self._position)

    async def given(self, latest: Latest, streams: Iterable[str]) -> dict[str, frozenset[Row]]:
        """Return under which headings things stand by the log."""
        return await self._rows({stream: await _headings(latest, stream) for stream in streams})

    def by_hand(self, listed: frozenset[Row], given: frozenset[Row]) -> bool:
        """Tell whether nobody but a hand makes this difference.

        Whoever has nothing to do with a thing any more may stand there still: it is shown nothing under it.
        """
        places, prefix = {(row.entity, row.position) for row in given}, of_party("")
        return bool(given - listed) or any(
            (row.entity, row.position) not in places or not row.scope.startswith(prefix) for row in listed - given
        )

    async def _rows(self, kept: Mapping[str, Iterable[Heading]]) -> dict[str, frozenset[Row]]:
        begun = await self._store.begun(kept)
        return {
            stream: frozenset(Row(stream.partition(":")[0], *heading, begun[stream]) for heading in headings)
            for stream, headings in kept.items()
        }

    async def _read_by_others(self, latest: Latest, kept: Mapping[str, Iterable[Heading]]) -> set[str]:
        """Return the things about inventions that somebody reads now who did not before: it reads those as well."""
        prefix = of_party("")
        held = [stream for stream in kept if stream.startswith(f"{INVENTION.name}:")]
        before = await self._store.scopes_of(held) if held else set()
        found: set[str] = set()
        for stream in held:
            scopes = {heading.scope for heading in kept[stream] if heading.scope.startswith(prefix)}
            if any((scope, stream) not in before for scope in scopes):
                found |= await self._about(await latest(INVENTION, stream.partition(":")[2]))
        return found

    async def _about(self, invention: Invention) -> set[str]:
        scope, found = of_agreement(invention.agreement), set[str]()
        for entity, name in ABOUT_INVENTIONS.items():
            found |= await self._store.under(entity, [Heading(scope, name, invention.invention)])
        return found


async def _headings(latest: Latest, stream: str) -> set[Heading]:
    entity, _, identifier = stream.partition(":")
    if entity in BY_ITSELF:
        thing, headings = BY_ITSELF[entity]
        return headings(await latest(thing.aggregate, identifier))
    listing = LISTINGS[entity]
    state = await latest(listing.thing.aggregate, identifier)
    assets = [await latest(INVENTION, each) for each in dict.fromkeys(listing.assets(state))]
    return listing.headings(state, Around(await latest(AGREEMENT, state.agreement), assets))
