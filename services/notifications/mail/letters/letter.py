"""What a letter is made of: plain values, and nothing that is confidential but what the terms allow."""

from datetime import datetime

import msgspec

from services.notifications.alerts import Alert
from services.notifications.mail.letters.clock import Clock
from shared.languages import Language


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as it is sent to one person. The same letter has the same bytes, whenever and wherever it is made."""

    alert: Alert
    name: str
    """The person's name as others are shown it; the empty text for none."""
    address: str
    language: Language
    sender: str
    """The address that it is from."""
    sender_name: str = "Moiety"
    portal_url: str
    """Before the link of an alert, where a person reads what that leads to."""
    unsubscribe_url: str | None = None
    """Where one POST ends letters of this kind; of what cannot be muted it is left out, given or not."""
    message_id: str
    """With its angle brackets; each attempt to send the letter has the same."""
    date: datetime
    clock: Clock | None = None
    """For how long an answer counts, where that begins with notice and no day is known yet."""
    title: str | None = None
    """What that of which the alert is is called, if that is known."""
    may_name: bool = False
    """Whether the terms allow titles in letters: without that none is in it."""
