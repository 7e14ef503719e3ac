"""Taking up what was put aside: what an earlier release could not read, and this one can, is alerted of after all."""

from hashlib import sha256
from typing import Final

from services.notifications.store import AlertStore
from shared.events.registry import registered
from shared.log.envelope import MalformedEvent, decode

_AT_ONCE: Final = 500


async def take_up_readable(store: AlertStore, *, only: int | None = None, again: bool = False) -> list[int]:
    """Have what was put aside, and this release can read, alerted of when the log is read again; return what that is.

    What a release tried before that reads the same events is tried `again` only where somebody asks for it, else every
    start would read the whole log once more for what fits no table.
    """
    reading, after, found = what_is_read(), 0, list[int]()
    while aside := await store.put_aside(after=after, reading="" if again else reading, limit=_AT_ONCE):
        after = aside[-1].position
        tried = [each for each in aside if only in {None, each.position}]
        readable = [each.position for each in tried if _is_event(each.body)]
        await store.take_up([each.position for each in tried], readable, reading=reading)
        found += readable
    return found


def what_is_read() -> str:
    """Return what stands for all types of events that this release can read."""
    return sha256("\n".join(sorted(registered())).encode()).hexdigest()


def _is_event(body: bytes) -> bool:
    try:
        decode(body)
    except MalformedEvent:
        return False
    return True
