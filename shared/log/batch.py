"""Batches of appends that may share one transaction."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple
from uuid import UUID

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
    written: set[UUID | str] = set()
    relied_on: set[UUID | str] = set()
    keys: set[tuple[str, str]] = set()
    events = 0
    while waiting and len(taken) < most and events < limit:
        append = waiting[0].append
        key = append.keyed.key[:2] if append.keyed else None
        if key in keys or _concerns(append, written, relied_on):
            break
        for event in append.events:
            written.add(event.originator_id)
        relied_on.update(append.expected, append.guards)
        if key:
            keys.add(key)
        events += len(append.events)
        taken.append(waiting.popleft())
    return taken


def _concerns(append: Append, written: set[UUID | str], relied_on: set[UUID | str]) -> bool:
    if not (written.isdisjoint(append.expected) and written.isdisjoint(append.guards)):
        return True
    for event in append.events:  # noqa: SIM110  # every append passes here, and `any` costs it as much as all the rest
        if event.originator_id in written or event.originator_id in relied_on:
            return True
    return False


class Promises:
    """What a batch relies on, each promise once, and which of its appends made one that does not hold."""

    def __init__(self, batch: Sequence[Waiting]) -> None:
        self._batch = batch
        # Who made which is asked only of those that do not hold.
        self._promises = list(dict.fromkeys(chain.from_iterable(_promises(append) for append, _ in batch)))
        self.streams = [stream for stream, _ in self._promises]
        self.versions = [version for _, version in self._promises]

    def broken(
        self, stale: Sequence[int] | None, got: Sequence[int] | None, taken: Sequence[int] | None
    ) -> dict[int, VersionConflict | KeyTaken]:
        """Return why which appends of the batch are refused, from the numbers (from 1) of what does not hold."""
        if stale is None and taken is None:
            return {}
        refusals: dict[int, VersionConflict | KeyTaken] = {}
        found = {self._promises[number - 1]: version for number, version in zip(stale or (), got or (), strict=True)}
        for maker, (append, _) in enumerate(self._batch):
            for stream, promised in _promises(append):
                if (stream, promised) in found:
                    refusals[maker] = VersionConflict(stream, expected=promised, got=found[stream, promised])
        keyed = [(maker, append.keyed.key) for maker, (append, _) in enumerate(self._batch) if append.keyed]
        for number in taken or ():
            # A repeat always finds its streams moved, by itself: what matters to its caller is the key.
            maker, key = keyed[number - 1]
            refusals[maker] = KeyTaken(key.key)
        return refusals


def _promises(append: Append) -> Iterable[tuple[str, int]]:
    return chain(append.expected.items(), append.guards.items()) if append.guards else append.expected.items()
