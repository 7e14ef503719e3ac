"""Participants: how a party staffs a project is its own affair, what may win over its claim is not."""

from typing import Final

from services.notifications.rules.rule import Nobody, Rule, Rules
from services.notifications.rules.sources import ACTOR, PARTIES
from shared.events import participant

_OWN_AFFAIR: Final = Nobody("how a party staffs a project is its own affair")

RULES: Final[Rules] = {
    participant.ParticipantEngaged: _OWN_AFFAIR,
    # Signed earlier than what is known, it may win over it: the home party must not learn that from its lost share.
    # What decides who owns what has weight in law, as a deed of transfer has.
    participant.IpInstrumentRecorded: Rule("legal-critical", to=(PARTIES,), but=(ACTOR,)),
    participant.StudentConditionsRecorded: _OWN_AFFAIR,
    participant.ParticipantLeft: _OWN_AFFAIR,
}
