"""What is refused of answers to events about ownership."""

from shared.errors import Conflict, Invalid, NotFound


class NoSuchOwnershipEvent(NotFound):
    """The asset has no event with this id at this position that says who owns it."""


class HoldingsDiffer(Conflict):
    """These are not the holdings that stand by what was known at that position, so they cannot be accepted.

    `expected` is what stands on the day `on`; whoever holds to `got` contests.
    """


class NothingContested(Conflict):
    """These are the very holdings that stand by what was known at that position: nothing is contested by them."""


class NothingWorkedOut(Invalid):
    """The asset had holdings by then; `holdings` says what they are in the view of the caller's party."""
