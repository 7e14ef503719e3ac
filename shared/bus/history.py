"""Telling one history from another: positions count the same events only where their chains agree."""

from collections.abc import Sequence

from shared.bus.consumer import Received, StreamMessage
from shared.errors import MoietyError
from shared.log.chain import Head, chain_after, chain_text


class HistoryDiverged(MoietyError):
    """What is published is not the history that was followed so far.

    `expected` is the chain as it was followed up to the position, `got` what is stated there.
    """

    def __init__(self, position: int, *, expected: str, got: str) -> None:
        self.position = position
        self.expected = expected
        self.got = got
        super().__init__(f"at position {position}: expected {expected}, got {got}")


def linked(followed: Head, received: Sequence[Received]) -> list[StreamMessage]:
    """Return what continues a history, with the chain at each; raises HistoryDiverged where another chain is stated."""
    chain = followed.chain
    messages: list[StreamMessage] = []
    for each in received:
        chain = chain_after(chain, each.body)
        if each.chain is not None and each.chain != chain_text(chain):
            raise HistoryDiverged(each.position, expected=chain_text(chain), got=each.chain)
        messages.append(StreamMessage(each.position, each.subject, each.body, each.traceparent, chain))
    return messages
