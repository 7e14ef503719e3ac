"""An asset's account: what was determined and transferred, and the holdings that follow on every day.

A determination says what was so from conception, a transfer what changed later. So a timeline is never patched: it is
posted anew from the shares in force and from every transfer that stands, in the order of their days.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from services.ledger.errors import LedgerError
from services.ledger.rules.history import Derivation, Shares
from services.ledger.rules.holdings import Periods, determined, disclosed, post, shares_on, since, until
from shared.events.invention import DeterminationAdopted, DeterminationProposed, OwnershipTransferred
from shared.ratio import format_ratio, parse_ratio, parse_shares


class OwnershipReplayConflict(LedgerError):
    """A transfer that stands would pass on more than its holder has by then."""

    def __init__(self, *, transfer: str, day: date, holder: str, shortfall: Fraction) -> None:
        self.details = {
            "transfer": transfer,
            "date": day.isoformat(),
            "holder": holder,
            "shortfall": format_ratio(shortfall),
        }
        super().__init__(f"{holder} lacks {format_ratio(shortfall)} for {transfer} on {day}")


class Determination(NamedTuple):
    """Shares as found to have been from conception; a prospective one counts from a later day only."""

    position: int
    shares: Shares
    counts_from: date | None = None


class Transfer(NamedTuple):
    """What one holder passed to another on a day: a fraction of what it held then, or of the whole asset."""

    position: int
    name: str
    source: str
    to: str
    effective_on: date
    of_holding: Fraction | None = None
    of_whole: Fraction | None = None


@dataclass
class Account:
    """Everything that was ever posted to an asset and still stands, in the order in which it was recorded."""

    conceived_on: date
    disclosed_at: int
    determinations: list[Determination] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)

    def determine(self, determination: Determination) -> None:
        """Post a determination. It takes the place of every other from its day on."""
        self.determinations.append(determination)

    def without_last(self) -> "Account":
        """Return the account as it was before its last determination."""
        return replace(self, determinations=self.determinations[:-1])

    def transfer(self, transfer: Transfer) -> None:
        """Post a transfer; until something is determined it waits."""
        self.transfers.append(transfer)

    def rescind(self, name: str) -> None:
        """Take a transfer out, as if it had never been."""
        self.transfers = self.without(name).transfers

    def without(self, name: str) -> "Account":
        """Return the account as it is without a transfer."""
        return replace(self, transfers=[transfer for transfer in self.transfers if transfer.name != name])

    def timeline(self, *, proposed: Determination | None = None) -> Periods:
        """Return the holdings from conception on; with a proposed determination, as they would be with it.

        Raises OwnershipReplayConflict where a transfer lacks something, PostingUnbalanced for shares that are no whole.
        """
        timeline = disclosed(self.conceived_on, self.disclosed_at)
        for counting, end in self._counting([*self.determinations, *([proposed] if proposed else [])]):
            start = counting.counts_from or self.conceived_on
            timeline = (*until(timeline, start), *since(self._replayed(counting, end), start))
        return timeline

    def _counting(self, determinations: list[Determination]) -> list[tuple[Determination, date | None]]:
        """Return the determinations that count on some day, each with the day on which the next begins to."""
        counting: list[Determination] = []
        for determination in determinations:
            start = determination.counts_from or self.conceived_on
            counting = [each for each in counting if (each.counts_from or self.conceived_on) < start]
            # The first cannot leave anything as it was: there was nothing.
            first = not counting
            counting.append(determination._replace(counts_from=None) if first else determination)
        ends = [*(each.counts_from for each in counting[1:]), None]
        return list(zip(counting, ends, strict=False))

    def _replayed(self, determination: Determination, end: date | None) -> Periods:
        """Return what the shares became by the transfers before a day, as if they had counted from conception."""
        opened = disclosed(self.conceived_on, self.disclosed_at)
        periods = [*determined(opened, determination.shares, determination.position)]
        # Sorting is stable, so of one day what was recorded first comes first.
        for transfer in sorted(self.transfers, key=lambda each: (each.effective_on, each.position)):
            if end is not None and transfer.effective_on >= end:
                break
            # In the order of days a transfer changes nothing but the last period: going through all that came before
            # would cost the square of their number.
            last: Periods = (periods.pop(),)
            if moved := self._moved(last, transfer):
                postings = {transfer.source: -moved, transfer.to: moved}
                last = post(last, transfer.effective_on, postings, transfer.position)
            periods += last
        return tuple(periods)

    @staticmethod
    def _moved(timeline: Periods, transfer: Transfer) -> Fraction:
        held = shares_on(timeline, transfer.effective_on)
        available = held.get(transfer.source, Fraction(0))
        if transfer.of_holding is not None and held:
            return transfer.of_holding * available
        # Before conception there is nothing, not even a part of nothing.
        moved = transfer.of_whole or transfer.of_holding or Fraction(0)
        if moved > available:
            raise OwnershipReplayConflict(
                transfer=transfer.name,
                day=transfer.effective_on,
                holder=transfer.source,
                shortfall=moved - available,
            )
        return moved


def determination_of(adopted: DeterminationAdopted, position: int) -> Determination:
    """Return an adopted determination as it is posted."""
    prospective = adopted.mode == "PROSPECTIVE"
    return Determination(position, parse_shares(adopted.shares), adopted.effective_on if prospective else None)


def determination_of_proposal(proposed: DeterminationProposed, derived: Derivation, position: int) -> Determination:
    """Return a proposed determination as it would be posted, with the shares that the facts give."""
    return Determination(position, derived.holders, proposed.effective_on if proposed.mode == "PROSPECTIVE" else None)


def transfer_of(data: OwnershipTransferred, position: int) -> Transfer:
    """Return a transfer as it is posted."""
    amount = data.amount
    return Transfer(
        position,
        data.transfer,
        data.source,
        data.to,
        data.effective_on,
        parse_ratio(amount.of_holding) if amount.of_holding is not None else None,
        parse_ratio(amount.of_whole) if amount.of_whole is not None else None,
    )
