"""How much time an event leaves whoever is asked, where that begins with its having notice."""

from typing import Final, Literal, NamedTuple

import msgspec

from shared.events.dispute import DisputeResolutionProposed
from shared.events.terms import NoticeMethod

OnNotice = Literal["INBOX", "EMAIL", "ACKNOWLEDGED", "EMAIL_OR_ACKNOWLEDGED"]
# Of these a letter is notice, and that its reader took note, whichever is proven first.
_EITHER: Final = frozenset({DisputeResolutionProposed.TYPE})


class Clock(NamedTuple):
    """For how many days after notice an answer counts, and by what a party is on notice."""

    days: int
    on_notice: OnNotice
    # By the calendar of the terms.
    business_days: bool = False


class _Rule(msgspec.Struct):
    rule: str
    days: int | None = None


class _Asks(msgspec.Struct):
    """What the events that ask somebody for an answer say of time; each of them has one of these numbers of days."""

    notice_method: NoticeMethod | None = None
    deemed_after: int | None = None
    objection_days: int | None = None
    rule: _Rule | None = None


class _Published(msgspec.Struct):
    id: str
    type: str
    data: _Asks


def clock_of(body: bytes | None, event_id: str) -> Clock | None:
    """Return how long an event, as it was published, leaves for an answer; None where it names a day, or no time.

    After a loss of the log another event may have the position of the one that was alerted of.
    """
    if body is None:
        return None
    published = msgspec.json.decode(body, type=_Published)
    asks, rule = published.data, published.data.rule or _Rule("NONE")
    days = next((each for each in (asks.deemed_after, asks.objection_days, rule.days) if each is not None), None)
    if published.id != event_id or asks.notice_method is None or days is None:
        return None
    either = published.type in _EITHER and asks.notice_method == "EMAIL"
    on_notice: OnNotice = "EMAIL_OR_ACKNOWLEDGED" if either else asks.notice_method
    return Clock(days, on_notice, business_days=rule.rule == "LEAD_DEEMED")
