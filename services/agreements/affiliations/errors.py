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
    """An affiliation ends on a day after its first, and not after the end that was declared.

    One that its two ends have declared may end on its first day, too.
    """


class TooManyAffiliations(Conflict):
    """At most 5000 affiliations are kept."""


class DeclarationNotFound(NotFound):
    """There is no such declaration, or it is not about the caller's party."""


class NotAnEnd(Forbidden):
    """A party declares affiliations of its own: it is the parent, or the child."""


class BeginsBeforeDeclared(Invalid):
    """What a party declares begins on the day of its declaration or later; of an earlier day an operator declares."""


class OwnDeclaration(Forbidden):
    """Whoever declares an affiliation withdraws it; confirming or declining is for its other end."""


class NotWhoDeclared(Forbidden):
    """Only whoever declared it withdraws a declaration; its other end declines."""


class DeclarationDecided(Conflict):
    """This declaration is confirmed, declined, withdrawn or lapsed already."""


class ConfirmationOverdue(Conflict):
    """The day by which this declaration was to be confirmed is over: declare it anew, or ask an operator."""


class TooManyOfTwo(Conflict):
    """Of two organisations at most 20 affiliations are entered by their own declarations."""


class ControlTooSmall(Invalid):
    """What two organisations declare themselves is control by more than half; by less an operator declares."""


class DeclarationWaits(Conflict):
    """Of these two, this way round, something is declared and not answered yet; `declaration` names it."""


class TooManyUnanswered(Conflict):
    """At most 50 declarations of a party wait for an answer; withdraw one."""


class DeclarationNotConfirmed(Conflict):
    """Nothing has come of this declaration that could end."""


class EndsBeforeToday(Invalid):
    """What its two ends have declared they end from today or a later day on; of an earlier day an operator says so."""


class DeclaredByOperator(Conflict):
    """An operator has declared this affiliation as well, and ends it."""
