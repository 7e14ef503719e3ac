"""The relay: publishes a history on its stream so that sequence = position, always. The log is one, a feed another.

It keeps no state of its own. The stream's last sequence says where to go on, and every batch, and every message that is
in none, carries it as an expectation: of two relays one is refused and looks again, what is repeated is refused, a lost
tail or a deleted stream is simply published again under the same numbers.
"""

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError

from shared.bus.stream import CHAIN_HEADER, LOG_STREAM, Stream, bound_consumers, ensure_stream
from shared.errors import MoietyError
from shared.ids import uuid7_hex
from shared.log.chain import Head, HistoryDiverged, chain_after, chain_text, leaf_text
from shared.log.store import LogUnavailable
from shared.telemetry import logger

# The server takes at most 1,000 messages in one atomic batch (ADR-50).
BATCH_EVENTS = 1_000
BATCH_BYTES = 8 * 1024 * 1024
# So few are sent one after the other: for a batch the server makes and removes a store, whatever is in it.
ONE_BY_ONE = 4
ANSWER_TIMEOUT_SECONDS = 10.0
POLL_SECONDS = 2.0
# Under load it is woken in vain again and again, by what it has published already.
CONFIRM_SECONDS = 0.5
# What JetStream calls it when a message or a batch expects an end that the stream no longer has.
_WRONG_LAST_SEQUENCE = 10071
RETRY_SECONDS = 0.25
LOOK_SECONDS = 0.25

_log = logger()

T = TypeVar("T")


class StreamDiverged(HistoryDiverged):
    """The stream holds what the log does not: it belongs to another log, or the log lost its end.

    `expected` is what was published up to the position, `got` what the log has there.
    """


class PublishRefused(MoietyError):
    """The server refused a batch; the stream may have moved, so its last sequence must be read again."""


class Overtaken(PublishRefused):
    """The stream has moved: another relay was faster. Where several run, this happens all the time."""


class Entry(Protocol):
    """An event at its position (`id`) in a history, and the chain there; `beside` it, headers of that history's own."""

    @property
    def id(self) -> int: ...
    @property
    def subject(self) -> str: ...
    @property
    def state(self) -> bytes: ...
    @property
    def traceparent(self) -> str | None: ...
    @property
    def chain(self) -> bytes: ...
    @property
    def beside(self) -> Mapping[str, str]: ...


class HistoryReader(Protocol):
    """What can be mirrored: the log, or what of it concerns somebody under numbers of its own."""

    async def read_log(self, *, after: int, limit: int) -> Sequence[Entry]: ...

    async def head(self) -> Head: ...


class LogReader(HistoryReader, Protocol):
    """What the relay needs of the log besides."""

    async def wait_for_append(self, after: int, timeout_seconds: float) -> None: ...


class _Acknowledgement(msgspec.Struct):
    """JetStream's answer to a publish: an error, or the sequence of the last message stored."""

    error: dict[str, int | str] | None = None
    seq: int = 0


class _Commit(NamedTuple):
    """A batch that has been sent whole, and what it is to end at."""

    answer: asyncio.Task[Msg]
    end: Head


class Mirror:
    """Mirrors one history on one stream, as far as it is told to."""

    def __init__(
        self, history: HistoryReader, client: Client, stream: Stream = LOG_STREAM, *, replicas: int = 1
    ) -> None:
        self._history = history
        self._stream = stream
        self._client = client
        self._jetstream = client.jetstream()
        self._replicas = replicas
        self._end = stream.start
        self._ahead: asyncio.Task[Sequence[Entry]] | None = None
        self._commit: _Commit | None = None
        # Whether there was more to be read than was sent; what comes after that, whoever records it tells.
        self.has_more = True

    @property
    def published(self) -> int:
        """The stream's last sequence as far as this relay knows."""
        return self._end.position

    @property
    def end(self) -> Head:
        """Where the stream ends as far as this relay knows."""
        return self._end

    @property
    def _sent(self) -> Head:
        return self._end if self._commit is None else self._commit.end

    async def resume(self) -> None:
        """Find where the stream ends, creating it if need be; raises StreamDiverged if the log never held that end."""
        self._forget_pending()
        self.has_more = True
        last = await ensure_stream(self._jetstream, self._stream, replicas=self._replicas)
        if last < self._end.position:
            _log.warning(
                "A stream has lost what it had; it is filled again",
                action="stream-lost",
                stream=self._stream.name,
                expected=self._end.position,
                got=last,
            )
        await bound_consumers(self._jetstream, self._stream)
        self._end = await self._checked_end(last) if last else self._stream.start

    async def publish_next(self) -> int:
        """Send the next events of the log, at most one batch, and return how many. Raises PublishRefused.

        A full batch is being committed when this returns, so that the next can be sent meanwhile; anything less has
        been stored.
        """
        try:
            read = await self._read()
            entries = _within(read, BATCH_BYTES)
            full = len(entries) == BATCH_EVENTS
            self.has_more = full or len(entries) < len(read)
            if full:
                self._ahead = _started(self._history.read_log(after=entries[-1].id, limit=BATCH_EVENTS))
            if entries:
                await self._send(entries)
            if not full:
                await self._settle()
        except BaseException:
            self._forget_pending()
            raise
        return len(entries)

    async def _read(self) -> Sequence[Entry]:
        """Return what follows in the log, which may have been read ahead; raises StreamDiverged."""
        sent = self._sent
        if self._ahead is None:
            entries = await self._history.read_log(after=sent.position, limit=BATCH_EVENTS)
        else:
            ahead, self._ahead = self._ahead, None
            entries = await ahead
        # A log that was restored, or a standby that was promoted behind our back, goes on under the same numbers: that
        # it is still the history which we published is seen at the first event after it.
        if entries and entries[0].id != sent.position + 1:
            raise StreamDiverged(sent.position, expected=str(sent), got=f"position {entries[0].id} next")
        if entries and entries[0].chain != (expected := chain_after(sent.chain, entries[0].state)):
            raise StreamDiverged(entries[0].id, expected=chain_text(expected), got=chain_text(entries[0].chain))
        return entries

    def _forget_pending(self) -> None:
        if self._ahead is not None:
            self._ahead.cancel()
        if self._commit is not None:
            self._commit.answer.cancel()
        self._ahead = self._commit = None

    async def _send(self, entries: Sequence[Entry]) -> None:
        if len(entries) <= ONE_BY_ONE:
            # Each once the one before is stored: a message expects a number alone, and would fit as well behind what
            # another history has put there meanwhile.
            await self._settle()
            for entry in entries:
                _check(await self._ask(entry, _alone(entry)), sequence=entry.id)
                self._end = Head(entry.id, entry.chain)
        else:
            await self._send_as_batch(entries)

    async def _send_as_batch(self, entries: Sequence[Entry]) -> None:
        batch_id = uuid7_hex()
        *staged, last = entries
        for number, entry in enumerate(staged, start=1):
            await self._client.publish(entry.subject, entry.state, headers=_in_batch(entry, batch_id, number))
        # The server stores nothing before the commit, so only then must the batch before this one stand.
        await self._settle()
        headers = _in_batch(last, batch_id, len(entries)) | {"Nats-Batch-Commit": "1"} | _stated(last)
        self._commit = _Commit(_started(self._ask(last, headers)), Head(last.id, last.chain))

    async def _settle(self) -> None:
        """Wait until the batch that is being committed is stored; raises PublishRefused if it is not."""
        if self._commit is not None:
            _check(await self._commit.answer, sequence=self._commit.end.position)
            self._end = self._commit.end
            self._commit = None

    async def _ask(self, entry: Entry, headers: dict[str, str]) -> Msg:
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

    async def _checked_end(self, last: int) -> Head:
        """Return the end of the stream, which the log must have: a foreign or older log must never be continued."""
        entries = await self._history.read_log(after=last - 1, limit=1)
        try:
            stored = await self._jetstream.get_msg(self._stream.name, last, direct=True)
        except NotFoundError:  # the store lost its tail between the two questions
            message = f"the stream no longer holds {last}"
            raise PublishRefused(message) from None
        except APIError as error:
            raise PublishRefused(str(error)) from error
        # A message from before there were chains has none: its bytes must do.
        chain = (stored.headers or {}).get(CHAIN_HEADER)
        leaf = leaf_text(stored.data or b"")
        if not entries:
            raise StreamDiverged(last, expected=chain or leaf, got=f"its end at {await self._history.head()}")
        (entry,) = entries
        if stored.data != entry.state:
            raise StreamDiverged(last, expected=leaf, got=leaf_text(entry.state))
        if chain not in {None, chain_text(entry.chain)}:
            raise StreamDiverged(last, expected=chain or "", got=chain_text(entry.chain))
        return Head(last, entry.chain)


class Relay(Mirror):
    """Mirrors the log, for ever."""

    def __init__(self, log: LogReader, client: Client, *, replicas: int = 1) -> None:
        super().__init__(log, client, replicas=replicas)
        self._log = log
        self._confirm_at = 0.0

    async def run(self) -> None:
        """Publish for ever; raises only StreamDiverged and StreamOfAnotherLog, which no retry could mend."""
        try:
            await self._run()
        finally:
            self._forget_pending()

    async def _run(self) -> None:
        while True:
            try:
                await self.resume()
                while True:
                    while self.has_more:
                        await self.publish_next()
                    await self._log.wait_for_append(self.published, POLL_SECONDS)
                    # What is published says itself whether it follows; where there is nothing, somebody has to ask.
                    if not await self.publish_next() and time.monotonic() >= self._confirm_at:
                        await self._confirm_end()
                        self._confirm_at = time.monotonic() + CONFIRM_SECONDS
            except Overtaken as overtaken:
                _log.info("going on from there", action="relay-overtaken", reason=str(overtaken), at=self.published)
                await asyncio.sleep(RETRY_SECONDS)
            except (PublishRefused, LogUnavailable, NatsError, OSError, TimeoutError) as error:
                _log.warning(
                    "looking again",
                    action="relay-resumes",
                    reason=str(error) or type(error).__name__,
                    at=self.published,
                )
                await asyncio.sleep(RETRY_SECONDS)

    async def _confirm_end(self) -> None:
        """Raise PublishRefused or StreamDiverged if stream or log no longer end where they did.

        With nothing to publish, nobody else would say.
        """
        last = await ensure_stream(self._jetstream, self._stream, replicas=self._replicas)
        if last != self.published:
            message = f"the stream ends at {last}, expected {self.published}"
            raise (Overtaken if last > self.published else PublishRefused)(message)
        _check_continued(self._end, await self._log.head())


def _started(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start work whose failure nobody may come to meet: who tries next would only meet it again."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def _headers(entry: Entry) -> dict[str, str]:
    headers = {"Content-Type": "application/cloudevents+json", **entry.beside}
    if (traceparent := entry.traceparent) is not None:
        headers["traceparent"] = traceparent
    return headers


def _alone(entry: Entry) -> dict[str, str]:
    """Return the headers of a message that is stored by itself, or not at all."""
    return _headers(entry) | _follows(entry) | _stated(entry)


def _in_batch(entry: Entry, batch_id: str, number: int) -> dict[str, str]:
    """Return the headers of a batch's message; the first carries what the whole batch expects."""
    batch = {"Nats-Batch-Id": batch_id, "Nats-Batch-Sequence": str(number)}
    return _headers(entry) | batch | (_follows(entry) if number == 1 else {})


def _follows(entry: Entry) -> dict[str, str]:
    return {"Nats-Expected-Last-Sequence": str(entry.id - 1)}


def _stated(entry: Entry) -> dict[str, str]:
    """Return what whoever follows compares with what it worked out from the bodies."""
    return {CHAIN_HEADER: chain_text(entry.chain)}


def _check_continued(published: Head, head: Head) -> None:
    """Raise StreamDiverged unless a log that ends at this head can have all that was published."""
    if head.position < published.position or (head.position == published.position and head.chain != published.chain):
        raise StreamDiverged(published.position, expected=str(published), got=f"its end at {head}")


def _within(entries: Sequence[Entry], limit: int) -> Sequence[Entry]:
    """Return the longest beginning of the entries whose bodies fit the limit, at least one."""
    total = 0
    for count, entry in enumerate(entries):
        total += len(entry.state)
        if total > limit and count:
            return entries[:count]
    return entries


def _check(answer: Msg, *, sequence: int) -> None:
    """Raise PublishRefused unless the server stored the batch, and its last message under this sequence."""
    acknowledgement = msgspec.json.decode(answer.data, type=_Acknowledgement)
    if acknowledgement.error:
        refused = Overtaken if acknowledgement.error.get("err_code") == _WRONG_LAST_SEQUENCE else PublishRefused
        raise refused(str(acknowledgement.error.get("description", acknowledgement.error)))
    if acknowledgement.seq != sequence:
        message = f"expected the batch to end at {sequence}, got {acknowledgement.seq}"
        raise PublishRefused(message)
