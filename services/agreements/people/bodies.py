"""What a party sends of its people."""

from typing import Annotated, Final

from msgspec import Meta

from services.agreements.fields import Body, Id, Line
from shared.addresses import ADDRESS, LONGEST_ADDRESS
from shared.forms import form
from shared.languages import Language

# Strict: at any other address its party could be written to by nobody, and notice by e-mail would never begin a clock.
Email = Annotated[
    str, form(ADDRESS, "an e-mail address in ASCII such as a@b.example", "a@b.example", max_length=LONGEST_ADDRESS)
]
MOST_ADDRESSES: Final = 100
Orcid = Annotated[str, form("[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]", "an ORCID iD such as 0000-0002-1825-0097")]


class PersonBody(Body, frozen=True, kw_only=True):
    name: Line
    """The person's name, kept beside the log."""
    email: Email | None = None
    orcid: Orcid | None = None
    language: Language = Language.ENGLISH


class AddPersonBody(PersonBody, frozen=True, kw_only=True):
    person: Id | None = None
    """The pseudonym the person is to have; without one it is given one."""


class RepresentativeBody(Body, frozen=True, kw_only=True):
    party: Id
    person: Id


class AddressesBody(Body, frozen=True, kw_only=True):
    representatives: Annotated[tuple[RepresentativeBody, ...], Meta(min_length=1, max_length=MOST_ADDRESSES)]
    """The representatives whose addresses are asked for, each as its party's pseudonym."""
