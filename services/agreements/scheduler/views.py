"""A deadline, and the day, as they are told to who reminds and counts days."""

from datetime import date, datetime

import msgspec


class DeadlineView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happens by itself to a thing once `last_day` is over: silence counts, a step ends, it lapses.

    Or what was announced may be done from then on.

    `today` is the legal day by which that is told, and `as_of` the time.
    """

    stream: str
    """The thing, as events name it, such as `contribution:CTB-1`."""
    agreement: str
    last_day: date
    """The last day on which it can still be otherwise."""
    told_at: datetime
    """When something was last recorded of the thing."""
    asked: tuple[str, ...]
    """The parties of which something is asked about it."""
    today: date
    as_of: datetime
    """The time by the service's clock."""


class TodayView(msgspec.Struct, frozen=True, kw_only=True):
    """The legal day by the service's clock."""

    today: date
    as_of: datetime
    """The time by the service's clock."""
