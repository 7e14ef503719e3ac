"""Snapshots under a seal: what is kept beside the log is believed only where a process of this register made it."""

import asyncio
import hmac
from typing import Final

import msgspec

from shared.log.store import EventStore, LogUnavailable, Snapshot
from shared.telemetry import logger

SNAPSHOT_EVERY_VERSIONS: Final = 200
_DIGEST: Final = "sha256"
_SEAL_BYTES: Final = 32
_PURPOSE: Final = b"moiety/snapshot-key"

_log = logger()


class SnapshotSeal:
    """Seals snapshots with a key that the database does not hold, so that no row put there by hand is folded upon."""

    def __init__(self, secret: bytes) -> None:
        # Not the secret itself: it has another purpose, and may be anything.
        self._key = hmac.digest(secret, _PURPOSE, _DIGEST)

    def close(self, stream: str, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with its seal before its state."""
        return snapshot._replace(state=self._of(stream, snapshot) + snapshot.state)

    def open(self, stream: str, sealed: Snapshot) -> Snapshot | None:
        """Return the snapshot that was sealed for this stream; None for any other."""
        snapshot = sealed._replace(state=sealed.state[_SEAL_BYTES:])
        genuine = hmac.compare_digest(self._of(stream, snapshot), sealed.state[:_SEAL_BYTES])
        return snapshot if genuine else None

    def _of(self, stream: str, snapshot: Snapshot) -> bytes:
        # JSON has no line end of its own, so what is sealed can be read in one way only.
        about = msgspec.json.encode((stream, snapshot.version, snapshot.revision))
        return hmac.digest(self._key, about + b"\n" + snapshot.state, _DIGEST)


class Snapshots:
    """What a process keeps of long streams; without a seal it neither keeps nor believes any."""

    def __init__(self, store: EventStore, seal: SnapshotSeal | None) -> None:
        self._store = store
        self._seal = seal
        self._keeping: set[asyncio.Task[None]] = set()

    async def newest(self, stream: str, revision: str) -> Snapshot | None:
        """Return the snapshot of a stream that may be folded upon, if there is one."""
        if self._seal is None:
            return None
        sealed = await self._store.load_snapshot(stream)
        if sealed is None or sealed.revision != revision:
            return None
        snapshot = self._seal.open(stream, sealed)
        if snapshot is None:
            _log.warning("snapshot not believed", action="snapshot-not-believed", stream=stream, version=sealed.version)
            # It may say that it is newer than all that will be made, and would keep them out.
            await self._store.drop_snapshot(stream)
        return snapshot

    def due(self, before: int, version: int) -> bool:
        """Tell whether one is to be kept of a stream that has come from one version to another."""
        return self._seal is not None and before // SNAPSHOT_EVERY_VERSIONS != version // SNAPSHOT_EVERY_VERSIONS

    def keep(self, stream: str, snapshot: Snapshot) -> None:
        """Begin to keep a snapshot; nobody waits for it."""
        assert self._seal is not None
        task = asyncio.create_task(self._save(stream, self._seal.close(stream, snapshot)))
        self._keeping.add(task)  # the loop keeps only weak references to tasks
        task.add_done_callback(self._keeping.discard)

    async def _save(self, stream: str, sealed: Snapshot) -> None:
        try:
            await self._store.save_snapshot(stream, sealed)
        except LogUnavailable as error:  # the next one will do: a snapshot only saves time
            _log.warning("snapshot not kept", action="snapshot-failed", stream=stream, reason=str(error))
