"""Background: the parties agree on what is whose; access is between its owner and whoever asks."""

from typing import Final

from services.notifications.rules.rule import Rule, Rules, named
from services.notifications.rules.sources import ACTOR, OTHER_PARTIES, PARTIES
from shared.events import background

OWNER: Final = named("owner_party")
WHOEVER_ASKED: Final = named("to_party")

RULES: Final[Rules] = {
    background.BackgroundDeclared: Rule("action", to=(PARTIES,), but=(ACTOR,), awaits=(OTHER_PARTIES,)),
    background.BackgroundAgreed: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    background.BackgroundContested: Rule("action", to=(PARTIES,), but=(ACTOR,), receipt=True),
    background.BackgroundRestricted: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    background.BackgroundWithdrawn: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    background.AccessRequested: Rule("action", to=(OWNER,), awaits=(OWNER,)),
    background.AccessGranted: Rule("info", to=(WHOEVER_ASKED,)),
    background.AccessRefused: Rule("info", to=(WHOEVER_ASKED,)),
    background.AccessEnded: Rule("info", to=(WHOEVER_ASKED,)),
}
