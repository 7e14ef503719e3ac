"""Who holds an invention, held it or may come to: it is theirs to read, whatever agreement they are in."""

from collections.abc import Iterable

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
