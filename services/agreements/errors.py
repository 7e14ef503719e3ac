"""The refusals that several slices share."""

from shared.errors import Conflict, Forbidden, Invalid


class IdentifierTaken(Conflict):
    """This id already names something else; choose another or leave it out to have one made."""


class NotAProjectParty(Forbidden):
    """Only the parties of the project may do this."""


class PeriodEmpty(Invalid):
    """A period must hold at least one day: `to` is the day after its last."""


class DayNotReached(Invalid):
    """What is recorded as done must not lie in the future."""


class AttestationNotAsked(Forbidden):
    """The terms ask parties with an interest in it for their attestation, not this one; `expected` names them."""


class FourEyesRequired(Forbidden):
    """The terms ask for four eyes: whoever recorded or proposed it may not also attest it."""
