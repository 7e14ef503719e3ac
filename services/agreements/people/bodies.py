"""What a party sends of its people."""

from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, Id, Line

Email = Annotated[str, Meta(pattern=r"^[^@\s\u0000-\u001f]{1,64}@[^@\s\u0000-\u001f]{1,190}(?!\n)$")]
Orcid = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X](?!\n)$")]


class PersonBody(Body, frozen=True, kw_only=True):
    name: Line
    email: Email | None = None
    orcid: Orcid | None = None


class AddPersonBody(PersonBody, frozen=True, kw_only=True):
    person: Id | None = None
