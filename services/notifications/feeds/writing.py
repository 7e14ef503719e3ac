"""What goes into the feeds: of each event whom it concerns, what came before whoever is new to it, and the numbers.

Pure: it is told what is remembered, and where feeds end, and returns rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from shared.events.concerned import (
    EVERYBODY,
    NOBODY,
    Circle,
    Circles,
    about,
    around,
    arriving,
    kind_of,
    lessons,
    within,
)
from shared.log.chain import chain_after_leaf, feed_seed, leaf_hash
from shared.log.envelope import Envelope

# Whatever is about one of these is recorded after the event that makes the first circle of it.
_BEGIN_WITH_THEIR_CIRCLE: Final = frozenset({"agreement", "transfer", "licence", "dispute", "opportunity", "party"})


class Published(NamedTuple):
    """An event that concerns somebody, as it was published: what is kept of it once, for all feeds that it is in."""

    position: int
    subject: str
    body: bytes
    leaf: bytes
    circles: tuple[str, ...]
    parties: frozenset[str]


class FeedHead(NamedTuple):
    """Where a feed ends: its last number, and the chain up to it."""

    number: int
    chain: bytes


class FeedRow(NamedTuple):
    """An event in a party's feed, and with which it came there: itself, or that which has the party know of it."""

    party: str
    number: int
    position: int
    came_with: int
    chain: bytes


class Feeding(NamedTuple):
    """What a batch of events adds to feeds, and where those end afterwards."""

    published: Sequence[Published] = ()
    rows: Sequence[FeedRow] = ()
    heads: Mapping[str, FeedHead] = {}


NOTHING_FED: Final = Feeding()


needed_to_feed: Final = about
"""Given an event, names the circles that say whom it concerns, besides those that it changes.

Those around the assets that it is about without naming them (`linked`) are known once these are.
"""


def linked(circles: Iterable[object]) -> set[str]:
    """Return the names of the assets' circles that stand around whatever these are around."""
    return {asset for circle in circles if isinstance(circle, Circle) for asset in circle.assets}


class Read(NamedTuple):
    """An event of the stream that could be read."""

    position: int
    envelope: Envelope
    subject: str
    body: bytes


class Concerning(NamedTuple):
    """What of consecutive events concerns somebody, up to the next by which somebody comes to know of earlier ones.

    `newcomers` are those of the first event, each with the circles that it came into: what stands in these goes into
    its feed before anything else. Of a later event they are not in there: `cut` is its position, and up to it
    everything has to be in the feeds before it can be said what is missing.
    """

    events: Sequence[Published]
    newcomers: Mapping[str, Sequence[str]]
    cut: int | None


def concerning(events: Sequence[Read], circles: Circles, *, fed: int) -> Concerning:
    """Return what of events concerns somebody, given the circles before them; up to `fed` all is in the feeds."""
    now = dict(circles)
    kept: list[Published] = []
    first: Mapping[str, Sequence[str]] = {}
    for place, event in enumerate(events):
        if taught := lessons(event.envelope, event.position):
            after = {name: lesson(now.get(name, NOBODY)) for name, lesson in taught.items()}
            if event.position > fed and (coming := _newcomers(event.envelope, now, after)):
                if place:
                    return Concerning(kept, first, event.position)
                first = coming
            now.update(after)
        if event.position <= fed:
            continue
        names = around(event.envelope, event.position, now)
        if parties := within(names, event.envelope, event.position, now):
            kept.append(Published(event.position, event.subject, event.body, leaf_hash(event.body), names, parties))
    return Concerning(kept, first, None)


def _newcomers(envelope: Envelope, before: Circles, after: Circles) -> dict[str, list[str]]:
    """Return who comes by an event into which circles that something may be about already.

    Whoever is in the agreement knows all of what is in it, so to hold a share is nothing new to it.
    """
    agreement = before.get(f"agreement:{envelope.agreement}", NOBODY)
    coming: dict[str, list[str]] = {}
    for name, circle in after.items():
        earlier = before.get(name, NOBODY)
        if kind_of(name) in _BEGIN_WITH_THEIR_CIRCLE and not earlier.stays:
            continue
        for party in arriving(earlier, circle):
            if kind_of(name) != "invention" or party not in agreement.present:
                coming.setdefault(party, []).append(name)
    return coming


def numbered(events: Sequence[Published], heads: Mapping[str, FeedHead]) -> Feeding:
    """Return what events add to feeds, given where those end; a party without an end has no feed yet."""
    ends = dict(heads)
    rows = []
    for event in events:
        for party in sorted(ends if EVERYBODY in event.parties else event.parties):
            rows.append(row := _row_after(ends.get(party), party, event.position, event.leaf, event.position))
            ends[party] = FeedHead(row.number, row.chain)
    return Feeding(events, rows, {row.party: ends[row.party] for row in rows})


def rows_brought(
    heads: Mapping[str, FeedHead], party: str, events: Iterable[tuple[int, bytes]], *, came_with: int
) -> Feeding:
    """Return what events of before, of which position and leaf are given, add to the feed of a party new to them."""
    head = heads.get(party)
    rows = []
    for position, leaf in events:
        rows.append(row := _row_after(head, party, position, leaf, came_with))
        head = FeedHead(row.number, row.chain)
    return Feeding(rows=rows, heads={party: head} if head else {})


def _row_after(head: FeedHead | None, party: str, position: int, leaf: bytes, came_with: int) -> FeedRow:
    number, chain = head or FeedHead(0, feed_seed(party))
    return FeedRow(party, number + 1, position, came_with, chain_after_leaf(chain, leaf))
