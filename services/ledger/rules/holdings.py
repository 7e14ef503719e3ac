"""Holdings in double entry on two clocks: who holds what from which legal day on, as known from which position on.

Every posting group sums to zero and leaves every account at zero or more, so that on every day, as known at every
position, the shares of an asset sum to exactly 1/1. Nothing known is ever changed: new knowledge closes the known
period of the rows it replaces and opens others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

from services.ledger.errors import LedgerError
from shared.ids import UNALLOCATED
from shared.ratio import check_shares, format_ratio, is_readable


class PostingUnbalanced(LedgerError):
    """A posting group must sum to 0/1 and leave every account at zero or more, on every day."""


class Moment(NamedTuple):
    """When something became known: its position, and the latest recorded time up to there."""

    position: int
    recorded_at: datetime


class Period(NamedTuple):
    """The shares of an asset from a legal day until the next period, and the positions of the events they come from."""

    start: date
    shares: Mapping[str, Fraction]
    caused_by: tuple[int, ...]


Periods = tuple[Period, ...]


class Row(NamedTuple):
    """A holding: one holder's share of an asset over legal days, decided by the events at `caused_by`."""

    asset: str
    holder: str
    share: Fraction
    effective_from: date
    effective_to: date | None
    caused_by: tuple[int, ...]


@dataclass
class KnownRow:
    """A row and the period of positions in which it is what the ledger knows."""

    row: Row
    since: Moment
    until: Moment | None = None
    stored: bool = False

    def at(self, position: int) -> bool:
        """Tell whether this was known at a position."""
        return self.since.position <= position and (self.until is None or position < self.until.position)

    def record(self) -> tuple[Any, ...]:
        """Return it as it is stored."""
        asset, holder, share, *rest = self.row
        return (asset, holder, format_ratio(share), *rest, *self.since, *(self.until or (None, None)))


def disclosed(conceived_on: date, position: int) -> Periods:
    """Open an asset: from its conception nobody in particular holds all of it."""
    return (Period(conceived_on, {UNALLOCATED: Fraction(1)}, (position,)),)


def determined(opened: Periods, shares: Mapping[str, Fraction], position: int) -> Periods:
    """Post shares from conception on: nobody in particular gives, the determined holders take."""
    conceived_on = opened[0].start
    (period,) = post(opened, conceived_on, {UNALLOCATED: Fraction(-1), **shares}, position)
    # Who holds what is now decided by this alone, and no more by the disclosure.
    return (period._replace(caused_by=(position,)),)


def post(timeline: Periods, effective_on: date, postings: Mapping[str, Fraction], position: int) -> Periods:
    """Add a posting group to every day from `effective_on` on. Raises PostingUnbalanced."""
    if sum(postings.values()):
        message = f"postings sum to {sum(postings.values())}, expected 0"
        raise PostingUnbalanced(message)
    return (
        *until(timeline, effective_on),
        *(
            Period(start, _posted(shares, postings, start), (*caused_by, position))
            for start, shares, caused_by in since(timeline, effective_on)
        ),
    )


def until(timeline: Periods, day: date) -> Periods:
    """Return what a timeline says of the days before a day."""
    return tuple(period for period in timeline if period.start < day)


def since(timeline: Periods, day: date) -> Periods:
    """Return what a timeline says of a day and those after it."""
    return tuple(
        period._replace(start=max(period.start, day))
        for period, end in zip(timeline, _ends(timeline), strict=True)
        if end is None or end > day
    )


def shares_on(timeline: Periods, day: date) -> Mapping[str, Fraction]:
    """Return who holds what on a day; nothing before conception."""
    return next((period.shares for period in reversed(timeline) if period.start <= day), {})


def losing_by(before: Periods, after: Periods, day: date) -> set[str]:
    """Return who would hold less by one timeline than by another, on a day or later."""
    days = {day, *(period.start for period in (*before, *after) if period.start > day)}
    held = [(shares_on(before, each), shares_on(after, each)) for each in days]
    losing = {holder for now, then in held for holder, share in now.items() if then.get(holder, Fraction(0)) < share}
    return losing - {UNALLOCATED}


def _posted(shares: Mapping[str, Fraction], postings: Mapping[str, Fraction], day: date) -> dict[str, Fraction]:
    zero = Fraction(0)
    posted = {holder: shares.get(holder, zero) + postings.get(holder, zero) for holder in {*shares, *postings}}
    if min(posted.values()) < 0:
        message = f"on {day} an account would be overdrawn"
        raise PostingUnbalanced(message)
    return {holder: share for holder, share in sorted(posted.items()) if share}


def _ends(timeline: Periods) -> list[date | None]:
    return [*(period.start for period in timeline[1:]), None][: len(timeline)]


def rows_of(asset: str, timeline: Periods) -> list[Row]:
    """Return the holdings of a timeline, after checking that every period is a whole."""
    rows: list[Row] = []
    for period, end in zip(timeline, _ends(timeline), strict=True):
        check_shares(period.shares)
        if not all(map(is_readable, period.shares.values())):
            message = f"a share from {period.start} on is finer than can be written"
            raise PostingUnbalanced(message)
        rows += [
            Row(asset, holder, share, period.start, end, period.caused_by) for holder, share in period.shares.items()
        ]
    return rows


def timeline_of(rows: Iterable[Row]) -> Periods:
    """Return the timeline that rows known at one moment make up."""
    ordered = sorted(rows, key=lambda row: (row.effective_from, row.holder))
    periods = [list(group) for _, group in groupby(ordered, lambda row: row.effective_from)]
    return tuple(
        Period(period[0].effective_from, {row.holder: row.share for row in period}, period[0].caused_by)
        for period in periods
    )


@dataclass
class Holdings:
    """The holdings of some assets as now known, and everything that became known or ceased to be while in use."""

    current: dict[str, list[KnownRow]] = field(default_factory=dict)
    closed: list[KnownRow] = field(default_factory=list)

    @classmethod
    def of(cls, known: Iterable[KnownRow]) -> "Holdings":
        holdings = cls()
        for each in known:
            holdings.current.setdefault(each.row.asset, []).append(each)
        return holdings

    def timeline(self, asset: str) -> Periods:
        return timeline_of(each.row for each in self.current.get(asset, ()))

    def timeline_at(self, asset: str, position: int) -> Periods:
        """Return what was known of an asset at a position; nothing before it was disclosed."""
        return timeline_of(each.row for each in self.every() if each.row.asset == asset and each.at(position))

    def learn(self, asset: str, timeline: Periods, moment: Moment) -> None:
        """Replace what is known about an asset: rows that are no longer so are closed, new ones opened."""
        rows = set(rows_of(asset, timeline))
        kept = [each for each in self.current.get(asset, ()) if each.row in rows]
        for each in self.current.get(asset, ()):
            if each.row not in rows:
                each.until = moment
                self.closed.append(each)
        opened = sorted(rows - {each.row for each in kept})
        self.current[asset] = kept + [KnownRow(row, moment) for row in opened]

    def every(self) -> list[KnownRow]:
        """Return every row seen, closed ones too, in a stable order."""
        rows = [*self.closed, *(each for known in self.current.values() for each in known)]
        return sorted(rows, key=lambda each: (each.row.asset, each.since, each.row.effective_from, each.row.holder))
