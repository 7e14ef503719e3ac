"""Progress: the other parties of the project hear what one put in, reached or screened."""

from typing import Final

from services.notifications.rules.rule import Rule, Rules
from services.notifications.rules.sources import ACTOR, PARTIES
from shared.events import progress

RULES: Final[Rules] = {
    progress.ResourceCommitted: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    progress.MilestoneReached: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    progress.DeliverableAccepted: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    progress.ExportScreeningRecorded: Rule("info", to=(PARTIES,), but=(ACTOR,)),
}
