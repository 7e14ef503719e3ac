"""What is refused about disputes."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


class DisputeNotFound(NotFound):
    """There is no such dispute that the caller's party may see."""


class DisputeIsOpen(Conflict):
    """The asset is in a dispute of this kind already; file a position in that one."""


class PositionOrContest(Invalid):
    """A dispute is opened with a position, or with what the party has answered to a contested event: one of the two."""


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


class OutcomeIsPending(Conflict):
    """An outcome that one side laid down is pending: confirm it, object to it, or have it withdrawn."""


class ObjectionTooLate(Conflict):
    """The days in which one could object to the outcome are over, so that it binds."""


class OutcomeIsAgreed(Conflict):
    """A settlement needs everybody's word: who does not want it does not confirm it."""


class OutcomeIsConfirmed(Conflict):
    """Whoever has confirmed an outcome does not object to it."""


class NotAffected(Forbidden):
    """Only whom an outcome waits for may object to it; `expected` names them."""


class NotTheRegistrar(Forbidden):
    """Only the registrar that the terms named when an outcome was laid down may decline it."""


class RegistrarNotAsked(Conflict):
    """A registrar confirms what one side laid down, or a settlement that a person has signed, and no other."""


class RegistrarNotNeutral(Forbidden):
    """The registrar is no longer active, or by now in the agreement, itself or through an affiliate."""


class NotLaidDownByYou(Forbidden):
    """Only whoever laid an outcome down may withdraw it."""
