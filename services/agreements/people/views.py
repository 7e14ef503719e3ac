"""A person as their home party sees them."""

from datetime import date

import msgspec

from services.agreements.people.model import Person


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """Once erased there is only the pseudonym and the day; `orcid_hash` is what a participant is engaged with."""

    person: str
    name: str | None
    """The person's name; null once it is erased."""
    email: str | None
    """The person's e-mail address; null where none is kept."""
    orcid: str | None
    orcid_hash: str | None
    erased_on: date | None
    version: int


def view_of(person: Person) -> PersonView:
    secrets = person.secrets
    return PersonView(
        person=person.person,
        name=secrets.data.name if secrets else None,
        email=secrets.data.email if secrets else None,
        orcid=secrets.data.orcid if secrets else None,
        orcid_hash=secrets.orcid_hash if secrets else None,
        erased_on=person.erased_on,
        version=person.version,
    )
