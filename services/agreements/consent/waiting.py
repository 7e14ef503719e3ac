"""Whether the days that holders have are over, for each of them."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from services.agreements.consent.errors import NoticeNotProven, NoticePeriodRunning
from shared.calendar import day_after

_NEVER: Final = "never"


def check_notice(last_days: Mapping[str, date | None], day: date, **ids: object) -> None:
    """Raise, with the ids, if what holders have notice of would take place before the time of each is over.

    NoticeNotProven names those that are not on notice yet: of them no day is known.
    """
    if unproven := sorted(holder for holder, last in last_days.items() if last is None):
        raise NoticeNotProven(missing=unproven)
    until = day_after(max((last for last in last_days.values() if last is not None), default=date.min))
    if until is None:
        raise NoticePeriodRunning(expected="from no day there is", got=day, until=_NEVER, **ids)
    if day < until:
        raise NoticePeriodRunning(expected=f"from {until}", got=day, until=str(until), **ids)
