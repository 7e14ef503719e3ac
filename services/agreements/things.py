"""What this service keeps, as callers meet it: each kind of thing with the view that is shown of it and its address."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from shared.log.aggregate import Aggregate

V = TypeVar("V", bound=msgspec.Struct)


@dataclass(frozen=True)
class Thing(Generic[V]):
    """A kind of thing: the aggregate behind it, the view of it, and where one is, as a format of the view."""

    aggregate: Aggregate[Any]
    view: type[V]
    address: str = ""

    def view_of(self, state: msgspec.Struct, version: int) -> V:
        """Return the fields of a state that the view shows, and the version they are from."""
        fields = {name: getattr(state, name) for name in self.view.__struct_fields__ if name != "version"}
        return self.view(**fields, version=version)

    def represent(self, state: Any, version: int) -> bytes:  # noqa: ANN401  # of the aggregate's type
        return msgspec.json.encode(self.view_of(state, version))

    def address_in(self, answer: bytes) -> str:
        """Return the address of what an answer shows: a replayed one has the id of the first time."""
        return self.address.format_map(msgspec.json.decode(answer))
