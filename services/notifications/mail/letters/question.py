"""The letter to the person named in a contribution: it asks whether what is recorded is so, and carries their link."""

from datetime import datetime

import msgspec

from services.notifications.mail.letters.content import (
    LONGEST_ID,
    LONGEST_NAME,
    Page,
    checked_link,
    moment,
)
from services.notifications.mail.letters.plain import plain, unlinked
from services.notifications.mail.letters.reading import WORDS
from shared.languages import Language


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a contributor is asked. The same question has the same bytes, whenever and wherever it is made."""

    contribution: str
    agreement: str
    recorded_by_party: str
    recorded_at: datetime
    corrected: bool
    """Whether it was recorded otherwise before."""
    link: str
    """A secret: whoever has it answers for the person."""
    expires_at: datetime
    name: str
    """The person's name as others are shown it; the empty text for none."""
    address: str
    language: Language
    sender: str
    """The address that it is from."""
    sender_name: str = "Moiety"
    message_id: str
    """With its angle brackets; each attempt to send the letter has the same."""
    date: datetime

    def __repr__(self) -> str:
        return "Question(...)"  # representations end up in logs and tracebacks


def asking_page(question: Question) -> Page:
    """Return what the letter says; raises LinkRefused where its link could be none."""
    words = WORDS[question.language]
    frame, said = words.frame, words.question
    name = unlinked(plain(question.name, longest=LONGEST_NAME))
    contribution, party, agreement = (
        plain(each, longest=LONGEST_ID)
        for each in (question.contribution, question.recorded_by_party, question.agreement)
    )
    subject = said.subject.format(contribution=contribution)
    happened = (said.corrected if question.corrected else said.recorded).format(party=party, contribution=contribution)
    facts = (
        (frame.about, f"{words.things['contribution']} {contribution}"),
        (frame.agreement, agreement),
        (said.recorded_by, party),
        (frame.recorded, moment(question.recorded_at, words)),
    )
    return Page(
        language=question.language,
        subject=subject,
        headline=subject,
        greeting=frame.greeting.format(name=name) if name else frame.greeting_without_name,
        paragraphs=(happened, said.asked),
        asked_heading=frame.what_to_do,
        asked=(said.until.format(instant=moment(question.expires_at, words)), said.free, said.private),
        read=said.read,
        link=checked_link(question.link),
        details=frame.details,
        facts=tuple((label, value) for label, value in facts if value),
        footer=(said.why, said.confidential, frame.no_reply),
        unsubscribe="",
        unsubscribe_url="",
    )
