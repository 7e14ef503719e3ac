"""Who holds what an act is about, on which day, and who else it concerns."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Protocol

from services.agreements.ownership.account import Account, Shares, holdings_on, intervals_of
from shared.ids import is_person


class Held(Protocol):
    """What is held in shares, and the parties of the project that it came from."""

    @property
    def parties(self) -> tuple[str, ...]: ...
    @property
    def account(self) -> Account: ...


def shares_on(asset: Held, day: date) -> Shares:
    """Return who has how large a say on a day: by shares.

    While nobody holds any, the parties of the project alike: any of them may turn out to be a holder.
    """
    alike = Fraction(1, len(asset.parties))
    return holdings_on(asset.account, day) or dict.fromkeys(asset.parties, alike)


def shares_from(asset: Held, day: date) -> list[Shares]:
    """Return who has how large a say on a day, and on each later one from which that changes, as recorded by now."""
    later = [shares for start, shares in intervals_of(asset.account) if start > day]
    return [shares_on(asset, day), *later]


def holders_on(assets: Iterable[Held], day: date) -> set[str]:
    """Return who holds a share of one of the assets on a day."""
    return {holder for asset in assets for holder in holdings_on(asset.account, day)}


def holders_ever(assets: Iterable[Held]) -> set[str]:
    """Return who holds a share of one of the assets on any day, as it stands now."""
    return {holder for asset in assets for _, shares in intervals_of(asset.account) for holder in shares}


def acquirers(assets: Iterable[Held]) -> set[str]:
    """Return to whom shares of one of the assets were given: by the adoption that was last, or by any transfer."""
    accounts = [asset.account for asset in assets]
    adopted = {holder for account in accounts for regime in account.regimes[-1:] for holder in regime.shares}
    return adopted | {movement.to for account in accounts for movement in account.movements}


def concerned(assets: Iterable[Held], holders: Iterable[str]) -> tuple[str, ...]:
    """Return the parties of the assets' projects and those of the holders that are parties, in ascending order.

    A person who holds something is not among them: persons have no portal and no inbox.
    """
    parties = {party for asset in assets for party in asset.parties}
    return tuple(sorted(parties | {holder for holder in holders if not is_person(holder)}))
