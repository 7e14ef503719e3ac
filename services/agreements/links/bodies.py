"""What is sent to issue a link, and what the page's forms send."""

from datetime import date
from typing import Annotated

from services.agreements.fields import Body, HashText, Id, Paragraph
from shared.events.contribution import ContestGround
from shared.forms import form
from shared.languages import Language

# As people write points: `5`, or `5/2`.
Points = Annotated[str, form("(0|[1-9][0-9]*)(/[1-9][0-9]*)?", "a number such as 5, or a fraction", max_length=40)]


# Whoever sends a letter names it by what nobody else knows: who knows it is told its link again.
LetterName = Annotated[str, form("[0-9a-f]{64}", "64 lower-case hexadecimal digits, drawn at random")]


class IssueLinkBody(Body, frozen=True, kw_only=True):
    contribution: Id
    language: Language | None = None
    """The language of the page; without one, that in which the person is written to."""
    content_hash: HashText | None = None
    """Of what the person is to be asked; without one, of whatever stands recorded."""
    letter: LetterName | None = None
    """The letter by which it is sent, under a name that its sender drew: sent again it has the same link."""


class ConfirmForm(Body, frozen=True, kw_only=True):
    form: str


class ContestForm(ConfirmForm, frozen=True, kw_only=True):
    ground: ContestGround
    proposed_points: Points | None = None
    proposed_conceived_on: date | None = None
    statement: Paragraph | None = None

    @property
    def points(self) -> str | None:
        """Return the points as they are recorded."""
        said = self.proposed_points
        return said if said is None or "/" in said else f"{said}/1"
