"""What the one writer has just read or written, kept: it would find the same again, and each batch would ask for it."""

from collections.abc import Collection, Iterable
from typing import Final

from services.notifications.batch import Batch
from services.notifications.feeds.writing import FeedHead
from services.notifications.remembered import State
from services.notifications.store import AlertStore

# Of so many names, and of so many feeds, before it begins anew.
MOST: Final = 10_000


class Kept:
    """What is remembered and where feeds end, as nobody else can have changed it.

    Whoever goes back, or has something learned again, has the writer's lock and changes the progress with it: then this
    writer's next batch is refused, and whoever resumes forgets all of this. What a hand adds to a feed beside it, as
    the kit for partners does, the next batch does not fit behind: it is forgotten then, and written event by event.
    Reads raise InboxUnavailable.
    """

    def __init__(self, store: AlertStore, *, most: int = MOST) -> None:
        self._store = store
        self._most = most
        # None of what is not there.
        self._states: dict[str, State | None] = {}
        self._heads: dict[str, FeedHead | None] = {}

    def forget(self) -> None:
        """Begin anew."""
        self._states.clear()
        self._heads.clear()

    async def remembered(self, names: Collection[str]) -> dict[str, State]:
        """Return what is remembered by these names, where there is anything."""
        if lacking := [name for name in names if name not in self._states]:
            found = await self._store.remembered(lacking)
            self._states |= {name: found.get(name) for name in lacking}
        return {name: state for name in names if (state := self._states[name]) is not None}

    def begin(self, streams: Iterable[str]) -> None:
        """Know of what begins with an event that is about to be taken that nothing is remembered of it."""
        for stream in streams:
            self._states.setdefault(stream, None)

    async def heads(self, parties: Collection[str] | None) -> dict[str, FeedHead]:
        """Return where the feeds of parties end, or those of all, where there are any."""
        if parties is None:
            return await self._store.heads(None)
        if lacking := [party for party in parties if party not in self._heads]:
            found = await self._store.heads(lacking)
            self._heads |= {party: found.get(party) for party in lacking}
        return {party: head for party in parties if (head := self._heads[party]) is not None}

    def wrote(self, batch: Batch) -> None:
        """Keep what a batch has changed, once it is durable."""
        self._states |= batch.learned
        self._heads |= batch.fed.heads

    def make_room(self) -> None:
        """Begin anew where it has become too much; what was given out before stays as it was."""
        if max(len(self._states), len(self._heads)) > self._most:
            self.forget()

    async def bring(self, party: str, circles: Collection[str], *, before: int) -> int:
        """Put in a party's feed a piece of what stands in circles and is not in it; return how many events."""
        self._heads.pop(party, None)
        return await self._store.bring(party, [*circles], before=before)
