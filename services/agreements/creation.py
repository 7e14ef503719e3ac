"""Creating something under an id that its creator may choose."""

from typing import Protocol

from msgspec.structs import asdict

from services.agreements.errors import IdentifierTaken
from shared.canonical import content_hash
from shared.events.registry import Event


class Created(Protocol):
    """A state that remembers which creation it came from."""

    @property
    def origin(self) -> str: ...


# What the terms made of what was said, on the day on which it was: said again later, it would be something else.
_MADE_OF_IT = frozenset({"attesting_parties", "deemed_on", "escalates_on", "declared_on", "confirm_by"})
_MADE_OF_IT |= {"deemed_after", "notice_method"}


def origin_of(event: Event) -> str:
    """Return what a repeat of the same creation is recognised by, whatever has happened since."""
    return content_hash({name: value for name, value in asdict(event).items() if name not in _MADE_OF_IT})


def is_repeated(state: Created | None, event: Event) -> bool:
    """Tell whether exactly this was created before."""
    return state is not None and state.origin == origin_of(event)


def create(state: Created | None, *events: Event, **identifier: str) -> tuple[Event, ...]:
    """Return the events of a creation: none if exactly this was created before; raises IdentifierTaken."""
    if is_repeated(state, events[0]):
        return ()
    check_free(state, **identifier)
    return events


def check_free(state: object | None, **identifier: str) -> None:
    """Raise IdentifierTaken where something is there already.

    It names nothing but the id, whose that is being none of the caller's business, and is asked last of all: else a
    request that would be refused anyway could be used to find out which ids are taken.
    """
    if state is not None:
        raise IdentifierTaken(**identifier)
