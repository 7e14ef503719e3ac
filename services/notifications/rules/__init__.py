"""Of what whom is told: a module for every module of published events, with one rule for each event in it."""

from typing import Final

from services.notifications.rules import (
    acknowledgement,
    affiliation,
    agreement,
    background,
    contribution,
    dispute,
    invention,
    licence,
    log,
    notice,
    opportunity,
    participant,
    party,
    progress,
    project,
    retirement,
    transfer,
)
from services.notifications.rules.rule import Rules

RULES: Final[Rules] = {
    **acknowledgement.RULES,
    **affiliation.RULES,
    **agreement.RULES,
    **background.RULES,
    **contribution.RULES,
    **dispute.RULES,
    **invention.RULES,
    **licence.RULES,
    **log.RULES,
    **notice.RULES,
    **opportunity.RULES,
    **participant.RULES,
    **party.RULES,
    **progress.RULES,
    **project.RULES,
    **retirement.RULES,
    **transfer.RULES,
}
