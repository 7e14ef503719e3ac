"""A log that whoever follows can ask, and that a test can restore, exchange or take away."""

from collections.abc import Sequence

from shared.bus.consumer import Received, StreamMessage
from shared.log.chain import Head, HistoryDiverged, chain_text


class KnownLog:
    """The log as its feed tells of it: the events of a list, which a test may change."""

    def __init__(self, messages: Sequence[StreamMessage]) -> None:
        self._messages = messages

    async def catch_up(self, after: int, limit: int) -> Sequence[Received]:
        return [Received(*each[:4], chain_text(each.chain)) for each in self._messages[after : after + limit]]

    async def check(self, followed: Head) -> None:
        if not self._messages or not followed.position:
            return
        if followed.position > len(self._messages):
            raise HistoryDiverged(
                followed.position, expected=str(followed), got=f"its end at position {len(self._messages)}"
            )
        if (chain := self._messages[followed.position - 1].chain) != followed.chain:
            raise HistoryDiverged(followed.position, expected=chain_text(followed.chain), got=chain_text(chain))

    async def chain_at(self, position: int) -> bytes:
        if position > len(self._messages):
            raise HistoryDiverged(position, expected="an event", got=f"its end at position {len(self._messages)}")
        return self._messages[position - 1].chain

    async def last_position(self, after: int) -> int:
        return len(self._messages)
