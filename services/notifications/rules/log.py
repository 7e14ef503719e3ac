"""The log itself: that it went on without what had been published is for whoever keeps it to act on."""

from typing import Final

from services.notifications.rules.rule import Rule, Rules
from services.notifications.rules.sources import OPERATORS
from shared.events import log

RULES: Final[Rules] = {
    log.LogContinued: Rule("legal-critical", to=(OPERATORS,)),
}
