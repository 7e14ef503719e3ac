"""Letters: an alert as one person reads it by e-mail, in its language. Nothing here sends or looks anything up."""

from services.notifications.mail.letters.digest import DigestLetter
from services.notifications.mail.letters.letter import Letter
from services.notifications.mail.letters.message import as_sent, ask, compose
from services.notifications.mail.letters.question import Question

__all__ = ["DigestLetter", "Letter", "Question", "as_sent", "ask", "compose"]
