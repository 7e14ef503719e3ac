"""The relay: publishes the log on the stream so that sequence = position, always.

It keeps no state of its own. The stream's last sequence says where to go on, and the first message of every batch
carries it as an expectation: of two relays one is refused and looks again, a repeated batch is refused, a lost tail
or a deleted stream is simply published again under the same numbers.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError

from shared.bus.stream import STREAM, ensure_stream
from shared.errors import MoietyError
from shared.ids import uuid7_hex
from shared.log.store import LogEntry, LogUnavailable
from shared.telemetry import logger

# The server takes at most 1,000 messages in one atomic batch (ADR-50).
BATCH_EVENTS = 1_000
BATCH_BYTES = 8 * 1024 * 1024
ANSWER_TIMEOUT_SECONDS = 10.0
POLL_SECONDS = 2.0
RETRY_SECONDS = 0.25
LOOK_SECONDS = 0.25

_log = logger()


class StreamDiverged(MoietyError):
    """The stream holds what the log does not: it belongs to another log, or the log lost its end."""


class PublishRefused(MoietyError):
    """The server refused a batch; the stream may have moved, so its last sequence must be read again."""


class LogReader(Protocol):
    """What the relay needs of the log."""

    async def read_log(self, *, after: int, limit: int) -> Sequence[LogEntry]: ...

    async def last_position(self) -> int: ...

    async def wait_for_append(self, after: int, timeout_seconds: float) -> None: ...


class _Acknowledgement(msgspec.Struct):
    """JetStream's answer to a publish: an error, or the sequence of the last message stored."""

    error: dict[str, int | str] | None = None
    seq: int = 0


class Relay:
    """Mirrors one log on one stream."""

    def __init__(self, log: LogReader, client: Client, *, replicas: int = 1) -> None:
        self._log = log
        self._client = client
        self._jetstream = client.jetstream()
        self._replicas = replicas
        self.published = 0
        """The stream's last sequence as far as this relay knows."""
        self._ahead: asyncio.Task[Sequence[LogEntry]] | None = None

    async def run(self) -> None:
        """Publish for ever; raises only StreamDiverged, which no retry could mend."""
        try:
            await self._run()
        finally:
            self._forget_ahead()

    async def _run(self) -> None:
        while True:
            try:
                await self.resume()
                while True:
                    if not await self.publish_next():
                        await self._log.wait_for_append(self.published, POLL_SECONDS)
                        await self._confirm_end()
            except (PublishRefused, LogUnavailable, NatsError, OSError, TimeoutError) as error:
                _log.warning(
                    "looking again",
                    action="relay-resumes",
                    reason=str(error) or type(error).__name__,
                    at=self.published,
                )
                await asyncio.sleep(RETRY_SECONDS)

    async def resume(self) -> None:
        """Find where the stream ends, creating it if need be; raises StreamDiverged if the log never held that end."""
        self._forget_ahead()
        last = await ensure_stream(self._jetstream, replicas=self._replicas)
        if last:
            await self._check_end(last)
        self.published = last

    async def publish_next(self) -> int:
        """Publish the next events of the log, at most one batch; returns how many. Raises PublishRefused."""
        entries = _within(await self._read(), BATCH_BYTES)
        if not entries:
            return 0
        if entries[0].id != self.published + 1:
            message = f"the log goes on at {entries[0].id}, the stream ends at {self.published}"
            raise StreamDiverged(message)
        if len(entries) == BATCH_EVENTS:
            # Read on while the server makes this batch durable.
            self._ahead = asyncio.create_task(self._log.read_log(after=entries[-1].id, limit=BATCH_EVENTS))
            self._ahead.add_done_callback(_look_at)
        try:
            await self._publish(entries)
        except BaseException:
            self._forget_ahead()
            raise
        self.published = entries[-1].id
        return len(entries)

    async def _read(self) -> Sequence[LogEntry]:
        """Return what follows in the log, which may have been read ahead."""
        if self._ahead is None:
            return await self._log.read_log(after=self.published, limit=BATCH_EVENTS)
        ahead, self._ahead = self._ahead, None
        return await ahead

    def _forget_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead = None

    async def _confirm_end(self) -> None:
        """Raise PublishRefused if the stream no longer ends where it did: with nothing to publish, nobody would say."""
        last = await ensure_stream(self._jetstream, replicas=self._replicas)
        if last != self.published:
            message = f"the stream ends at {last}, expected {self.published}"
            raise PublishRefused(message)

    async def _publish(self, entries: Sequence[LogEntry]) -> None:
        batch_id = uuid7_hex()
        last = len(entries)
        for number, entry in enumerate(entries, start=1):
            headers = _headers(entry, batch_id, number, last)
            if number in {1, last}:
                # The server answers the first message, so that a refused batch is not sent whole, and the commit.
                answer = await self._ask(entry, headers)
                _check(answer, sequence=entry.id if number == last else None)
            else:
                await self._client.publish(entry.subject, entry.state, headers=headers)

    async def _ask(self, entry: LogEntry, headers: dict[str, str]) -> Msg:
        """Publish and wait for the answer, but no longer than the connection it must come on lasts."""
        connection = self._client.stats["reconnects"]
        asking = asyncio.create_task(
            self._client.request(entry.subject, entry.state, timeout=ANSWER_TIMEOUT_SECONDS, headers=headers)
        )
        try:
            while not asking.done():
                await asyncio.wait({asking}, timeout=LOOK_SECONDS)
                if not asking.done() and self._client.stats["reconnects"] != connection:
                    message = "the connection was lost before the answer came"
                    raise PublishRefused(message)
            return asking.result()
        finally:
            asking.cancel()

    async def _check_end(self, last: int) -> None:
        """Compare the stream's last message with the log: a foreign or older log must never be continued."""
        entries = await self._log.read_log(after=last - 1, limit=1)
        if not entries:
            message = f"the stream ends at {last}, the log at {await self._log.last_position()}"
            raise StreamDiverged(message)
        try:
            stored = await self._jetstream.get_msg(STREAM, last, direct=True)
        except NotFoundError:  # the store lost its tail between the two questions
            message = f"the stream no longer holds {last}"
            raise PublishRefused(message) from None
        except APIError as error:
            raise PublishRefused(str(error)) from error
        if stored.data != entries[0].state:
            message = f"the stream's message {last} is not the log's event {last}"
            raise StreamDiverged(message)


def _look_at(ahead: "asyncio.Task[Sequence[LogEntry]]") -> None:
    """Look at a failure that nobody may come to meet: who reads next would only meet it again."""
    if not ahead.cancelled():
        ahead.exception()


def _headers(entry: LogEntry, batch_id: str, number: int, last: int) -> dict[str, str]:
    """Return the headers of a batch's message `number` of `last`; a single event needs no batch."""
    headers = {"Content-Type": "application/cloudevents+json"}
    if (traceparent := entry.traceparent) is not None:
        headers["traceparent"] = traceparent
    if number == 1:
        headers["Nats-Expected-Last-Sequence"] = str(entry.id - 1)
    if last > 1:
        headers["Nats-Batch-Id"] = batch_id
        headers["Nats-Batch-Sequence"] = str(number)
    if number == last > 1:
        headers["Nats-Batch-Commit"] = "1"
    return headers


def _within(entries: Sequence[LogEntry], limit: int) -> Sequence[LogEntry]:
    """Return the longest beginning of the entries whose bodies fit the limit, at least one."""
    total = 0
    for count, entry in enumerate(entries):
        total += len(entry.state)
        if total > limit and count:
            return entries[:count]
    return entries


def _check(answer: Msg, *, sequence: int | None) -> None:
    """Raise PublishRefused unless the server accepted; `sequence` is what a commit must have ended on."""
    acknowledgement = msgspec.json.decode(answer.data, type=_Acknowledgement) if answer.data else _Acknowledgement()
    if acknowledgement.error:
        raise PublishRefused(str(acknowledgement.error.get("description", acknowledgement.error)))
    if sequence is not None and acknowledgement.seq != sequence:
        message = f"expected the batch to end at {sequence}, got {acknowledgement.seq}"
        raise PublishRefused(message)
