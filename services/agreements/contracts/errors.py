"""What is refused about agreements."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


class AgreementNotFound(NotFound):
    """There is no such agreement among those of the caller's party."""


class DrafterNotAParty(Forbidden):
    """An agreement is drafted by one of its own parties."""


class PartiesRepeated(Invalid):
    """A party is named once."""


class TooFewParties(Invalid):
    """It takes at least two parties."""


class PartyNotInAgreement(Invalid):
    """Whoever takes part in something under an agreement is one of its parties."""


class ConsentRuleIncomplete(Invalid):
    """A rule of notice or deemed consent says after how many days, a supermajority which part; no other rule does."""


class AgreementNotDraft(Conflict):
    """Terms are only changed while the agreement is a draft."""


class TermNotSupported(Invalid):
    """This release does not keep this term, so it must not be agreed; `key` names it."""


class AgreementNotProposed(Conflict):
    """An agreement is signed once it has been proposed."""


class TermsHashMismatch(Conflict):
    """The hash is not that of the terms that stand; read them again before signing."""


class PartyHasSigned(Conflict):
    """The party has signed, by another representative."""


class AgreementNotFullySigned(Conflict):
    """An agreement takes effect after every party has signed; `missing` names those that have not."""


class EffectiveDateNotReached(Conflict):
    """An agreement takes effect on the first day of its period, not before."""


class TermsIncomplete(Conflict):
    """An agreement is not activated while a consent or survival key is empty; `keys` names them."""


class AgreementNotActive(Conflict):
    """This needs an active agreement."""
