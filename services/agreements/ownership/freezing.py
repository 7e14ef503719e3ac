"""What open disputes forbid (R9)."""

from services.agreements.inventions.model import Invention
from services.agreements.ownership.errors import AssetIsFrozen
from shared.contracts.terms import Act


def check_not_frozen(asset: Invention, act: Act) -> None:
    """Raise AssetIsFrozen if an open dispute forbids this act."""
    freezing = sorted(name for name, freeze in asset.disputes.items() if act in freeze.actions)
    if freezing:
        raise AssetIsFrozen(got=act, asset=asset.invention, disputes=freezing)
