"""Repeats of requests about people: an Idempotency-Key names one of them, and tells nobody what was said of whom.

The log keeps under a key which person its request was about. What the request said is known by a hash that is sealed
with the person's data: beside the key it would let anybody with a list of names find out whose name it was, and
outlast an erasure.
"""

import contextlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency

from services.agreements.errors import IdentifierTaken
from services.agreements.people.errors import PersonErased, PersonNotFound
from services.agreements.people.model import Person, PersonalData
from services.agreements.people.register import People
from shared.ids import new_id
from shared.log.handle import Handler, IdempotencyKeyReused
from shared.log.store import Append, IdempotencyKey, KeyedAnswer, KeyTaken
from shared.web.etag import Named
from shared.web.idempotency import fingerprint_of


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept under a key."""

    person: str


@dataclass(frozen=True)
class Answered:
    """A person as a request left them, whether they are new, and whether this repeats an answer that was given."""

    person: Person
    new: bool = False
    replayed: bool = False


@dataclass(frozen=True)
class Repeats:
    """What a request about people does the first time, and what is answered when it is repeated."""

    people: People
    handler: Handler
    # Without what the body says: that is `said`, which is only ever kept sealed. None where the caller names nothing.
    key: IdempotencyKey | None
    said: str | None

    async def add(self, party: str, person: str | None, data: PersonalData) -> Answered:
        """Add a person once under a key, under a pseudonym that is made here unless one is given."""
        claimed = await self._claimed()
        if claimed is None and person is None and self.key is not None:
            # Before anything is kept: broken off in between, the repeat goes on with this pseudonym.
            claimed = await self._claim(self.key, new_id("psn"))
        if claimed is not None:
            if person not in {None, claimed}:
                raise self._reused()
            return await self._go_on(party, claimed, data)
        added, new = await self.people.add(party, person or new_id("psn"), data, said=self.said)
        await self._name(added)
        return Answered(added, new)

    async def replace(self, party: str, person: str, data: PersonalData, if_match: Named | None) -> Answered:
        """Replace what is known once under a key, on a version that was seen."""
        if await self._claimed() is not None:
            return await self._again(party, person, data)
        replaced = await self.people.replace(party, person, data, if_match, said=self.said)
        await self._name(replaced)
        return Answered(replaced)

    async def erase(self, party: str, person: str, on: date) -> Answered:
        """Erase what is known, which a second time changes nothing whatever it is named."""
        replayed = await self._claimed() is not None
        erased = await self.people.erase(party, person, on)
        if not replayed:
            await self._name(erased)
        return Answered(erased, replayed=replayed)

    async def _go_on(self, party: str, person: str, data: PersonalData) -> Answered:
        """Add who was claimed, unless that has been done since."""
        with contextlib.suppress(PersonNotFound):
            return await self._again(party, person, data)
        try:
            added, new = await self.people.add(party, person, data, said=self.said)
        except IdentifierTaken:
            raise self._reused() from None
        return Answered(added, new)

    async def _again(self, party: str, person: str, data: PersonalData) -> Answered:
        """Return a person as they are known now, if this was said of them; what was replaced since is not kept."""
        known = await self.people.show(party, person)
        if known.secrets is None:
            raise PersonErased(person=person)
        if self.said not in known.secrets.said and known.secrets.data != data:
            raise self._reused()
        return Answered(known, replayed=True)

    async def _claimed(self) -> str | None:
        """Return whom the request of this name was about; raises IdempotencyKeyReused if it was another request."""
        if self.key is None:
            return None
        stored = await self.handler.store.find_answer(self.key.caller, self.key.key)
        if stored is None:
            return None
        if stored.fingerprint != self.key.fingerprint:
            raise self._reused()
        return msgspec.json.decode(stored.answer, type=_Kept).person

    async def _claim(self, key: IdempotencyKey, person: str, version: int = 1) -> str:
        """Keep whom the request of this name is about, and return it: another than this if it was faster."""
        if self.handler.keys:
            await self.handler.keys.admit(key.caller)
        kept = KeyedAnswer(key, msgspec.json.encode(_Kept(person)), version)
        try:
            await self.handler.store.append(Append((), keyed=kept))
        except KeyTaken:
            return await self._claimed() or person
        return person

    def _reused(self) -> IdempotencyKeyReused:
        return IdempotencyKeyReused(key=self.key.key if self.key else None)

    async def _name(self, person: Person) -> None:
        if self.key is not None:
            await self._claim(self.key, person.person, person.version)


def repeats(
    request: Request[Any, Any, Any],
    people: NamedDependency[People],
    handler: NamedDependency[Handler],
    idempotency: NamedDependency[IdempotencyKey | None],
) -> Repeats:
    """Provide `repeats: NamedDependency[Repeats]`."""
    if idempotency is None:
        return Repeats(people, handler, None, None)
    without_body = fingerprint_of(request.method, request.scope["path"], b"")
    return Repeats(people, handler, idempotency._replace(fingerprint=without_body), idempotency.fingerprint.hex())
