"""Keeps the index of lists by following the log, as the scheduler keeps the list of what is due."""

from collections.abc import Iterable, Mapping
from typing import Final

from services.agreements.contracts.model import AGREEMENT
from services.agreements.headings import Heading, of_agreement, of_party
from services.agreements.indexing.listings import ABOUT_INVENTIONS, BY_ITSELF, ENTITIES, LISTINGS, Around
from services.agreements.indexing.store import KeptIndex
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.tasks.keeping import Touching
from shared.log.handle import Handler
from shared.log.latest import Latest

# Raised by hand when the same states stand under other headings.
_RULES: Final = 1
_FOLLOWED: Final = 1_000


class IndexKeeper:
    """Follows the log, and writes of each thing to which something happened where it is found."""

    def __init__(self, handler: Handler, store: KeptIndex) -> None:
        self._handler = handler
        self._store = store
        self._position = 0

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
            await self._store.keep(touched.upto, kept, await self._store.begun(kept))
            self._position = touched.upto

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
