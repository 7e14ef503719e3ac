"""`known`: as of which of the ledger's knowledge a question is answered, and how people write it."""

from datetime import UTC, date, datetime
from typing import NamedTuple

from services.ledger.errors import KnownTimeNotOver, UnreadableKnownTime
from shared.calendar import end_of
from shared.positions import position_of


class AsKnown(NamedTuple):
    """A position, an instant, or neither for all there is."""

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


def parse_known(text: str | None) -> AsKnown:
    """Read a day, an instant or a position; raises UnreadableKnownTime."""
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
            raise UnreadableKnownTime(expected="an instant with its offset", got=text[:80])
        return AsKnown(instant=instant.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise UnreadableKnownTime(got=text[:80]) from error
