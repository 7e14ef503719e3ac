"""Opportunities: those it was shared with, for that there is one is itself confidential to the others."""

from typing import Final

from services.notifications.rules.rule import Nobody, Rule, Rules, by_the_end_of
from services.notifications.rules.sources import ACTOR, OTHER_PARTIES, PARTIES
from shared.events import opportunity

RULES: Final[Rules] = {
    opportunity.OpportunityIdentified: Nobody("it is known to its own party alone until it is shared"),
    opportunity.OpportunityShared: Rule(
        "action",
        to=(PARTIES,),
        but=(ACTOR,),
        due=by_the_end_of("respond_by"),
        receipt=True,
        awaits=(OTHER_PARTIES,),
    ),
    opportunity.OpportunityReviewed: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    opportunity.OpportunityAccepted: Rule("info", to=(PARTIES,)),
    opportunity.OpportunityDeclined: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    opportunity.OpportunityLapsed: Rule("info", to=(PARTIES,)),
}
