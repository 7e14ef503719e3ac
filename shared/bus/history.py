"""Telling one history from another: positions count the same events only where their chains agree."""

from collections.abc import Sequence

from shared.bus.consumer import Received, StreamMessage
from shared.log.chain import Head, HistoryDiverged, chain_after, chain_text


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
