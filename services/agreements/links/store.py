"""Where links lie, by the hashes of their tokens, and what people wrote, encrypted: nothing of either is in the log."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final, Self

from services.agreements.links.model import Link
from services.agreements.people.errors import PeopleUnavailable
from services.agreements.people.store import unquoted
from shared.database import Database, Pool
from shared.languages import Language

# One at a time for each contribution: whoever has an earlier one has nothing any more.
_ISSUE: Final = """
    INSERT INTO contributor_link
        (contribution, token_hash, form_key, party, person, content_hash, language, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (contribution) DO UPDATE SET
        token_hash = excluded.token_hash, form_key = excluded.form_key, party = excluded.party,
        person = excluded.person, content_hash = excluded.content_hash, language = excluded.language,
        answered_at = NULL,
        -- That of the same letter is told again: until when it is good stands in what may have been sent already.
        expires_at = CASE
            WHEN contributor_link.token_hash = excluded.token_hash AND contributor_link.expires_at > $9
            THEN contributor_link.expires_at ELSE excluded.expires_at
        END
    RETURNING expires_at
"""

# One question for all that opens nothing: what is unknown, over, replaced or of somebody who was erased is one to the
# database, too, so that nobody tells them apart by how long it takes.
_FIND: Final = """
    SELECT contribution, party, person, content_hash, language, expires_at, form_key, answered_at
    FROM contributor_link JOIN person USING (party, person)
    WHERE token_hash = $1 AND expires_at > $2 AND erased_on IS NULL
"""

_ANSWERED: Final = """
    UPDATE contributor_link SET answered_at = $2 WHERE token_hash = $1 AND answered_at IS NULL
"""

_KEEP: Final = """
    INSERT INTO contributor_statement (party, person, contribution, statement_hash, sealed)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
"""

_READ: Final = """
    SELECT sealed FROM contributor_statement
    WHERE party = $1 AND person = $2 AND contribution = $3 AND statement_hash = $4
"""


class LinkStore:
    """The tables `contributor_link` and `contributor_statement`; everything raises PeopleUnavailable without them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, dsn: str, *, password: str | None) -> AsyncIterator[Self]:
        """Prepare; connections are made when they are needed."""
        async with Database(dsn, password, PeopleUnavailable).pool(at_once=False, most=2) as pool:
            yield cls(pool)

    async def issue(self, link: Link, token_hash: bytes, now: datetime) -> datetime:
        """Keep a link in place of the last one to that contribution, and return until when it is good."""
        with unquoted():
            async with self._pool.transaction() as connection:
                expires_at: datetime = await connection.fetchval(
                    _ISSUE,
                    link.contribution,
                    token_hash,
                    link.form_key,
                    link.party,
                    link.person,
                    link.content_hash,
                    link.language,
                    link.expires_at,
                    now,
                )
        return expires_at

    async def find(self, token_hash: bytes, now: datetime) -> Link | None:
        """Return the link that a token opens now."""
        with unquoted():
            rows = await self._pool.fetch(_FIND, token_hash, now)
        if not rows:
            return None
        row = dict(rows[0])
        return Link(**{**row, "language": Language(row["language"])})

    async def answered(self, token_hash: bytes, now: datetime) -> None:
        """Note that a link was answered, unless another has taken its place."""
        with unquoted():
            async with self._pool.transaction() as connection:
                await connection.execute(_ANSWERED, token_hash, now)

    async def keep(self, link: Link, statement_hash: str, sealed: bytes) -> None:
        """Keep what a person wrote."""
        with unquoted():
            async with self._pool.transaction() as connection:
                await connection.execute(_KEEP, link.party, link.person, link.contribution, statement_hash, sealed)

    async def statement(self, party: str, person: str, contribution: str, statement_hash: str) -> bytes | None:
        """Return what a person wrote, encrypted, unless it was erased."""
        with unquoted():
            rows = await self._pool.fetch(_READ, party, person, contribution, statement_hash)
        return rows[0]["sealed"] if rows else None
