"""Which of some events concern a party, for whoever keeps the log and no circles: what has to be asked to tell it.

Who is in a circle is told by the stream of what it is around; who shares an agreement with a party, by that party's own
and by those of its agreements.
"""

from collections.abc import Iterable

from shared.events.concerned import EVERYBODY, NOBODY, Circle, Circles, around, concerned, kind_of, lessons
from shared.log.envelope import Envelope


def concerns(party: str, position: int, envelope: Envelope, circles: Circles) -> bool:
    """Tell whether the event at a position concerns a party, given the circles around it and that of the party."""
    parties = concerned(envelope, position, circles)
    if EVERYBODY not in parties:
        return party in parties
    # Whoever came later is told of the log as it found it.
    stays = circles.get(_itself(party), NOBODY).stays.get(party, ())
    return any(stay.since <= position for stay in stays)


def unknown(party: str, events: Iterable[tuple[int, Envelope]], circles: Circles) -> set[str]:
    """Return which circles to ask for next, to tell which of some events concern a party; none when that can be told.

    Those of assets come last: what has happened to one is long, and is asked only where nothing else lets the party in.
    """
    names = {
        name
        for position, envelope in events
        if not concerns(party, position, envelope, circles)
        for name in (around(envelope, position, circles) or (_itself(party),))
        if name not in circles
    }
    return {name for name in names if kind_of(name) != "invention"} or names


def stream_of(name: str) -> str:
    """Return the stream that tells who is in a circle: of whoever shares an agreement with a party, its own is one."""
    kind, _, identifier = name.partition(":")
    return _itself(identifier) if kind == "partners" else name


def partners_in(names: Iterable[str]) -> list[str]:
    """Return the parties around which some circles are of whoever shares an agreement with them."""
    return sorted(name.partition(":")[2] for name in names if kind_of(name) == "partners")


def folded(events: Iterable[tuple[int, Envelope]], circles: Circles) -> dict[str, Circle]:
    """Return what events make of circles, all of them, in the order of the log."""
    after = dict(circles)
    for position, envelope in events:
        after |= {name: lesson(after.get(name, NOBODY)) for name, lesson in lessons(envelope, position).items()}
    return after


def _itself(party: str) -> str:
    return f"party:{party}"
