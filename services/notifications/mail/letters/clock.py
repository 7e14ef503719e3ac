"""How much time an event leaves whoever is asked, where that begins with its having notice."""

from typing import NamedTuple

import msgspec

from shared.events.terms import NoticeMethod


class Clock(NamedTuple):
    """For how many days after notice an answer counts, and by what a party is on notice."""

    days: int
    method: NoticeMethod


class _Asks(msgspec.Struct):
    deemed_after: int | None = None
    notice_method: NoticeMethod | None = None


class _Published(msgspec.Struct):
    id: str
    data: _Asks


def clock_of(body: bytes | None, event_id: str) -> Clock | None:
    """Return how long an event, as it was published, leaves for an answer; None where it names a day, or no time.

    After a loss of the log another event may have the position of the one that was alerted of.
    """
    if body is None:
        return None
    published = msgspec.json.decode(body, type=_Published)
    asks = published.data
    if published.id != event_id or asks.deemed_after is None or asks.notice_method is None:
        return None
    return Clock(asks.deemed_after, asks.notice_method)
