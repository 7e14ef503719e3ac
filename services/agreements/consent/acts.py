"""The acts that holders have a say in, as data: how each is asked for, and by which rule of the terms or the law."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from services.agreements.consent.errors import ConsentRuleNotSupported
from shared.events.law import agreed_consent
from shared.events.terms import Act, ConsentRule, Terms

# The day from which an act holds, and the day on which it is decided whether it may be.
Day = Literal["FIRST", "DECISION"]
# Where the rule is LEAD_DEEMED: it consents once the time to refuse is over; or carries the act out by itself on the
# day after, so that no decision counts it; or this release refuses to apply the rule.
LeadDeemed = Literal["CONSENTS", "CARRIES_OUT", "NOT_SUPPORTED"]

FREE: Final = ConsentRule(rule="NONE")
EVERYBODY: Final = ConsentRule(rule="UNANIMOUS")


class Procedure(NamedTuple):
    """How the holders are asked about an act: the usual, where an act says nothing else."""

    # By whose shares the rule is met.
    shares_of: Day = "DECISION"
    # Which days must not come before the notice is over.
    after_notice: frozenset[Day] = frozenset({"FIRST", "DECISION"})
    silence: LeadDeemed = "CONSENTS"
    # What is asked where neither the terms nor the law say; None: nothing is done by guess.
    unsaid: ConsentRule | None = None
    # Whether the rule has to be met at all.
    is_asked: bool = True
    # Whether there is no way back, so that it has to be met by the shares of every later day, too: whoever has sold
    # everything from next year on must not decide alone what its buyer will hold.
    is_final: bool = False


USUAL: Final = Procedure()
LICENSING: Final = Procedure(silence="NOT_SUPPORTED")
# Everybody is asked where the terms are from before they had to say what abandoning takes.
ABANDONING: Final = Procedure(silence="CARRIES_OUT", unsaid=EVERYBODY, is_final=True)
# A person's deed is not an act of a holder under the terms: it mends what the person should have assigned.
MENDING: Final = Procedure(is_asked=False)

ACTS: Final[Mapping[Act, Procedure]] = MappingProxyType(
    {
        "OWN_USE": USUAL,
        "NON_EXCLUSIVE": LICENSING,
        "SOLE": LICENSING,
        "EXCLUSIVE": LICENSING,
        "ASSIGN": USUAL,
        "ASSIGN_AFFILIATE": USUAL,
        "CHARGE": USUAL,
        "ENFORCE": USUAL,
        "ABANDON": ABANDONING,
    }
)


def rule_of(act: Act, terms: Terms, *, agreement: str) -> ConsentRule:
    """Return what the terms ask for an act, or the chosen law where they are silent; raises ConsentRuleNotSupported."""
    agreed: ConsentRule | None = getattr(agreed_consent(terms), act.lower())
    rule = agreed or ACTS[act].unsaid
    if rule is None:
        raise ConsentRuleNotSupported(expected=f"a rule for {act}", got="none", agreement=agreement)
    return rule
