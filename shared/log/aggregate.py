"""An aggregate: one stream's name and how its state grows from events."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import msgspec

from shared.canonical import sha256_text
from shared.errors import NotFound
from shared.events.registry import Event
from shared.ids import StreamId

S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True)
class Aggregate(Generic[S]):
    """What `handle` needs to know of a kind of aggregate.

    `evolve` believes: it takes the state before (None for the first event) and never refuses. `absent` is the
    refusal for one that does not exist. A snapshot is only believed when its `revision` is that of the state's
    shape and of `evolve_revision`, which is raised by hand when `evolve` changes its meaning.
    """

    name: str
    state: type[S]
    evolve: Callable[[S | None, Event], S]
    absent: type[NotFound]
    evolve_revision: int = 1

    def stream(self, identifier: str) -> StreamId:
        return StreamId(f"{self.name}:{identifier}")

    def fold(self, state: S | None, events: Iterable[Event]) -> S | None:
        for event in events:
            state = self.evolve(state, event)
        return state

    @cached_property
    def revision(self) -> str:
        shape = msgspec.json.encode(msgspec.json.schema(self.state), order="sorted")
        return f"{self.evolve_revision}:{sha256_text(shape)[7:23]}"
