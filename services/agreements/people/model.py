"""What is known of a person besides the pseudonym."""

from datetime import date
from typing import Final

import msgspec

from shared.canonical import sha256_text
from shared.languages import Language

_REMEMBERED: Final = 100


class PersonalData(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    email: str | None = None
    orcid: str | None = None
    language: Language = Language.ENGLISH

    def __repr__(self) -> str:
        return "PersonalData(...)"  # representations end up in logs and tracebacks


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What is sealed: the data, and the salt that makes a hash of an ORCID iD say nothing without it."""

    data: PersonalData
    salt: str
    # By hash, the newest of the named requests that said something of this person: a repeat of one is known by it.
    said: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Secrets(...)"

    def having_said(self, said: str | None) -> "Secrets":
        """Return the same with one more request that said something of the person."""
        return self if said is None else msgspec.structs.replace(self, said=(*self.said, said)[-_REMEMBERED:])

    @property
    def orcid_hash(self) -> str | None:
        """Return what may stand in an event: there are few enough ORCID iDs to try them all, but not with the salt."""
        if self.data.orcid is None:
            return None
        return sha256_text(f"{self.salt}\n{self.data.orcid}".encode())


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person as their home party knows them; `secrets` is None once erased."""

    person: str
    secrets: Secrets | None
    erased_on: date | None
    version: int
