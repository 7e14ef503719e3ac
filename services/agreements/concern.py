"""Which events concern a party, as the log itself says it: by the streams of what they are about, and of whose."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from services.agreements.headings import EVERY, MEMBER, Heading, of_party
from services.agreements.requests import Index
from shared.events.concerned import NOBODY, Circle, lessons
from shared.events.sight import concerns, folded, partners_in, stream_of, unknown
from shared.log.envelope import Envelope, decode
from shared.log.store import EventStore

# Of so many streams it is kept who was moved into a circle, or out of it: few of their events do that.
KEPT_STREAMS: Final = 10_000

Events = Sequence[tuple[int, Envelope]]


class Taught(NamedTuple):
    """What of a stream says who is in a circle, up to a version."""

    version: int = 0
    events: tuple[tuple[int, Envelope], ...] = ()


class Concern:
    """Answers for whoever reads events as a party, by the one function that decides what is in its feed."""

    def __init__(self, store: EventStore, index: Index) -> None:
        self._store = store
        self._index = index
        self._taught: OrderedDict[str, Taught] = OrderedDict()

    async def concerning(self, party: str, events: Events) -> Events:
        """Return those of some events that concern a party, by all that is recorded; raises ListsBehind."""
        circles: dict[str, Circle] = {}
        while names := unknown(party, events, circles):
            circles |= await self._circles(names, party)
        return [(position, envelope) for position, envelope in events if concerns(party, position, envelope, circles)]

    async def _circles(self, names: Collection[str], party: str) -> dict[str, Circle]:
        """Return who is in circles; of those around parties' partners, whether this party is."""
        streams = {stream_of(name) for name in names}
        for other in partners_in(names):
            streams |= await self._together(party, other)
        told = folded(sorted(await self._teaching(streams), key=_position), {})
        return {name: told.get(name, NOBODY) for name in names}

    async def _together(self, party: str, other: str) -> set[str]:
        """Return the streams of the agreements that two parties are in, or were, and perhaps of more."""
        # First: what is followed meanwhile stands under its headings by then.
        touched = await self._index.touched("agreement", agreements=None)
        own, others = [
            await self._index.under("agreement", [Heading(of_party(each), MEMBER)], after=0, limit=EVERY)
            for each in (party, other)
        ]
        return {each.stream for each in ({*own} & {*others}) | {*touched}}

    async def _teaching(self, streams: Collection[str]) -> list[tuple[int, Envelope]]:
        """Return the events of streams that say who is in a circle; only those are read that were not before."""
        taught = {stream: self._taught.get(stream, Taught()) for stream in streams}
        for entry in await self._store.read_streams({stream: known.version for stream, known in taught.items()}):
            envelope = decode(entry.state)
            known = taught[envelope.stream]
            events = (*known.events, (entry.id, envelope)) if lessons(envelope, entry.id) else known.events
            taught[envelope.stream] = Taught(entry.originator_version, events)
        self._keep(taught)
        return [event for known in taught.values() for event in known.events]

    def _keep(self, taught: dict[str, Taught]) -> None:
        for stream, known in taught.items():
            # Of a stream that is not there yet nothing is known: whoever asks for any name would fill what is kept.
            if known.version:
                self._taught[stream] = known
                self._taught.move_to_end(stream)
        while len(self._taught) > KEPT_STREAMS:
            self._taught.popitem(last=False)


def _position(event: tuple[int, Envelope]) -> int:
    return event[0]
