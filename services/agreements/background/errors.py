"""What is refused about background."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


class BackgroundNotFound(NotFound):
    """There is no such background in the agreements of the caller's party."""


class ReferenceEmpty(Invalid):
    """A reference has at least one letter or digit: it is what tells one item from another."""


class BackgroundDeclaredAlready(Conflict):
    """The party has declared this item, otherwise; it may restrict or withdraw it."""


class NotTheOwner(Forbidden):
    """Only the party that declared an item restricts it, withdraws it and decides who uses it."""


class OwnBackground(Forbidden):
    """The party declared this item itself: it neither agrees to it nor asks for it."""


class BackgroundIsContested(Conflict):
    """Whose background this is, is contested; `by` names the parties that contest it."""


class BackgroundIsWithdrawn(Conflict):
    """The item is withdrawn from that day on."""


class BackgroundWithdrawalBackdated(Invalid):
    """Background is withdrawn from today or a later day on, never for the past."""


class PurposeExcluded(Conflict):
    """The owner has excluded access to this item for this purpose."""


class NeededForUnknown(Conflict):
    """Access is asked for to implement a project, or to exploit an invention, of this agreement."""


class AccessOutsideProject(Invalid):
    """Access to implement a project is granted for days of the project."""


class ExploitationRequestsOver(Conflict):
    """The terms set how long after its end access to exploit may be asked for, and that time is over."""


class AccessRequestUnknown(NotFound):
    """There is no such request for this item."""


class AccessDecided(Conflict):
    """The request has been decided already; `got` says how."""


class NotTheirAccess(Forbidden):
    """Only the party that may use an item gives its access up."""


class AccessNotGranted(Conflict):
    """There is no access that could end."""


class AccessEndBackdated(Invalid):
    """Access is given up from today or a later day on."""


class TooManyRequests(Conflict):
    """An item has at most 500 requests."""
