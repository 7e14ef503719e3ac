"""Projects: all that might take part are asked, those that do are told how it goes."""

from typing import Final

from services.notifications.rules.rule import Nobody, Rule, Rules
from services.notifications.rules.sources import ACTOR, AGREEMENTS_PARTIES, PARTIES
from shared.events import project

RULES: Final[Rules] = {
    project.ProjectReserved: Nobody("who may create it is told that the opportunity was accepted"),
    project.ProjectCreated: Rule("action", to=(PARTIES, AGREEMENTS_PARTIES), awaits=(PARTIES,)),
    project.ProjectApproved: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    project.ProjectStarted: Rule("info", to=(PARTIES,)),
    project.ProjectPaused: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    project.ProjectResumed: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    project.ProjectCompleted: Rule("info", to=(PARTIES,)),
    project.ProjectPeriodEnded: Rule("info", to=(PARTIES,)),
    project.ProjectCancelled: Rule("info", to=(PARTIES,)),
}
