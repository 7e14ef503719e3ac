"""`known`: as of which knowledge a question is answered, how people write it, and that its answer must not change."""

from datetime import UTC, date, datetime
from typing import NamedTuple

from shared.calendar import end_of
from shared.errors import Conflict, Invalid
from shared.positions import position_of

_LONGEST_SHOWN = 80
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_INSTANT = rf"{_DAY}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]{{1,9}})?(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})"
_POSITION = "0|[1-9][0-9]{0,18}"
KNOWN_PATTERN = f"^(?:{_POSITION}|{_DAY}|{_INSTANT})$"


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


def read_known(text: str | None, unreadable: type[Invalid]) -> AsKnown:
    """Read a day, an instant or a position; raises the refusal for what is none of them."""
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
            raise unreadable(expected="an instant with its offset", got=text[:_LONGEST_SHOWN])
        return AsKnown(instant=instant.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise unreadable(got=text[:_LONGEST_SHOWN]) from error
