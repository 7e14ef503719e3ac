"""What is refused about affiliations."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


class AffiliationNotFound(NotFound):
    """No such affiliation has been declared."""


class NotRepresented(Forbidden):
    """A party speaks for itself, and for an organisation that is under its control on that day."""


class OwnParent(Invalid):
    """No organisation is its own affiliate."""


class AffiliationCycle(Conflict):
    """On some day of this period the parent would be under the child's control; `through` names the way there."""


class AccrualParentTaken(Conflict):
    """On some day of this period the shares of this child already accrue to another parent; `parent` names it."""


class AffiliationDeclaredAlready(Conflict):
    """These two are affiliated on some day of this period already; end that first."""


class ControlRatioInvalid(Invalid):
    """A part of control is above 0/1 and at most 1/1."""


class AffiliationEndInvalid(Invalid):
    """An affiliation ends on a day after its first, and not after the end that was declared."""


class TooManyAffiliations(Conflict):
    """At most 5000 affiliations are kept."""
