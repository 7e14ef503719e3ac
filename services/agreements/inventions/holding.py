"""Who holds an invention, held it or may come to: it is theirs to read, whatever agreement they are in."""

from collections.abc import Iterable
from datetime import date

from services.agreements.contracts.model import Agreement
from services.agreements.inventions.model import Invention
from services.agreements.ownership.account import intervals_of


def holders_of(assets: Iterable[Invention]) -> set[str]:
    """Return who has a share on any day as it stands now, who waits for one, and to whom open shares would give one."""
    found: set[str] = set()
    for asset in assets:
        found.update(holder for _, shares in intervals_of(asset.account) for holder in shares)
        found.update(movement.to for movement in asset.account.movements)
        found.update(asset.open.shares if asset.open else ())
    return found


def concerned_by(assets: Iterable[Invention], agreement: Agreement) -> set[str]:
    """Return the same, whoever is asked for open shares, and whoever may still turn out to hold one of the assets.

    Those are its parties, as long as nobody holds it: of those that have left, what was conceived before.
    """
    assets = list(assets)
    asked = {party for asset in assets if asset.open for party in asset.open.attesting_parties}
    waiting = (asset for asset in assets if not asset.account.is_allocated)
    return holders_of(assets) | asked | {party for asset in waiting for party in parties_of(asset, agreement)}


def parties_of(asset: Invention, agreement: Agreement) -> tuple[str, ...]:
    """Return the parties of an invention without those that had left the agreement when it was conceived."""
    return tuple(party for party in asset.parties if not agreement.has_left(party, asset.conceived_on))


def parties_now(asset: Invention, agreement: Agreement, today: date) -> tuple[str, ...]:
    """Return the parties of an invention without those that have left the agreement and have no share to expect."""
    concerned = concerned_by([asset], agreement)
    return tuple(party for party in asset.parties if not agreement.has_left(party, today) or party in concerned)
