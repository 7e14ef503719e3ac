"""The refusals that several slices share."""

from shared.errors import Conflict, Forbidden, Invalid


class IdentifierTaken(Conflict):
    """This id already names something else; choose another or leave it out to have one made."""


class RecordedOtherwise(Conflict):
    """This is recorded already, and otherwise than it is said now; `expected` is what is recorded."""


class IdsRepeated(Invalid):
    """A list names each thing once; `got` is what this one names again, and `at` is its path."""


class NotAProjectParty(Forbidden):
    """Only the parties of the project, and whoever holds a share of what it is about, may do this."""


class PeriodEmpty(Invalid):
    """A period must hold at least one day: `to` is the day after its last."""


class DayNotReached(Invalid):
    """What is recorded as done must not lie in the future."""


class AttestationNotAsked(Forbidden):
    """The terms ask parties with an interest in it for their attestation, not this one; `expected` names them."""


class FourEyesRequired(Forbidden):
    """The terms ask for four eyes: whoever recorded or proposed it may not also attest it."""


class AgreementNotActive(Conflict):
    """This needs an active agreement."""


class AgreementNotInEffect(Conflict):
    """This needs an agreement in effect on the day that it is about: it has taken effect by then and has not ended."""


class PartyHasLeft(Forbidden):
    """The party has left the agreement: it keeps what it holds and decides nothing new."""


class PartyIsInactive(Conflict):
    """The party is inactive: it keeps what it has and takes part in nothing new."""


class PowerMissing(Forbidden):
    """The party has named its representatives, and on this day this person has no such power; `expected` names it."""
