"""Batches of appends that may share one transaction."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from shared.log.store import Append, KeyTaken, VersionConflict


class Waiting(NamedTuple):
    """An append and whoever waits for its positions."""

    append: Append
    answer: asyncio.Future[Sequence[int]]

    def settle(self, outcome: Sequence[int] | Exception) -> None:
        """Answer, unless the caller has gone away; what was recorded stays recorded."""
        if self.answer.done():
            return
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


def take_independent(waiting: deque[Waiting], *, limit: int, most: int) -> list[Waiting]:
    """Take appends from the front, at most `most` of them and about `limit` events, none of which concerns another.

    All of a batch are judged by the versions before it. So an append that writes what another one writes or relies
    on, or that relies on what another writes, has to wait for the next batch, and those behind it with it: nobody is
    overtaken.
    """
    taken: list[Waiting] = []
    written: set[str] = set()
    relied_on: set[str] = set()
    keys: set[tuple[str, str]] = set()
    events = 0
    while waiting and len(taken) < most and events < limit:
        append = waiting[0].append
        writes = {str(event.originator_id) for event in append.events}
        relies = {*append.expected, *append.guards}
        key = append.keyed.key[:2] if append.keyed else None
        if not (
            written.isdisjoint(writes)
            and written.isdisjoint(relies)
            and relied_on.isdisjoint(writes)
            and key not in keys
        ):
            break
        written |= writes
        relied_on |= relies
        if key:
            keys.add(key)
        events += len(append.events)
        taken.append(waiting.popleft())
    return taken


class Promises:
    """What a batch relies on, each promise once, and which of its appends made it."""

    def __init__(self, batch: Sequence[Waiting]) -> None:
        self._makers: dict[tuple[str, int], list[int]] = {}
        self._keys: dict[tuple[str, str], int] = {}
        for number, (append, _) in enumerate(batch):
            for promise in (*append.expected.items(), *append.guards.items()):
                self._makers.setdefault(promise, []).append(number)
            if append.keyed:
                self._keys[append.keyed.key[:2]] = number
        self.streams = [stream for stream, _ in self._makers]
        self.versions = [version for _, version in self._makers]

    def broken(
        self, stale: Sequence[int] | None, got: Sequence[int] | None, taken: Sequence[int] | None
    ) -> dict[int, VersionConflict | KeyTaken]:
        """Return why which appends of the batch are refused, from the numbers (from 1) of what does not hold."""
        refusals: dict[int, VersionConflict | KeyTaken] = {}
        promises = list(self._makers.items())
        for number, version in zip(stale or (), got or (), strict=True):
            (stream, promised), makers = promises[number - 1]
            for maker in makers:
                refusals[maker] = VersionConflict(stream, expected=promised, got=version)
        keys = list(self._keys.items())
        for number in taken or ():
            # A repeat always finds its streams moved, by itself: what matters to its caller is the key.
            (_, key), maker = keys[number - 1]
            refusals[maker] = KeyTaken(key)
        return refusals
