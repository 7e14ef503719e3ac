"""Letters to contributors as whoever sends uses them: taken under a lease, so any number of processes may.

Whoever vanishes with one under way has it taken up by another once its lease is over: it is sent again then, with the
same link.
"""

from typing import Final

import msgspec

from services.notifications.contributors.model import Asking, Due, Made
from services.notifications.contributors.views import ContributorLetter
from services.notifications.mail.attempts import tried
from services.notifications.recording import MAIL_CHANNEL
from shared.database import Pool

_TAKE: Final = """
    WITH due AS (
        SELECT letter FROM contributor_letter WHERE outcome IS NULL AND not_before <= now()
        ORDER BY not_before LIMIT $1 FOR UPDATE SKIP LOCKED
    )
    UPDATE contributor_letter SET not_before = now() + make_interval(secs => $2) FROM due
    WHERE contributor_letter.letter = due.letter
    RETURNING
        event_id, agreement, contribution, content_hash, recorded_by_party, person, corrected,
        recorded_at, contributor_letter.letter, noted_at, attempts
"""
_SETTLE: Final = """
    UPDATE contributor_letter SET
        attempts = $2, outcome = $3::text, status = $4, enhanced_status = $5, sent_hash = $6,
        settled_at = CASE WHEN $3::text IS NOT NULL THEN now() END,
        not_before = now() + make_interval(secs => $7)
    WHERE letter = $1 AND coalesce(outcome, '') = ''
"""
_PUT_BACK: Final = """
    UPDATE contributor_letter SET not_before = now() + make_interval(secs => $2)
    WHERE letter = $1 AND coalesce(outcome, '') = ''
"""
# Of what was recorded last.
_OF: Final = """
    SELECT contribution, content_hash, person, number, outcome, attempts, status, enhanced_status, noted_at, settled_at
    FROM contributor_letter WHERE contribution = $1 AND recorded_by_party = $2
    ORDER BY recorded_at DESC, number DESC LIMIT 1
"""
# After the one that was the last when it was asked whether there may be another: of two at once one writes it.
_REPEAT: Final = f"""
    WITH repeated AS (
        INSERT INTO contributor_letter (
            event_id, number, agreement, contribution, content_hash, recorded_by_party, person, corrected, recorded_at
        )
        SELECT
            event_id, number + 1, agreement, contribution, content_hash, recorded_by_party, person, corrected,
            recorded_at
        FROM (
            SELECT * FROM contributor_letter WHERE contribution = $1 AND recorded_by_party = $2
            ORDER BY recorded_at DESC, number DESC LIMIT 1
        ) AS last
        WHERE content_hash = $3 AND number = $4 AND outcome IS NOT NULL
        ON CONFLICT DO NOTHING
        RETURNING letter
    )
    SELECT count(pg_notify('{MAIL_CHANNEL}', '')) FROM repeated
"""  # noqa: S608  # put together from constants


class ContributorLetters:
    """The table `contributor_letter`; everything raises InboxUnavailable without it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def take(self, most: int, *, lease_seconds: float) -> list[Due]:
        """Take what is due, so much at most, to be settled before its lease is over."""
        async with self._pool.transaction() as connection:
            rows = await connection.fetch(_TAKE, most, lease_seconds)
        return [
            Due(Asking(**{name: row[name] for name in Asking._fields}), row["letter"], row["noted_at"], row["attempts"])
            for row in rows
        ]

    async def settle(self, made: Made) -> None:
        """Keep what came of an attempt."""
        async with self._pool.transaction() as connection:
            await connection.execute(
                _SETTLE,
                made.due.letter,
                made.due.attempts + tried(made.attempt),
                made.outcome,
                made.attempt.status,
                made.attempt.enhanced_status,
                made.attempt.sent_hash,
                made.retry_seconds,
            )

    async def put_back(self, due: Due, *, seconds: float) -> None:
        """Give up what was taken and not tried, for so long."""
        async with self._pool.transaction() as connection:
            await connection.execute(_PUT_BACK, due.letter, seconds)

    async def of(self, contribution: str, party: str) -> ContributorLetter | None:
        """Return the letter about what a party recorded last as a contribution."""
        rows = await self._pool.fetch(_OF, contribution, party)
        return msgspec.convert(dict(rows[0]), ContributorLetter) if rows else None

    async def repeat(self, last: ContributorLetter, party: str) -> None:
        """Note another letter after the last one, unless there is one by now."""
        async with self._pool.transaction() as connection:
            await connection.execute(_REPEAT, last.contribution, party, last.content_hash, last.number)
