"""What whoever follows the log reads of the things to which something has happened."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from shared.log.aggregate import Aggregate
from shared.log.envelope import Envelope
from shared.log.handle import Handler, Known

S = TypeVar("S", bound=msgspec.Struct)


class Latest:
    """Gives whoever follows the log each state at least as new as what it was told has happened, and reads it once.

    What happens to a stream after that is told later, and looked at then.
    """

    def __init__(self, handler: Handler, versions: Mapping[str, int]) -> None:
        self._handler = handler
        self._versions = versions
        self._read: dict[str, Known] = {}

    async def __call__(self, aggregate: Aggregate[S], identifier: str) -> S:
        """Return the state; raises the aggregate's NotFound."""
        state: Any = (await self._known(aggregate, aggregate.stream(identifier))).state
        if state is None:
            raise aggregate.absent(**{aggregate.name: identifier})
        return state  # type: ignore[no-any-return]  # the stream's name ties it to the aggregate's type

    async def find(self, aggregate: Aggregate[S], identifier: str) -> S | None:
        """Return the state, None where there is none."""
        state: Any = (await self._known(aggregate, aggregate.stream(identifier))).state
        return state  # type: ignore[no-any-return]  # the stream's name ties it to the aggregate's type

    async def history(self, stream: str) -> list[Envelope]:
        """Return everything that happened to a stream, as the database holds it."""
        return await self._handler.history(stream)

    async def version(self, aggregate: Aggregate[Any], identifier: str) -> int:
        return (await self._known(aggregate, aggregate.stream(identifier))).version

    async def _known(self, aggregate: Aggregate[Any], stream: str) -> Known:
        known = self._read.get(stream)
        if known is None:
            told, known = self._versions.get(stream), self._handler.cached(stream)
            # Of a stream of which nothing was told nobody knows how new it has to be.
            if known is None or told is None or known.version < told:
                known = await self._handler.load(aggregate, stream)
            self._read[stream] = known
        return known
