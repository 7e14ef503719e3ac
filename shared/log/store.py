"""The event store as its users see it; `postgres.py` and `memory.py` keep the same contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol, runtime_checkable

from eventsourcing.persistence import IntegrityError, Notification, StoredEvent

from shared.errors import Unavailable
from shared.log.chain import Head
from shared.log.envelope import subject_of, traceparent_of

_NONE: Mapping[str, int] = MappingProxyType({})
_NOTHING: Mapping[str, str] = MappingProxyType({})


class LogUnavailable(Unavailable):
    """The log does not answer now."""

    of_commands = "Whether this command was recorded is known by repeating it with its Idempotency-Key."


class LogOnHold(LogUnavailable):
    """The log differs from what was published of it; nothing is recorded until an operator has decided how to go on."""

    of_commands = ""


class VersionConflict(IntegrityError):
    """A stream is not at the version that the decision was made on."""

    def __init__(self, stream: str, *, expected: int, got: int) -> None:
        self.stream = stream
        self.expected = expected
        self.got = got
        super().__init__(f"{stream}: expected version {expected}, got {got}")


class KeyTaken(IntegrityError):
    """An answer is already stored under this caller's idempotency key."""


class IdempotencyKey(NamedTuple):
    """A caller's name for one request, and the fingerprint of what was asked under it."""

    caller: str
    key: str
    fingerprint: bytes


class StoredAnswer(NamedTuple):
    """The first answer given under an idempotency key; `version` is that of the aggregate it shows."""

    fingerprint: bytes
    answer: bytes
    version: int


class KeyedAnswer(NamedTuple):
    """An answer to be stored in the transaction that records what it reports."""

    key: IdempotencyKey
    answer: bytes
    version: int


@dataclass(frozen=True)
class Recordable(StoredEvent):
    """A stored event and the agreement it belongs to."""

    agreement: str


@dataclass(frozen=True)
class LogEntry(Notification):
    """A recorded event at its position (`id`) in the log, and the chain there."""

    agreement: str
    chain: bytes

    @property
    def subject(self) -> str:
        return subject_of(self.agreement, str(self.originator_id), self.topic)

    @property
    def traceparent(self) -> str | None:
        return traceparent_of(self.state)

    @property
    def beside(self) -> Mapping[str, str]:
        """Return what is said beside it where it is published: of the log nothing, as its number says it all."""
        return _NOTHING


class Append(NamedTuple):
    """Events that are recorded together or not at all.

    `expected` says at which version each written stream must be (0: it must not exist yet), `guards` at which
    version streams must be that were only read. A stream in neither must merely not hold these versions yet.
    """

    events: Sequence[Recordable]
    expected: Mapping[str, int] = _NONE
    guards: Mapping[str, int] = _NONE
    keyed: KeyedAnswer | None = None


# Records nothing, by the way that everything is recorded.
NOTHING: Final = Append(())


class Snapshot(NamedTuple):
    """The folded state of a stream at a version, believed only by code of the same revision and under its seal."""

    version: int
    revision: str
    state: bytes


@runtime_checkable
class EventStore(Protocol):
    """Gapless positions from 1 in commit order, whatever number of processes append."""

    async def append(self, append: Append) -> Sequence[int]:
        """Record the events and return their positions, durable on return.

        Raises VersionConflict, KeyTaken or LogOnHold, having recorded nothing; LogUnavailable when the outcome is
        unknown.
        """

    async def read_stream(self, stream: str, *, after_version: int = 0) -> Sequence[StoredEvent]:
        """Return a stream's events above a version, oldest first."""

    async def read_entries(self, stream: str, *, after_version: int, limit: int) -> Sequence[LogEntry]:
        """Return up to `limit` of a stream's events above a version, oldest first, with their positions."""

    async def read_streams(self, after: Mapping[str, int]) -> Sequence[LogEntry]:
        """Return the events of streams, each above a version, in the order of the log."""

    async def version_at(self, stream: str, position: int) -> int:
        """Return the version that a stream had when the log ended at a position; 0 for none yet."""

    async def read_log(self, *, after: int, limit: int) -> Sequence[LogEntry]:
        """Return up to `limit` events above a position, in order and without a gap."""

    async def head(self) -> Head:
        """Return where the log ends: at position 0 for an empty one."""

    async def chain_at(self, position: int) -> bytes | None:
        """Return the chain at a position, None for one that the log has not reached."""

    async def read_created(
        self, entity: str, *, agreements: Sequence[str] | None, after: int, limit: int
    ) -> Sequence[LogEntry]:
        """Return the first events of streams of an entity above a position, in order; of any agreement for None."""

    async def find_answer(self, caller: str, key: str) -> StoredAnswer | None:
        """Return the answer stored under a caller's idempotency key."""

    async def count_keys(self, first_caller: str, below: str, *, most: int) -> int:
        """Count the keys of the callers from one name on and below another, up to `most`."""

    async def expire_keys(self) -> int:
        """Forget up to a thousand idempotency keys that are thirty days old, and return how many."""

    async def load_snapshot(self, stream: str) -> Snapshot | None:
        """Return the newest snapshot of a stream."""

    async def save_snapshot(self, stream: str, snapshot: Snapshot) -> None:
        """Keep a snapshot unless a newer one is kept."""

    async def drop_snapshot(self, stream: str) -> None:
        """Keep no snapshot of a stream."""

    async def wait_for_append(self, after: int, timeout_seconds: float) -> None:
        """Return when the log may hold more than `after`, at the latest after the timeout."""
