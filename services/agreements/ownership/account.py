"""The account of an asset (R6, R7): who held how much of it on any day, by replay of what was adopted and transferred.

A determination says what was true from conception; a transfer says what changed later. So the account keeps both
apart, in the order of their recording, and works out holdings from them: nothing is ever posted twice, and nothing
can be left behind when a determination takes another's place.
"""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import msgspec

from services.agreements.inventions.errors import SharesTooFine
from services.agreements.ownership.errors import (
    AmountNotOne,
    InsufficientHolding,
    OwnershipReplayConflict,
    TransferToItself,
)
from shared.events.transfer import Amount
from shared.ratio import check_shares, format_ratio, parse_ratio, parse_shares

Shares = dict[str, Fraction]
# Denominators multiply with every transfer; text of a number is only read and written up to a length.
FINEST = 10**150


class Regime(msgspec.Struct, frozen=True, kw_only=True):
    """The shares that hold from a day on, as a determination found them to have been from conception."""

    determination: str
    start: date
    shares: dict[str, str]


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer as it is replayed."""

    transfer: str
    source: str
    """The holder from whom the shares pass."""
    to: str
    """The holder to whom the shares pass."""
    amount: Amount
    effective_on: date


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An asset's account. Without a regime it is UNALLOCATED, and its movements wait.

    Regimes are in the order of their days; the movements in that of their recording.
    """

    conceived_on: date
    regimes: tuple[Regime, ...] = ()
    movements: tuple[Movement, ...] = ()

    @property
    def is_allocated(self) -> bool:
        return bool(self.regimes)


def holdings_on(account: Account, day: date) -> Shares:
    """Return who holds how much on a day; empty before conception, and while the asset is UNALLOCATED."""
    if day < account.conceived_on:
        return {}
    begun = [regime for regime in account.regimes if regime.start <= day]
    return _replay(begun[-1], account, day) if begun else {}


def intervals_of(account: Account) -> list[tuple[date, Shares]]:
    """Return the holdings from each day on which they change, in the order of the days."""
    days = {regime.start for regime in account.regimes} | {each.effective_on for each in account.movements}
    found: list[tuple[date, Shares]] = []
    for day in sorted(day for day in days if day >= account.conceived_on):
        holdings = holdings_on(account, day)
        if holdings and (not found or found[-1][1] != holdings):
            found.append((day, holdings))
    return found


def holders_since(account: Account, day: date) -> set[str]:
    """Return who holds a share on a day or on a later one, as it stands now; whoever is named, before conception."""
    if day < account.conceived_on:
        return named_in(account)
    days = (*(regime.start for regime in account.regimes), *(each.effective_on for each in account.movements))
    changing = {day, *(each for each in days if each > day)}
    return {holder for each in changing for holder in holdings_on(account, each)}


def named_in(account: Account) -> set[str]:
    """Return whoever may hold a share on some day, or come to, without working out who does."""
    given = {holder for regime in account.regimes for holder in regime.shares}
    return given | {movement.to for movement in account.movements}


def adopted(account: Account, regime: Regime) -> Account:
    """Return the account in which these shares hold from the regime's day on; raises OwnershipReplayConflict.

    A regime that starts at conception takes the place of every earlier one (AB_INITIO). A later one leaves the days
    before it as they were (PROSPECTIVE); what was to begin after it never does.
    """
    parse_shares(regime.shares)
    after = with_regime(account, regime)
    check(after)
    return after


def transferred(account: Account, *movements: Movement) -> Account:
    """Return the account with a transfer.

    Raises InsufficientHolding if the transferor has not that much on the day, OwnershipReplayConflict if a later
    transfer would then lack something. While the asset is UNALLOCATED nothing can be said, so nothing is refused.
    """
    for movement in movements:
        check_form(movement)
        if account.is_allocated:
            _check_something_held(account, movement)
        account = msgspec.structs.replace(account, movements=(*account.movements, movement))
        try:
            check(account)
        except OwnershipReplayConflict as conflict:
            if conflict.ids["transfer"] != movement.transfer:
                raise
            raise InsufficientHolding(**conflict.ids) from conflict
    return account


def rescinded(account: Account, transfer: str) -> Account:
    """Return the account as if the transfer had never been; raises OwnershipReplayConflict."""
    after = without(account, transfer)
    check(after)
    return after


def with_regime(account: Account, regime: Regime) -> Account:
    """Return the account with the regime, unchecked: it was adopted once and is believed."""
    start = max(regime.start, account.conceived_on)
    kept = tuple(each for each in account.regimes if each.start < start)
    new = msgspec.structs.replace(regime, start=start if kept else account.conceived_on)
    return msgspec.structs.replace(account, regimes=(*kept, new))


def without(account: Account, transfer: str) -> Account:
    left = tuple(each for each in account.movements if each.transfer != transfer)
    return msgspec.structs.replace(account, movements=left)


def check(account: Account) -> None:
    """Replay everything; raises OwnershipReplayConflict where an account becomes negative on any day."""
    for regime, following in pairwise((*account.regimes, None)):
        assert regime is not None
        check_shares(_replay(regime, account, following.start - timedelta(days=1) if following else None))


def check_form(movement: Movement) -> None:
    amount = movement.amount
    if (amount.of_holding is None) == (amount.of_whole is None):
        raise AmountNotOne(expected="of_holding or of_whole", transfer=movement.transfer)
    ratio = _ratio(amount)
    if not 0 < ratio <= 1:
        raise AmountNotOne(expected="above 0/1, at most 1/1", got=format_ratio(ratio), transfer=movement.transfer)
    if movement.source == movement.to:
        raise TransferToItself(got=movement.to, transfer=movement.transfer)


def _replay(regime: Regime, account: Account, last: date | None) -> Shares:
    """Return what the regime's shares became by the transfers up to a day and on it.

    Transfers from before the regime's day count as well: its shares are those of conception.
    """
    held = {holder: parse_ratio(share) for holder, share in regime.shares.items()}
    # Sorting is stable: of one day, what was recorded first comes first.
    for movement in sorted(account.movements, key=lambda each: each.effective_on):
        if last is not None and movement.effective_on > last:
            break
        _post(held, movement, account.conceived_on)
    return held


def _post(held: Shares, movement: Movement, conceived_on: date) -> None:
    """Move shares: what leaves one holder reaches another, so that the sum stays what it was."""
    available, moved = held.get(movement.source, Fraction(0)), _ratio(movement.amount)
    if movement.effective_on < conceived_on:
        available = Fraction(0)  # nobody passes on what does not exist yet
    elif movement.amount.of_holding is not None:
        moved *= available
    if moved > available:
        raise OwnershipReplayConflict(
            transfer=movement.transfer,
            holder=movement.source,
            date=movement.effective_on.isoformat(),
            shortfall=format_ratio(moved - available),
        )
    for holder, change in ((movement.source, -moved), (movement.to, moved)):
        held[holder] = held.get(holder, Fraction(0)) + change
        if held[holder].denominator > FINEST:
            raise SharesTooFine(transfer=movement.transfer)
        if not held[holder]:
            del held[holder]


def _check_something_held(account: Account, movement: Movement) -> None:
    if movement.source not in holdings_on(account, movement.effective_on):
        raise InsufficientHolding(
            transfer=movement.transfer,
            holder=movement.source,
            date=movement.effective_on.isoformat(),
            shortfall=movement.amount.of_whole or "0/1",
            expected="a share",
            got="none",
        )


def _ratio(amount: Amount) -> Fraction:
    return parse_ratio(amount.of_holding or amount.of_whole or "0/1")
