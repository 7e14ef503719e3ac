"""The values that published events are made of; their rules are checked where commands are read, never here.

An event that was once recorded must stay readable whatever the rules become, so these types say form only: ids and
hashes (`sha256:` and 64 hex digits) are text, ratios are text `n/d` in lowest terms, days are `YYYY-MM-DD`.
"""

from datetime import date

import msgspec


class Period(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"start": "from", "end": "to"}):
    """The days from `from` up to but not including `to`; without `to` it is open. JSON keys are `from` and `to`."""

    start: date
    end: date | None = None

    def __str__(self) -> str:
        return f"from {self.start}" if self.end is None else f"{self.start} to {self.end}"

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def within(self, outer: "Period") -> bool:
        """Tell whether every day of this period is a day of the other."""
        if self.start < outer.start:
            return False
        return outer.end is None or (self.end is not None and self.end <= outer.end)

    def is_empty(self) -> bool:
        return self.end is not None and self.end <= self.start


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """An amount in the smallest unit of an ISO 4217 currency: never a float."""

    currency: str
    minor: int


class Affiliation(msgspec.Struct, frozen=True, kw_only=True):
    """A party under another's control for a period."""

    parent: str
    child: str
    period: Period
