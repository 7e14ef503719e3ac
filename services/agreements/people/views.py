"""A person as their home party sees them."""

from datetime import date

import msgspec

from services.agreements.people.model import Person
from shared.languages import Language


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """Once erased there is only the pseudonym and the day; `orcid_hash` is what a participant is engaged with."""

    person: str
    name: str | None
    """The person's name; null once it is erased."""
    email: str | None
    """The person's e-mail address; null where none is kept."""
    orcid: str | None
    orcid_hash: str | None
    language: Language | None
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
        language=secrets.data.language if secrets else None,
        erased_on=person.erased_on,
        version=person.version,
    )


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where and in which language a representative is written to."""

    party: str
    person: str
    name: str
    """The person's name, as its party keeps it."""
    email: str
    """The person's e-mail address."""
    language: Language

    def __repr__(self) -> str:
        return "Address(...)"  # representations end up in logs and tracebacks


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Those of the representatives asked for who are some today and have an address, in the order of the question."""

    addresses: tuple[Address, ...]


def address_of(party: str, person: Person) -> Address | None:
    """Return where a person is written to, if their party keeps that."""
    data = person.secrets.data if person.secrets else None
    if data is None or data.email is None:
        return None
    return Address(party=party, person=person.person, name=data.name, email=data.email, language=data.language)
