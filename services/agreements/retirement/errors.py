"""What is refused about giving inventions up."""

from shared.errors import Conflict, Forbidden


class OnlyHoldersRetire(Forbidden):
    """Whoever holds a share gives an invention up, or any party of its project while nobody holds one."""


class InventionIsDisputed(Conflict):
    """An invention is given up once no dispute about it is open; `disputes` names them."""


class RetirementIsProposed(Conflict):
    """It has been proposed already to give this invention up; consent to that or oppose it."""


class RetirementNotOpen(Conflict):
    """No proposal to give this invention up is open: it was opposed, or who holds the invention has changed since."""
