"""Knowledge as of another time: which of an agreement's events had been recorded by then."""

from datetime import UTC, date, datetime
from typing import NamedTuple

from services.agreements.contracts.errors import KnownTimeUnreadable
from shared.calendar import end_of
from shared.positions import position_of


class AsKnown(NamedTuple):
    """What had been recorded up to a position or an instant; everything where neither is named."""

    position: int | None = None
    instant: datetime | None = None


def parse_known(text: str | None) -> AsKnown:
    """Read a day, an instant or a position; raises KnownTimeUnreadable."""
    if text is None:
        return AsKnown()
    if (position := position_of(text)) is not None:
        return AsKnown(position=position)
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
