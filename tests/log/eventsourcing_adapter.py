"""Our asynchronous store behind the eventsourcing library's synchronous recorder interface."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent, Subscription

from shared.log.postgres import PostgresEventStore
from shared.log.store import Append, LogEntry, Recordable

T = TypeVar("T")


class BlockingRecorder(ApplicationRecorder):
    """An ApplicationRecorder whose work is done by a PostgresEventStore on a loop of its own."""

    def __init__(self, store: PostgresEventStore, loop: asyncio.AbstractEventLoop) -> None:
        self.store = store
        self._loop = loop

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_options: object) -> Sequence[int]:
        return list(self.wait(self.store.append(Append(events=[_recordable(event) for event in stored_events]))))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        events = self.wait(self.store.read_stream(str(originator_id), after_version=-1 if gt is None else gt))
        wanted = [event for event in events if lte is None or event.originator_version <= lte]
        return [_stored(event) for event in (reversed(wanted) if desc else wanted)][:limit]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = (start or 1) - 1 if inclusive_of_start else (start or 0)
        found: list[Notification] = []
        while len(found) < limit:
            page = self.wait(self.store.read_log(after=after, limit=limit))
            wanted = (entry for entry in page if not topics or entry.topic in topics)
            found.extend(_notification(entry) for entry in wanted if stop is None or entry.id <= stop)
            if len(page) < limit:
                break
            after = page[-1].id
        return found[:limit]

    def max_notification_id(self) -> int | None:
        return self.wait(self.store.head()).position or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription["BlockingRecorder"]:
        return _Following(self, gt, topics)


class _Following(Subscription[BlockingRecorder]):
    """Yields what is recorded, waiting on the store's own announcements."""

    def __next__(self) -> Notification:
        while not self._has_been_stopped:
            after = self._last_notification_id or 0
            found = self._recorder.select_notifications(after, 1, topics=self._topics, inclusive_of_start=False)
            if found:
                self._last_notification_id = found[0].id
                return found[0]
            self._recorder.wait(self._recorder.store.wait_for_append(after, 0.5))
        raise StopIteration


@contextlib.contextmanager
def blocking_recorder(dsn: str, password: str | None) -> Iterator[BlockingRecorder]:
    """Open a store on an event loop in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    opened = PostgresEventStore.open(dsn, password=password)
    try:
        store = asyncio.run_coroutine_threadsafe(opened.__aenter__(), loop).result(30)
        yield BlockingRecorder(store, loop)
        asyncio.run_coroutine_threadsafe(opened.__aexit__(None, None, None), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _recordable(event: StoredEvent) -> Recordable:
    return Recordable(
        originator_id=str(event.originator_id),
        originator_version=event.originator_version,
        topic=event.topic,
        state=event.state,
        agreement="_",
    )


def _stored(event: StoredEvent) -> StoredEvent:
    return StoredEvent(_originator(event.originator_id), event.originator_version, event.topic, event.state)


def _notification(entry: LogEntry) -> Notification:
    return Notification(_originator(entry.originator_id), entry.originator_version, entry.topic, entry.state, entry.id)


def _originator(text: UUID | str) -> UUID:
    return UUID(str(text))
