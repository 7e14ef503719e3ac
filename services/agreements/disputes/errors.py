"""What is refused about disputes."""

from shared.errors import Conflict, Forbidden, NotFound


class DisputeNotFound(NotFound):
    """There is no such dispute that the caller's party may see."""


class DisputeIsOpen(Conflict):
    """The asset is in a dispute of this kind already; file a position in that one."""


class DisputeIsOver(Conflict):
    """The dispute has ended."""


class EvidenceTooLate(Conflict):
    """Evidence is taken until the ladder's step is over."""


class NotTheClaimant(Forbidden):
    """Only the party that opened a dispute may withdraw it."""


class StepNotReached(Conflict):
    """The ladder has not come to the step that gives this kind of outcome."""


class ResolutionNotProposed(Conflict):
    """No outcome with this hash waits to be confirmed."""
