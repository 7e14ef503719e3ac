"""The one way a command becomes facts: read, fold, decide, append, and decide again on conflict."""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import takewhile
from typing import Any, NamedTuple, TypeVar
from weakref import WeakValueDictionary

import msgspec

from shared.errors import Conflict, DomainError, Invalid, PreconditionFailed
from shared.events.registry import Event
from shared.ids import new_event_id
from shared.log.aggregate import Aggregate
from shared.log.envelope import Envelope
from shared.log.keys import StoredKeys
from shared.log.mapper import EnvelopeMapper
from shared.log.snapshots import Snapshots, SnapshotSeal
from shared.log.store import (
    Append,
    EventStore,
    IdempotencyKey,
    KeyedAnswer,
    KeyTaken,
    Recordable,
    Snapshot,
    VersionConflict,
)

ATTEMPTS = 3
# What nothing guards may be so old: another process may have changed it, and no append would find that out.
PEEKED_SECONDS = 1.0
CACHED_STATES = 20_000

S = TypeVar("S", bound=msgspec.Struct)
State = msgspec.Struct


class VersionMismatch(PreconditionFailed):
    """The thing has changed since the version named in If-Match; read it again and decide again."""


class KeptChanging(Conflict):
    """Other commands kept changing what this one was decided on; try it again."""


class IdempotencyKeyReused(Invalid):
    """This Idempotency-Key already names another request; a new request needs a new key."""


class KeptAnswerUnreadable(Conflict):
    """The answer to this key is not kept as it was; read the thing, and use a new key for what is yet to be done."""


@dataclass(frozen=True)
class CommandContext:
    """Who commands, when, and by which request: what every event of the command carries besides its data."""

    actor: str
    actor_party: str | None
    now: datetime
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    idempotency: IdempotencyKey | None = None

    def envelope(self, stream: str, version: int, event: Event, effective_on: date, agreement: str) -> Envelope:
        """Return an event of this command in its envelope."""
        return Envelope(
            id=new_event_id(),
            stream=stream,
            version=version,
            time=self.now,
            effective_on=effective_on,
            agreement=agreement,
            actor=self.actor,
            actor_party=self.actor_party,
            correlation_id=self.correlation_id,
            causation_id=self.causation_id,
            traceparent=self.traceparent,
            data=event,
        )


Versions = frozenset[int] | None
"""Which versions a caller says that it decided on; None where it says that any will do."""


class IfMatch(NamedTuple):
    """A stream that a caller saw, and the versions of it that it decided on."""

    stream: str
    versions: Versions


class Change(NamedTuple):
    """What a decision did to one stream; `effective_on` is the legal day of these events."""

    aggregate: Aggregate[Any]
    id: str
    events: tuple[Event, ...]
    effective_on: date


class Decided(NamedTuple):
    """A decision: the changes, the first of which is to what the command was about. All in one agreement."""

    agreement: str
    changes: tuple[Change, ...]


class Outcome(NamedTuple):
    """What a command came to: the answer to give, and the version and position it is from.

    `position` is None when nothing had to be recorded or the answer is replayed.
    """

    answer: bytes
    version: int
    position: int | None = None
    replayed: bool = False


class Known(NamedTuple):
    """A stream's state, the version it has, and when that was the newest, by the clock of this process alone."""

    version: int
    state: State | None
    at: float = -math.inf


_ABSENT = Known(0, None)


class Reader:
    """Gives a decision the states it needs and remembers their versions: everything read guards the append."""

    def __init__(self, handler: "Handler", *, trusting: bool) -> None:
        self.handler = handler
        self._trusting = trusting
        self.read: dict[str, Known] = {}
        self.trusted = False
        # Whether something was read as it was at another time, and whether more has happened to it since.
        self.past = False
        self.behind = False

    async def __call__(self, aggregate: Aggregate[S], identifier: str) -> S:
        """Return the state; raises the aggregate's NotFound."""
        state: Any = (await self._known(aggregate, aggregate.stream(identifier))).state
        if state is None:
            raise aggregate.absent(**{aggregate.name: identifier})
        return state  # type: ignore[no-any-return]  # the stream's name ties it to the aggregate's type

    async def find(self, aggregate: Aggregate[S], identifier: str) -> S | None:
        """Return the state, or None if there is none; its absence guards the append too."""
        state: Any = (await self._known(aggregate, aggregate.stream(identifier))).state
        return state  # type: ignore[no-any-return]

    async def peek(self, aggregate: Aggregate[S], identifier: str) -> S:
        """Return the state without guarding the append by it, for what a later command checks again anyway.

        Raises the aggregate's NotFound. Without this, everybody who writes beside a busy stream would conflict with
        whoever writes to it. What this process remembers is believed for a moment: others may have written meanwhile.
        """
        stream = aggregate.stream(identifier)
        known = self.read.get(stream) or await self._glance(aggregate, stream)
        if known.state is None:
            raise aggregate.absent(**{aggregate.name: identifier})
        state: Any = known.state
        return state  # type: ignore[no-any-return]  # the stream's name ties it to the aggregate's type

    async def history(self, stream: str) -> list[Envelope]:
        """Return everything that happened to a stream, as the database holds it."""
        return await self.handler.history(stream)

    async def as_of(self, aggregate: Aggregate[S], identifier: str, seen: Callable[[Envelope], bool]) -> S | None:
        """Return the state up to the first event of which this is not so, or None if that was the first of all."""
        stream = aggregate.stream(identifier)
        history = await self.history(stream)
        before = list(takewhile(seen, history))
        state = aggregate.fold(None, (envelope.data for envelope in before)) if before else None
        self.read[stream] = Known(len(before), state)
        self.past, self.behind = True, self.behind or len(before) < len(history)
        return state

    async def new(self, aggregate: Aggregate[S], identifier: str) -> S | None:
        """Return the state where one is at hand, else assume there is none: the append finds out without a read."""
        stream = aggregate.stream(identifier)
        if self._trusting and stream not in self.read and self.handler.cached(stream) is None:
            self.trusted = True
            self.read[stream] = _ABSENT
            return None
        return await self.find(aggregate, identifier)

    async def _known(self, aggregate: Aggregate[Any], stream: str) -> Known:
        if stream not in self.read:
            self.read[stream] = await self._load(aggregate, stream)
        return self.read[stream]

    async def _load(self, aggregate: Aggregate[Any], stream: str) -> Known:
        known = self.handler.cached(stream) if self._trusting else None
        self.trusted = self.trusted or known is not None
        return known or await self.handler.load(aggregate, stream)

    async def _glance(self, aggregate: Aggregate[Any], stream: str) -> Known:
        known = self.handler.cached(stream) if self._trusting else None
        if known is None or time.monotonic() - known.at > PEEKED_SECONDS:
            return await self.handler.load(aggregate, stream)
        self.trusted = True
        return known

    def imagine(self, aggregate: Aggregate[S], identifier: str, state: S) -> None:
        """Read this from now on, as if it were so: for what is only tried."""
        self.read[aggregate.stream(identifier)] = Known(0, state)

    def version(self, aggregate: Aggregate[Any], identifier: str) -> int:
        """Return the version read; 0 for a stream that does not exist."""
        return self.read[aggregate.stream(identifier)].version


Work = Callable[[Reader], Awaitable[Decided]]
Represent = Callable[[Any, int], bytes]


@dataclass
class Handler:
    """Handles every command of a process; keeps folded states so that a warm command decides without reading."""

    store: EventStore
    keys: StoredKeys | None = None
    seal: SnapshotSeal | None = None
    _mapper: EnvelopeMapper = field(default_factory=EnvelopeMapper)
    _cache: OrderedDict[str, Known] = field(default_factory=OrderedDict)
    # Weak: a queue lives exactly as long as somebody stands in it.
    _queues: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    _snapshots: Snapshots = field(init=False)

    def __post_init__(self) -> None:
        self._snapshots = Snapshots(self.store, self.seal)

    async def handle(
        self,
        work: Work,
        context: CommandContext,
        *,
        represent: Represent,
        target: str | None = None,
        if_match: IfMatch | None = None,
    ) -> Outcome:
        """Decide and record; `represent` makes the answer from the state of the first change and its version.

        `target` is the stream the command is about, where it exists already: commands of this process on it queue
        up instead of conflicting. `if_match` is what the caller decided on. A command that leaves nothing
        to do is answered whatever the version: what it asks for is so already, by whomever (RFC 9110, 13.1.1). Raises
        what the decision refuses, VersionMismatch, IdempotencyKeyReused, TooManyKeys, KeptChanging, EventTooLarge,
        LogUnavailable.
        """
        if context.idempotency and (replayed := await self._replay(context.idempotency)):
            return replayed
        if context.idempotency and self.keys:
            await self.keys.admit(context.idempotency.caller)
        if target is None:
            outcome = await self._decide(work, context, represent, if_match)
        else:
            async with self._queues.setdefault(target, asyncio.Lock()):
                outcome = await self._decide(work, context, represent, if_match)
        if outcome is None and context.idempotency:
            outcome = await self._replay(context.idempotency)
        if outcome is None:
            raise KeptChanging(**({} if target is None else {"target": target}))
        return outcome

    async def read(self, aggregate: Aggregate[S], identifier: str) -> tuple[S, int]:
        """Return the state as the database holds it and its version; raises the aggregate's NotFound."""
        known = await self.load(aggregate, aggregate.stream(identifier))
        if known.state is None:
            raise aggregate.absent(**{aggregate.name: identifier})
        state: Any = known.state
        return state, known.version

    async def history(self, stream: str) -> list[Envelope]:
        """Return everything that happened to a stream, in order."""
        return [self._mapper.to_domain_event(event) for event in await self.store.read_stream(stream)]

    def cached(self, stream: str) -> Known | None:
        known = self._cache.get(stream)
        if known is not None:
            self._cache.move_to_end(stream)
        return known

    async def load(self, aggregate: Aggregate[S], stream: str) -> Known:
        """Fold what is stored on top of what is remembered: the cost is that of the new events alone."""
        known = self.cached(stream) or await self._from_snapshot(aggregate, stream)
        before = known.version
        asked_at = time.monotonic()
        events = await self.store.read_stream(stream, after_version=before)
        if events:
            envelopes: list[Envelope] = [self._mapper.to_domain_event(event) for event in events]
            state: Any = known.state
            known = Known(
                events[-1].originator_version, aggregate.fold(state, (envelope.data for envelope in envelopes))
            )
        if known.version:
            self._remember(stream, known._replace(at=asked_at))
            self._snapshot_when_due(aggregate, stream, before, known)
        return known

    # -- inside -------------------------------------------------------------------------------------------------

    async def _decide(
        self, work: Work, context: CommandContext, represent: Represent, if_match: IfMatch | None
    ) -> Outcome | None:
        """Decide and append, at most three times; None when others kept getting in between."""
        for attempt in range(ATTEMPTS):
            # What this process remembers may have been changed by another. An acceptance is checked by the append;
            # a refusal, or finding nothing to do, is only believed when decided on what the database holds.
            reader = Reader(self, trusting=attempt == 0)
            try:
                decided = await work(reader)
                if any(change.events for change in decided.changes):
                    _check_version(reader, if_match)
            except DomainError as refusal:
                if reader.trusted:
                    continue
                if isinstance(refusal, Conflict | Invalid):
                    # Whoever decided on another state than this must hear that first. Not so whoever may not see it.
                    _check_version(reader, if_match)
                raise
            if reader.trusted and not any(change.events for change in decided.changes):
                continue
            try:
                return await self._record(reader, decided, context, represent)
            except VersionConflict:
                continue
            except KeyTaken:
                return None
        return None

    async def _replay(self, key: IdempotencyKey) -> Outcome | None:
        stored = await self.store.find_answer(key.caller, key.key)
        if stored is None:
            return None
        if stored.fingerprint != key.fingerprint:
            raise IdempotencyKeyReused(key=key.key)
        try:
            msgspec.json.decode(stored.answer, type=msgspec.Raw)
        except msgspec.DecodeError:  # not what was answered: somebody changed it
            raise KeptAnswerUnreadable(key=key.key) from None
        return Outcome(stored.answer, stored.version, replayed=True)

    async def _record(self, reader: Reader, decided: Decided, context: CommandContext, represent: Represent) -> Outcome:
        before = reader.read
        written: dict[str, Known] = {}
        events: list[Recordable] = []
        for change in decided.changes:
            stream = change.aggregate.stream(change.id)
            known = written.get(stream) or before[stream]
            version, state = known.version, known.state
            for event in change.events:
                version += 1
                state = change.aggregate.evolve(state, event)
                envelope = context.envelope(stream, version, event, change.effective_on, decided.agreement)
                events.append(self._mapper.to_stored_event(envelope))
            written[stream] = Known(version, state, known.at)
        shown = next(iter(written.values()))
        answer = represent(shown.state, shown.version)
        keyed = KeyedAnswer(context.idempotency, answer, shown.version) if context.idempotency else None
        position: int | None = None
        asked_at = time.monotonic()
        if events or keyed:
            expected = {stream: before[stream].version for stream in written}
            guards = {stream: known.version for stream, known in before.items() if stream not in written}
            positions = await self.store.append(Append(events, expected, guards, keyed))
            position = positions[-1] if positions else None
        for change in decided.changes:
            stream = change.aggregate.stream(change.id)
            # What was appended to was the newest, or it had been refused.
            self._remember(stream, written[stream]._replace(at=asked_at) if change.events else written[stream])
            self._snapshot_when_due(change.aggregate, stream, before[stream].version, written[stream])
        return Outcome(answer, shown.version, position)

    def _remember(self, stream: str, known: Known) -> None:
        self._cache[stream] = known
        self._cache.move_to_end(stream)
        if len(self._cache) > CACHED_STATES:
            self._cache.popitem(last=False)

    async def _from_snapshot(self, aggregate: Aggregate[Any], stream: str) -> Known:
        snapshot = await self._snapshots.newest(stream, aggregate.revision)
        if snapshot is None:
            return Known(0, None)
        return Known(snapshot.version, msgspec.json.decode(snapshot.state, type=aggregate.state))

    def _snapshot_when_due(self, aggregate: Aggregate[Any], stream: str, before: int, known: Known) -> None:
        if self._snapshots.due(before, known.version):
            self._snapshots.keep(stream, Snapshot(known.version, aggregate.revision, msgspec.json.encode(known.state)))


def _check_version(reader: Reader, if_match: IfMatch | None) -> None:
    if if_match is None or (known := reader.read.get(if_match.stream)) is None:
        return
    entity, _, identifier = if_match.stream.partition(":")
    check_version(known.version, if_match.versions, **{entity: identifier})


def check_version(stands: int, decided_on: Versions, **ids: str) -> None:
    """Raise VersionMismatch unless the version that stands is one of those that a caller decided on."""
    if decided_on is not None and stands not in decided_on:
        got = next(iter(decided_on)) if len(decided_on) == 1 else sorted(decided_on)
        raise VersionMismatch(expected=stands, got=got, **ids)
