"""What holdings must satisfy, whoever worked them out: checked row by row, by none of the rules that made the rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby
from typing import Final, NamedTuple

from services.ledger.errors import TamperDetected
from shared.events.invention import (
    DeterminationAdopted,
    InventionDisclosed,
    OwnershipTransferred,
    TransferRescinded,
)
from shared.events.registry import Event
from shared.ratio import NotARatio, parse_ratio

_DECIDING: Final = (InventionDisclosed, DeterminationAdopted, OwnershipTransferred, TransferRescinded)


class HoldingRow(NamedTuple):
    """A holding, column by column as it is stored."""

    asset: str
    holder: str
    share: str
    effective_from: date
    effective_to: date | None
    caused_by: tuple[int, ...]
    known_from: int
    recorded_from: datetime
    known_to: int | None
    recorded_to: datetime | None


class _Decided(NamedTuple):
    """That an entry decided about an asset, when it was recorded, and whether shares can come from it."""

    asset: str
    recorded_at: datetime
    gives: bool


class _Disclosed(NamedTuple):
    """Where an asset was disclosed, and the day it was conceived."""

    position: int
    conceived_on: date


@dataclass
class Grounds:
    """What entries say that holdings must agree with: when an asset came to be, and where something was decided."""

    disclosed: dict[str, _Disclosed] = field(default_factory=dict)
    decided: dict[int, _Decided] = field(default_factory=dict)

    def read(self, position: int, recorded_at: datetime, data: Event) -> None:
        """Take in the entry at a position, with the latest recorded time up to there."""
        if isinstance(data, _DECIDING):
            gives = not isinstance(data, TransferRescinded)
            self.decided[position] = _Decided(data.invention, recorded_at, gives)
        if isinstance(data, InventionDisclosed):
            self.disclosed[data.invention] = _Disclosed(position, data.conceived_on)


def check_balance(rows: Iterable[HoldingRow], grounds: Grounds) -> None:
    """Check that holdings are whole on both clocks. Raises TamperDetected; returns nothing.

    1. A share is above 0/1; neither the days nor the known period of a row are empty.
    2. What a row comes from are entries about its asset, each once, none of them later than what is known since; known
       periods begin and end at such entries, at their recorded times.
    3. Of every asset something is known from its disclosure on, without an end.
    4. As known at every position, its periods begin at conception and each where the one before ends; the last has no
       end, and the rows of one agree on its end and on what they come from.
    5. In every period each holder stands once, and the shares sum to exactly 1/1.

    By 4. and 5. no two rows of a holder overlap in the plane of legal days and positions, and none of it is empty.
    """
    by_asset: dict[str, list[HoldingRow]] = {asset: [] for asset in grounds.disclosed}
    for row in rows:
        by_asset.setdefault(row.asset, []).append(row)
    for asset, of_asset in sorted(by_asset.items()):
        if asset not in grounds.disclosed:
            raise _finding(f"no holding of {asset}, which was never disclosed", f"one of {of_asset[0].holder}")
        for row in of_asset:
            _check_row(row, grounds)
        _check_known(asset, of_asset, grounds.disclosed[asset])


def _check_row(row: HoldingRow, grounds: Grounds) -> None:
    of = f"{row.asset} held by {row.holder} from {row.effective_from}"
    # 1. Something, for some time.
    if _read(row.share) <= 0:
        raise _finding(f"a share above 0/1 of {of}", row.share)
    if row.effective_to is not None and row.effective_to <= row.effective_from:
        raise _finding(f"an end of {of} after its first day", row.effective_to)
    if row.known_to is not None and row.known_to <= row.known_from:
        raise _finding(f"an end of what is known of {of} after position {row.known_from}", row.known_to)
    # 2. For a reason, and known since it was recorded.
    causes = set(row.caused_by)
    if len(causes) < len(row.caused_by) or not causes or max(causes) > row.known_from:
        raise _finding(f"causes of {of}, each once and none after position {row.known_from}", row.caused_by)
    for cause in row.caused_by:
        decided = grounds.decided.get(cause)
        if decided is None or decided.asset != row.asset or not decided.gives:
            raise _finding(f"causes of {of} that decided about it", row.caused_by)
    for position, recorded_at in ((row.known_from, row.recorded_from), (row.known_to, row.recorded_to)):
        decided = grounds.decided.get(position) if position is not None else None
        if position is not None and (decided is None or decided.asset != row.asset):
            raise _finding(f"a known period of {of} between entries about it", position)
        if recorded_at != (decided.recorded_at if decided else None):
            raise _finding(f"the time of position {position} for {of}", recorded_at)


def _check_known(asset: str, rows: Sequence[HoldingRow], disclosed: _Disclosed) -> None:
    # 3. From the disclosure on, without an end: the last of these positions begins what is known now.
    positions = sorted({row.known_from for row in rows} | {row.known_to for row in rows if row.known_to is not None})
    if positions[:1] != [disclosed.position]:
        raise _finding(f"holdings of {asset} as known from position {disclosed.position} on", positions[:1])
    known: list[HoldingRow] = []
    waiting = sorted(rows, key=lambda row: row.known_from, reverse=True)
    for position in positions:
        known = [row for row in known if row.known_to != position]
        while waiting and waiting[-1].known_from == position:
            known.append(waiting.pop())
        _check_periods(f"{asset}, as known at position {position},", known, disclosed.conceived_on)


def _check_periods(of: str, known: Iterable[HoldingRow], conceived_on: date) -> None:
    ordered = sorted(known, key=lambda row: (row.effective_from, row.holder))
    begins: date | None = conceived_on
    for start, group in groupby(ordered, lambda row: row.effective_from):
        # 4. No day without holders, and no day twice.
        if start != begins:
            raise _finding(f"a period of {of} from {begins}", start)
        holders = list(group)
        begins = holders[0].effective_to
        if any((row.effective_to, row.caused_by) != (begins, holders[0].caused_by) for row in holders):
            raise _finding(f"one end and the same causes of {of} for all who hold it from {start}", "others")
        # 5. A whole.
        if len({row.holder for row in holders}) < len(holders):
            raise _finding(f"each holder of {of} once from {start}", [row.holder for row in holders])
        if (whole := sum((_read(row.share) for row in holders), start=Fraction(0))) != 1:
            raise _finding(f"shares of {of} from {start} that sum to 1/1", whole)
    if begins is not None:
        raise _finding(f"a period of {of} from {begins}", "none")


def _read(share: str) -> Fraction:
    try:
        return parse_ratio(share)
    except NotARatio as error:
        raise _finding("a share", share) from error


def _finding(expected: str, got: object) -> TamperDetected:
    return TamperDetected(expected=expected, got=got, at="holding")
