"""A link as whoever hands it on is given it, once; and what was answered, as the parties see it."""

from datetime import date, datetime

import msgspec

from services.agreements.contributions.voices import Word
from shared.events.contribution import ContestGround
from shared.languages import Language


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """A private link, and to whom it is to be handed; it is told here, and again only for the same letter."""

    link: str
    """The link itself, a secret: whoever has it answers for the person. It is a path, to be put behind the address by
    which people reach agreements.
    """
    contribution: str
    party: str
    """The party that keeps the person's data."""
    person: str
    name: str
    """The person's name, as their party keeps it."""
    email: str | None
    """The person's e-mail address; null where none is kept."""
    language: Language
    """The language of the page."""
    expires_at: datetime
    """From when on the link opens nothing any more."""

    def __repr__(self) -> str:
        return "LinkView(...)"  # representations end up in logs and tracebacks


class VoiceView(msgspec.Struct, frozen=True, kw_only=True):
    """What the person named in a contribution says of what is recorded now."""

    contribution: str
    contributor: str
    content_hash: str
    word: Word | None
    """What they said: `CONFIRMED` or `CONTESTED`; null while they have said nothing of this content."""
    ground: ContestGround | None
    """Why they contest it; null where they do not."""
    proposed_points: str | None
    """The points that they would find right; null where they propose none."""
    proposed_conceived_on: date | None
    """The day of conception that they would find right; null where they propose none."""
    statement_hash: str | None
    """The hash of their own words, which the log has; null where they wrote none."""
    statement: str | None
    """The person's own words; null where they wrote none, and once the person's data is erased."""
