"""Where personal data lies, encrypted: two tables of the agreements database, and nothing of them in the log."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple, Self

import asyncpg

from services.agreements.people.errors import PeopleUnavailable
from shared.database import Database, Pool

_FIND: Final = """
    SELECT version, sealed, erased_on, wrapped
    FROM person LEFT JOIN person_key USING (party, person)
    WHERE party = $1 AND person = $2
"""

_LIST: Final = """
    SELECT person, version, sealed, erased_on, wrapped
    FROM person LEFT JOIN person_key USING (party, person)
    WHERE party = $1 AND person > $2 ORDER BY person LIMIT $3
"""

_ADD: Final = """
    WITH added AS (
        INSERT INTO person (party, person, version, sealed) VALUES ($1, $2, 1, $3)
        ON CONFLICT DO NOTHING RETURNING party, person
    ), keyed AS (
        INSERT INTO person_key (party, person, wrapped) SELECT party, person, $4 FROM added
    )
    SELECT count(*) FROM added
"""

_REPLACE: Final = """
    UPDATE person SET version = version + 1, sealed = $4
    WHERE party = $1 AND person = $2 AND version = $3 AND erased_on IS NULL
"""

# The key goes first: from then on what is left, wherever it is left, cannot be read.
_DROP_KEY: Final = "DELETE FROM person_key WHERE party = $1 AND person = $2"
_ERASE: Final = """
    UPDATE person SET version = version + 1, sealed = NULL, erased_on = $3
    WHERE party = $1 AND person = $2 AND erased_on IS NULL
"""

# By which somebody could still be answered for, and what they wrote.
_DROP_LINKS: Final = "DELETE FROM contributor_link WHERE party = $1 AND person = $2"
_DROP_STATEMENTS: Final = "DELETE FROM contributor_statement WHERE party = $1 AND person = $2"

_KEYS: Final = """
    SELECT party, person, wrapped FROM person_key
    WHERE (party, person) > ($1, $2) ORDER BY party, person LIMIT $3
"""

# Only what is still as it was read: a key that was erased meanwhile must not come back.
_REWRAP: Final = """
    UPDATE person_key SET wrapped = rewrapped.anew
    FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[]) AS rewrapped (party, person, wrapped, anew)
    WHERE (person_key.party, person_key.person, person_key.wrapped)
        = (rewrapped.party, rewrapped.person, rewrapped.wrapped)
"""


class WrappedKey(NamedTuple):
    """A person's key, wrapped."""

    party: str
    person: str
    wrapped: bytes


class Rewrapped(NamedTuple):
    """The same, and the key wrapped anew."""

    party: str
    person: str
    wrapped: bytes
    anew: bytes


class StoredPerson(NamedTuple):
    """A row and its key; both `sealed` and `wrapped` are None of somebody who was erased."""

    version: int
    sealed: bytes | None
    erased_on: date | None
    wrapped: bytes | None


class PeopleStore:
    """The tables `person` and `person_key`; everything raises PeopleUnavailable when the database does not answer."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, dsn: str, *, password: str | None) -> AsyncIterator[Self]:
        """Prepare; connections are made when they are needed."""
        async with Database(dsn, password, PeopleUnavailable).pool(at_once=False, most=2) as pool:
            yield cls(pool)

    async def find(self, party: str, person: str) -> StoredPerson | None:
        with unquoted():
            rows = await self._pool.fetch(_FIND, party, person)
        return StoredPerson(**rows[0]) if rows else None

    async def of_party(self, party: str, *, after: str, limit: int) -> dict[str, StoredPerson]:
        """Return a party's people above a pseudonym by theirs, in order."""
        with unquoted():
            rows = await self._pool.fetch(_LIST, party, after, limit)
        return {person: StoredPerson(*rest) for person, *rest in rows}

    async def add(self, party: str, person: str, *, sealed: bytes, wrapped: bytes) -> bool:
        """Add a person at version 1, unless the party knows that pseudonym already."""
        with unquoted():
            async with self._pool.transaction() as connection:
                return bool(await connection.fetchval(_ADD, party, person, sealed, wrapped))

    async def replace(self, party: str, person: str, *, version: int, sealed: bytes) -> bool:
        """Replace what a version holds, unless it is another's or erased by now."""
        with unquoted():
            async with self._pool.transaction() as connection:
                done = await connection.execute(_REPLACE, party, person, version, sealed)
        return bool(done == "UPDATE 1")

    async def erase(self, party: str, person: str, on: date) -> None:
        """Remove the key and the data, both or neither, with their links and what they wrote; the tombstone stays."""
        with unquoted():
            async with self._pool.transaction() as connection:
                await connection.execute(_DROP_KEY, party, person)
                await connection.execute(_DROP_LINKS, party, person)
                await connection.execute(_DROP_STATEMENTS, party, person)
                await connection.execute(_ERASE, party, person, on)

    async def keys(self, *, after: tuple[str, str], limit: int) -> list[WrappedKey]:
        """Return the keys that follow a party's person, in order."""
        with unquoted():
            rows = await self._pool.fetch(_KEYS, *after, limit)
        return [WrappedKey(*row) for row in rows]

    async def rewrap(self, keys: Sequence[Rewrapped]) -> int:
        """Replace keys that are as they were read, which the owner of the tables alone may; return how many were."""
        with unquoted():
            async with self._pool.transaction() as connection:
                done = await connection.execute(_REWRAP, *(list(column) for column in zip(*keys, strict=True)))
        return int(done.removeprefix("UPDATE "))


@contextlib.contextmanager
def unquoted() -> Iterator[None]:
    """Raise PeopleUnavailable for whatever else the database says, without its words: they may repeat a row."""
    try:
        yield
    except asyncpg.PostgresError as error:
        raise PeopleUnavailable(reason=type(error).__name__) from None
