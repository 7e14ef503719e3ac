"""`known`: as of which knowledge a question is answered, how people write it, and that its answer must not change."""

import re
from datetime import UTC, date, datetime
from typing import NamedTuple

from shared.calendar import end_of
from shared.errors import Conflict, Invalid
from shared.forms import whole
from shared.positions import LAST_POSITION, position_of

_LONGEST_SHOWN = 80
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_INSTANT = rf"{_DAY}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]{{1,9}})?(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})"
_POSITION = "0|[1-9][0-9]{0,18}"
_FORM = f"(?:{_POSITION}|{_DAY}|{_INSTANT})"
KNOWN_PATTERN = whole(_FORM)
_KNOWN = re.compile(_FORM, re.ASCII)


class KnownTimeUnreadable(Invalid):
    """`known` is a day (2024-08-15), an instant with its offset (2024-08-15T12:00:00Z) or a position (42)."""


class KnownTimeNotOver(Conflict):
    """What will be known by then is not known yet: `known` must be over; a day ends at midnight in Hong Kong."""


class AsKnown(NamedTuple):
    """What had been recorded up to a position or an instant; all there is where neither is named."""

    position: int | None = None
    instant: datetime | None = None

    @property
    def resolved(self) -> int | datetime | None:
        """What a day, an instant or a position was taken for."""
        return self.instant if self.position is None else self.position

    def check_over(self, now: datetime) -> None:
        """Raise KnownTimeNotOver for an instant still to come: its answer would change."""
        if self.instant is not None and self.instant >= now:
            raise KnownTimeNotOver(expected=f"before {now.isoformat()}", got=self.instant.isoformat())

    def check_reached(self, last: int) -> None:
        """Raise KnownTimeNotOver for a position beyond the last one there is."""
        if self.position is not None and self.position > last:
            raise KnownTimeNotOver(expected=f"at most position {last}", got=self.position)


def parse_known(text: str | None) -> AsKnown:
    """Read a day, an instant or a position; raises KnownTimeUnreadable for what is none, or is written otherwise."""
    if text is None:
        return AsKnown()
    if _KNOWN.fullmatch(text) is None:
        raise KnownTimeUnreadable(got=text[:_LONGEST_SHOWN])
    if text.isdigit():
        position = position_of(text)
        if position is None:
            raise KnownTimeUnreadable(expected=f"a position of at most {LAST_POSITION}", got=text)
        return AsKnown(position=position)
    try:
        if "T" not in text:
            # What was known on a day is all that had been recorded when it ended.
            return AsKnown(instant=end_of(date.fromisoformat(text)))
        return AsKnown(instant=datetime.fromisoformat(text).astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise KnownTimeUnreadable(got=text) from error
