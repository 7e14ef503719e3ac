"""Knowledge as of another time: which of an agreement's events had been recorded by then."""

from datetime import UTC, date, datetime
from typing import NamedTuple

from services.agreements.contracts.errors import KnownTimeUnreadable
from shared.calendar import end_of

_LARGEST_POSITION = 2**63 - 1
_MOST_DIGITS = 19


class AsKnown(NamedTuple):
    """What had been recorded up to a position or an instant; everything where neither is named."""

    position: int | None = None
    instant: datetime | None = None


def parse_known(text: str | None) -> AsKnown:
    """Read a day, an instant or a position; raises KnownTimeUnreadable."""
    if text is None:
        return AsKnown()
    # By its length first: a number of thousands of digits is not even read.
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) <= _LARGEST_POSITION:
        return AsKnown(position=int(text))
    try:
        if "T" not in text:
            # What was known on a day is all that had been recorded when it ended.
            return AsKnown(instant=end_of(date.fromisoformat(text)))
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise KnownTimeUnreadable(expected="an instant with its offset", got=text[:80])
        return AsKnown(instant=instant.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise KnownTimeUnreadable(got=text[:80]) from error
