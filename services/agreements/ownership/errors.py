"""What is refused about the ownership of an asset."""

from shared.errors import Conflict, Invalid


class OwnershipReplayConflict(Conflict):
    """An account would become negative: a transfer that stands passes on more than its holder would have had."""


class InsufficientHolding(Conflict):
    """Nobody passes on more than they hold on that day."""


class AmountNotOne(Invalid):
    """How much passes is a fraction of the holding or of the whole: one of them, above 0/1 and at most 1/1."""


class TransferToItself(Invalid):
    """A holder passes on to somebody else."""


class AssetIsFrozen(Conflict):
    """A dispute forbids this act until it ends; `disputes` names it."""
