"""The register of people: what a party knows of its own, kept, shown, replaced and erased."""

from collections.abc import Sequence
from datetime import date

import msgspec

from services.agreements.errors import IdentifierTaken
from services.agreements.people.errors import OrcidInvalid, PeopleUnavailable, PersonErased, PersonNotFound
from services.agreements.people.model import Person, PersonalData, Secrets
from services.agreements.people.sealing import MasterKey, salted
from services.agreements.people.store import PeopleStore, StoredPerson
from shared.identifiers import is_orcid
from shared.log.handle import VersionMismatch, check_version
from shared.web.etag import Named, decided_on


class People:
    """What is known of people, a party at a time: whoever asks says for which, and finds only that party's."""

    def __init__(self, store: PeopleStore, master: MasterKey | None) -> None:
        self._store = store
        self._given = master

    async def add(self, party: str, person: str, data: PersonalData, *, said: str | None = None) -> tuple[Person, bool]:
        """Return the person and whether they are new; raises IdentifierTaken, PersonErased, OrcidInvalid.

        `said` is the hash of the request, where its caller named it.
        """
        _check(data)
        wrapped = self._master.new_key(party, person)
        sealed = self._master.seal(salted(data).having_said(said), wrapped, party, person, version=1)
        if await self._store.add(party, person, sealed=sealed, wrapped=wrapped):
            return await self.show(party, person), True
        known = await self.show(party, person)
        if known.secrets is None:
            raise PersonErased(person=person)
        if known.secrets.data != data:
            raise IdentifierTaken(person=person)
        return known, False

    async def show(self, party: str, person: str) -> Person:
        """Return a person; of one who was erased that they were. Raises PersonNotFound, PersonUnreadable."""
        return self._shown(await self._row(party, person), party, person)

    async def of_party(self, party: str, *, after: str, limit: int) -> Sequence[Person]:
        """Return a party's people above a pseudonym, in the order of theirs; raises PersonUnreadable."""
        rows = await self._store.of_party(party, after=after, limit=limit)
        return [self._shown(row, party, person) for person, row in rows.items()]

    async def replace(
        self, party: str, person: str, data: PersonalData, if_match: Named | None, *, said: str | None = None
    ) -> Person:
        """Replace what is known; the salt stays, so that an ORCID iD goes on having one hash.

        What is known already is nothing to do, whatever the version, as it is of any command.
        """
        _check(data)
        row = await self._row(party, person)
        versions = decided_on(if_match)
        secrets = self._opened(row, party, person)
        if secrets is None or row.wrapped is None:
            raise PersonErased(person=person)
        if secrets.data == data:
            return await self.show(party, person)
        check_version(row.version, versions, person=person)
        after = msgspec.structs.replace(secrets, data=data).having_said(said)
        sealed = self._master.seal(after, row.wrapped, party, person, version=row.version + 1)
        if not await self._store.replace(party, person, version=row.version, sealed=sealed):
            stands = (await self._row(party, person)).version
            raise VersionMismatch(expected=stands, got=row.version, person=person)
        return await self.show(party, person)

    async def erase(self, party: str, person: str, on: date) -> Person:
        """Make what is known unreadable for ever, and remove it; of one erased before nothing changes."""
        await self._row(party, person)
        await self._store.erase(party, person, on)
        return await self.show(party, person)

    async def seal_words(self, party: str, person: str, words: str, about: str) -> bytes:
        """Encrypt what a person wrote, to be unreadable once they are erased; raises PersonErased, PersonNotFound."""
        return self._master.seal_words(words, await self._key(party, person), party, person, about)

    async def open_words(self, party: str, person: str, sealed: bytes, about: str) -> str:
        """Decrypt what a person wrote; raises PersonErased, PersonNotFound, PersonUnreadable."""
        return self._master.open_words(sealed, await self._key(party, person), party, person, about)

    async def secret(self, party: str, person: str, about: str) -> bytes:
        """Return 32 bytes that the person's key makes of this, the same each time and never again once they are erased.

        Raises PersonErased, PersonNotFound, PersonUnreadable.
        """
        return self._master.secret(await self._key(party, person), party, person, about)

    async def _key(self, party: str, person: str) -> bytes:
        row = await self._row(party, person)
        if row.wrapped is None:
            raise PersonErased(person=person)
        return row.wrapped

    @property
    def _master(self) -> MasterKey:
        if self._given is None:
            raise PeopleUnavailable(reason="MOIETY_PEOPLE_KEY is not set")
        return self._given

    async def _row(self, party: str, person: str) -> StoredPerson:
        row = await self._store.find(party, person)
        if row is None:
            raise PersonNotFound(person=person)
        return row

    def _shown(self, row: StoredPerson, party: str, person: str) -> Person:
        secrets = self._opened(row, party, person)
        return Person(person=person, secrets=secrets, erased_on=row.erased_on, version=row.version)

    def _opened(self, row: StoredPerson, party: str, person: str) -> Secrets | None:
        if row.sealed is None or row.wrapped is None:
            return None
        return self._master.open(row.sealed, row.wrapped, party, person, row.version)


def _check(data: PersonalData) -> None:
    if data.orcid is not None and not is_orcid(data.orcid):
        raise OrcidInvalid
