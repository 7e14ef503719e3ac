"""What a party sends of its people."""

from typing import Annotated

from services.agreements.fields import Body, Id, Line
from shared.forms import form

Email = Annotated[
    str, form(r"[^@\s\u0000-\u001f]{1,64}@[^@\s\u0000-\u001f]{1,190}", "an e-mail address such as a@b.example")
]
Orcid = Annotated[str, form("[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]", "an ORCID iD such as 0000-0002-1825-0097")]


class PersonBody(Body, frozen=True, kw_only=True):
    name: Line
    """The person's name, kept beside the log."""
    email: Email | None = None
    orcid: Orcid | None = None


class AddPersonBody(PersonBody, frozen=True, kw_only=True):
    person: Id | None = None
    """The pseudonym the person is to have; without one it is given one."""
