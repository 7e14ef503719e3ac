"""The event store in memory: the double for tests, held to the same contract as PostgreSQL."""

import asyncio
from collections.abc import Mapping, Sequence

from eventsourcing.persistence import StoredEvent

from shared.log.chain import START, Head, chain_after
from shared.log.store import Append, KeyTaken, LogEntry, Snapshot, StoredAnswer, VersionConflict


class MemoryEventStore:
    """Keeps everything in lists and dicts; one event loop, one process, nothing survives it."""

    def __init__(self) -> None:
        self._log: list[LogEntry] = []
        self._head = START
        self._streams: dict[str, list[LogEntry]] = {}
        self._answers: dict[tuple[str, str], StoredAnswer] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._appended = asyncio.Event()

    async def append(self, append: Append) -> Sequence[int]:
        self._judge(append)
        positions = range(len(self._log) + 1, len(self._log) + 1 + len(append.events))
        for position, event in zip(positions, append.events, strict=True):
            entry = LogEntry(
                originator_id=event.originator_id,
                originator_version=event.originator_version,
                topic=event.topic,
                state=event.state,
                id=position,
                agreement=event.agreement,
                chain=chain_after(self._head.chain, event.state),
            )
            self._head = Head(position, entry.chain)
            self._log.append(entry)
            self._streams.setdefault(str(event.originator_id), []).append(entry)
        if append.keyed:
            key, answer, version = append.keyed
            self._answers[key.caller, key.key] = StoredAnswer(key.fingerprint, answer, version)
        self._appended.set()
        return positions

    def _judge(self, append: Append) -> None:
        if append.keyed and append.keyed.key[:2] in self._answers:
            raise KeyTaken(append.keyed.key.key)
        for stream, promised in (*append.expected.items(), *append.guards.items()):
            version = self._version(stream)
            if version != promised:
                raise VersionConflict(stream, expected=promised, got=version)

    def _version(self, stream: str) -> int:
        return self._streams[stream][-1].originator_version if stream in self._streams else 0

    async def read_stream(self, stream: str, *, after_version: int = 0) -> Sequence[StoredEvent]:
        return [event for event in self._streams.get(stream, []) if event.originator_version > after_version]

    async def read_entries(self, stream: str, *, after_version: int, limit: int) -> Sequence[LogEntry]:
        return [entry for entry in self._streams.get(stream, []) if entry.originator_version > after_version][:limit]

    async def read_streams(self, after: Mapping[str, int]) -> Sequence[LogEntry]:
        found = [
            entry
            for stream, version in after.items()
            for entry in self._streams.get(stream, [])
            if entry.originator_version > version
        ]
        return sorted(found, key=lambda entry: entry.id)

    async def version_at(self, stream: str, position: int) -> int:
        return sum(entry.id <= position for entry in self._streams.get(stream, []))

    async def read_log(self, *, after: int, limit: int) -> Sequence[LogEntry]:
        return self._log[after : after + limit]

    async def head(self) -> Head:
        return self._head

    async def chain_at(self, position: int) -> bytes | None:
        if not position:
            return START.chain
        return self._log[position - 1].chain if position <= len(self._log) else None

    async def read_created(
        self, entity: str, *, agreements: Sequence[str] | None, after: int, limit: int
    ) -> Sequence[LogEntry]:
        first = (events[0] for events in self._streams.values())
        wanted = [
            entry
            for entry in first
            if entry.id > after
            and str(entry.originator_id).startswith(f"{entity}:")
            and (agreements is None or entry.agreement in agreements)
        ]
        return sorted(wanted, key=lambda entry: entry.id)[:limit]

    async def find_answer(self, caller: str, key: str) -> StoredAnswer | None:
        return self._answers.get((caller, key))

    async def count_keys(self, first_caller: str, below: str, *, most: int) -> int:
        return min(sum(first_caller <= caller < below for caller, _ in self._answers), most)

    async def expire_keys(self) -> int:
        return 0  # none of its keys grows old

    async def load_snapshot(self, stream: str) -> Snapshot | None:
        return self._snapshots.get(stream)

    async def save_snapshot(self, stream: str, snapshot: Snapshot) -> None:
        kept = self._snapshots.get(stream)
        if kept is None or kept.version < snapshot.version:
            self._snapshots[stream] = snapshot

    async def drop_snapshot(self, stream: str) -> None:
        self._snapshots.pop(stream, None)

    async def wait_for_append(self, after: int, timeout_seconds: float) -> None:
        if len(self._log) > after:
            return
        self._appended.clear()
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._appended.wait()
        except TimeoutError:
            return
