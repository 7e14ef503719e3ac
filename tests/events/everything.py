"""What concerns a party, worked out from the one function alone, with all circles: to hold answers against."""

from collections.abc import Sequence

from shared.events.concerned import EVERYBODY, NOBODY, concerned
from shared.events.sight import folded
from shared.log.envelope import Envelope


def everything_of(party: str, events: Sequence[tuple[int, Envelope]]) -> list[int]:
    """Return the positions of what concerns a party, of all events that there are."""
    circles = folded(events, {})
    there = circles.get(f"party:{party}", NOBODY).stays.get(party, ())
    since = there[0].since if there else len(events) + 1
    return [
        position
        for position, envelope in events
        if party in (parties := concerned(envelope, position, circles)) or (EVERYBODY in parties and since < position)
    ]
