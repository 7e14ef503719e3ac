"""A private link, and what it shows: what is recorded of one person's work, and nothing of anybody else."""

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec

from services.agreements.contributions.model import Contribution
from services.agreements.contributions.voices import Spoken
from shared.canonical import content_hash
from shared.events.contribution import ContributionContent
from shared.events.invention import Derivation
from shared.languages import Language

# What begins with it in an address is a secret, which no log line repeats.
SECRET_MARK: Final = "~"  # noqa: S105  # no secret itself
PATH: Final = "/voice"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Who may answer by a link, about what, in which language and until when."""

    contribution: str
    party: str
    person: str
    content_hash: str
    language: Language
    expires_at: datetime
    form_key: bytes
    answered_at: datetime | None = None

    def __repr__(self) -> str:
        return "Link(...)"  # representations end up in logs and tracebacks


class ElementPart(msgspec.Struct, frozen=True, kw_only=True):
    """What the person has of an element: the element's part of the invention, and the person's part of that."""

    element: str
    element_share: str
    person_share: str


class OwnPart(msgspec.Struct, frozen=True, kw_only=True):
    """The person's part of a derivation."""

    determination: str
    share: str
    elements: tuple[ElementPart, ...]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly what a person is shown; its hash goes into the event of the answer."""

    content: ContributionContent
    project_title: str
    invention_title: str | None
    part: OwnPart | None

    @property
    def hash(self) -> str:
        return content_hash(self)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind a link that opens something."""

    link: Link
    contribution: Contribution
    shown: Shown
    spoken: Spoken | None


def token_hash(token: str) -> bytes:
    """Return what is kept of a token; it is long and random, so one round is enough."""
    return sha256(f"moiety/contributor-link/{token}".encode()).digest()


def address_of(token: str) -> str:
    """Return the path at which a link is answered."""
    return f"{PATH}/{SECRET_MARK}{token}"


def form_token(link: Link, shown: Shown) -> str:
    """Return what proves that an answer comes from the page that showed exactly this; good for the one answer."""
    return hmac.new(link.form_key, f"{link.contribution}\n{shown.hash}".encode(), sha256).hexdigest()


def is_of_the_form(given: str, link: Link, shown: Shown) -> bool:
    return hmac.compare_digest(given.encode(), form_token(link, shown).encode())


def own_part(person: str, determination: str, derivation: Derivation) -> OwnPart | None:
    """Return what a derivation says of one person, without what it says of others."""
    share = next((each.share for each in derivation.people if each.person == person), None)
    if share is None:
        return None
    return OwnPart(
        determination=determination,
        share=share,
        elements=tuple(
            ElementPart(element=each.element, element_share=each.share, person_share=each.contributors[person])
            for each in derivation.elements
            if person in each.contributors
        ),
    )
