"""What this service keeps, as callers meet it: each kind of thing with the view that is shown of it and its address."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from shared.log.aggregate import Aggregate

V = TypeVar("V", bound=msgspec.Struct)
_OWN: Final = frozenset({"version", "can"})

Can = tuple[str, ...]
"""What a caller can do with a thing, each by what follows the thing's address where that is done."""

Found = Mapping[str, Collection[str]]
"""By which values of which filters a thing is found in a list."""


def by_nothing(_state: object, _since: date) -> Found:
    """Say of a thing that no filter finds it."""
    return {}


@dataclass(frozen=True)
class Thing(Generic[V]):
    """A kind of thing: its aggregate, its view, where one is, as a format of the view, and what it is found by."""

    aggregate: Aggregate[Any]
    view: type[V]
    address: str = ""
    # Of a state, counting what is so on a day or later: who holds something then, say.
    found_by: Callable[[Any, date], Found] = by_nothing

    @property
    def says_what_can_be_done(self) -> bool:
        return "can" in self.view.__struct_fields__

    def view_of(self, state: msgspec.Struct, version: int, can: Can | UnsetType = UNSET) -> V:
        """Return the fields of a state that the view shows, the version they are from, and what its reader can do."""
        fields = {name: getattr(state, name) for name in self.view.__struct_fields__ if name not in _OWN}
        own = {"version": version} if can is UNSET else {"version": version, "can": can}
        return self.view(**fields, **own)

    def represent(self, state: Any, version: int) -> bytes:  # noqa: ANN401  # of the aggregate's type
        return msgspec.json.encode(self.view_of(state, version))

    def address_in(self, answer: bytes) -> str:
        """Return the address of what an answer shows: a replayed one has the id of the first time."""
        return self.address.format_map(msgspec.json.decode(answer, type=dict[str, Any]))
