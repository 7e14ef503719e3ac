"""What is known of a person besides the pseudonym."""

from datetime import date

import msgspec

from shared.canonical import sha256_text


class PersonalData(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    email: str | None = None
    orcid: str | None = None

    def __repr__(self) -> str:
        return "PersonalData(...)"  # representations end up in logs and tracebacks


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What is sealed: the data, and the salt that makes a hash of an ORCID iD say nothing without it."""

    data: PersonalData
    salt: str

    def __repr__(self) -> str:
        return "Secrets(...)"

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
