"""What open disputes forbid (R9)."""

from services.agreements.inventions.model import Invention, check_not_retired
from services.agreements.ownership.errors import AssetIsFrozen
from shared.events.terms import Act


def check_not_frozen(asset: Invention, act: Act) -> None:
    """Raise InventionIsRetired for what was given up, AssetIsFrozen if an open dispute forbids this act."""
    check_not_retired(asset)
    freezing = sorted(name for name, freeze in asset.disputes.items() if act in freeze.actions)
    if freezing:
        raise AssetIsFrozen(got=act, asset=asset.invention, disputes=freezing)
