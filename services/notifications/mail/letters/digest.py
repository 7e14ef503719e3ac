"""A digest: several alerts as one person reads them by e-mail, in one letter."""

from datetime import datetime
from typing import Final, Self

import msgspec

from services.notifications.alerts import Alert
from services.notifications.mail.letters.content import (
    LONGEST_ID,
    LONGEST_NAME,
    Listed,
    Page,
    checked_link,
    headline_of,
    link_below,
    with_day,
)
from services.notifications.mail.letters.letter import Letter
from services.notifications.mail.letters.plain import plain, unlinked
from services.notifications.mail.letters.reading import WORDS
from services.notifications.rules.sources import OPERATOR
from shared.languages import Language

# All others are counted.
MOST_LISTED: Final = 50
INBOX: Final = "/v1/inbox"


class DigestLetter(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts of one recipient's as they are sent to one person at once. The same digest has the same bytes."""

    alerts: tuple[Alert, ...]
    """At least one, in the order in which they are listed; none of them has weight in law."""
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
    """Where one POST ends letters of this kind."""
    message_id: str
    """With its angle brackets; each attempt to send the digest has the same."""
    date: datetime

    @classmethod
    def of(cls, alerts: tuple[Alert, ...], letter: Letter) -> Self:
        """Return a digest to whoever a letter is to."""
        return cls(
            alerts=alerts,
            name=letter.name,
            address=letter.address,
            language=letter.language,
            sender=letter.sender,
            sender_name=letter.sender_name,
            portal_url=letter.portal_url,
            unsubscribe_url=letter.unsubscribe_url,
            message_id=letter.message_id,
            date=letter.date,
        )


def digest_page_of(digest: DigestLetter) -> Page:
    """Return what a digest says; raises LinkRefused where what it leads to could be no link."""
    words = WORDS[digest.language]
    frame, said, count = words.frame, words.digest, len(digest.alerts)
    name = unlinked(plain(digest.name, longest=LONGEST_NAME))
    recipient = digest.alerts[0].recipient
    headline = said.one if count == 1 else said.many.format(count=count)
    rest = count - MOST_LISTED
    unsubscribe_url = checked_link(digest.unsubscribe_url) if digest.unsubscribe_url is not None else ""
    return Page(
        language=digest.language,
        subject=headline,
        headline=headline,
        greeting=frame.greeting.format(name=name) if name else frame.greeting_without_name,
        paragraphs=(said.gathered,),
        asked_heading="",
        asked=(),
        read=said.read,
        link=link_below(digest.portal_url, INBOX),
        details=frame.details,
        facts=((frame.party, frame.operators if recipient == OPERATOR else plain(recipient, longest=LONGEST_ID)),),
        footer=(frame.why, said.why, frame.confidential, frame.no_reply),
        unsubscribe=frame.unsubscribe if unsubscribe_url else "",
        unsubscribe_url=unsubscribe_url,
        listed=tuple(
            Listed(
                with_day(alert, words, headline_of(alert, words), digest.date),
                said.asked if alert.needs_you else "",
                link_below(digest.portal_url, alert.link),
            )
            for alert in digest.alerts[:MOST_LISTED]
        ),
        rest=said.rest.format(count=rest) if rest > 0 else "",
    )
