"""Digests as whoever sends uses them: put together once, in one transaction, and the same whoever sends them then."""

from typing import Final

from services.notifications.mail.addresses import Person
from services.notifications.mail.recipients import EMAIL
from services.notifications.mail.store import Due, due_of
from services.notifications.mail.wishes import Wish
from shared.database import Pool

# Beyond so many there is another digest at once.
MOST_GATHERED: Final = 1_000

# Whoever gathers for somebody does so alone, and as long as nothing else was said.
_LOCK: Final = "SELECT revision FROM mail_wish WHERE (party, person) = ($1, $2) FOR UPDATE"
# Also what another process has taken: it would gather it too, and finds it in here. Nobody sends these but in a digest.
_GATHER: Final = """
    WITH due AS (
        SELECT alert FROM delivery
        WHERE person = $2 AND channel = $3 AND held_for IS NOT NULL AND held_for = 'DIGEST' AND held_until <= now()
            AND digest IS NULL AND coalesce(outcome, '') = ''
            AND (SELECT recipient FROM alert WHERE id = alert) = $1
        ORDER BY noted_at, alert LIMIT $4
    ), first AS (
        SELECT min(alert) AS leader FROM due
    ), gathered AS (
        UPDATE delivery SET
            digest = leader, gathered_at = now(),
            not_before = CASE WHEN alert = leader THEN now() + make_interval(secs => $5) ELSE 'infinity' END
        FROM first WHERE alert = ANY (ARRAY(SELECT alert FROM due)) AND person = $2 AND channel = $3
        RETURNING alert
    )
    SELECT leader FROM first WHERE leader IN (SELECT alert FROM gathered)
"""
# What waited by what does not count any more is looked at anew.
_RELEASE: Final = """
    UPDATE delivery SET held_for = NULL, held_until = NULL, not_before = now()
    WHERE person = $2 AND channel = $3 AND held_for IS NOT NULL AND held_for = 'DIGEST' AND held_until <= now()
        AND digest IS NULL AND coalesce(outcome, '') = ''
        AND (SELECT recipient FROM alert WHERE id = alert) = $1
"""
# What has to be answered soonest first.
_MEMBERS: Final = """
    SELECT
        now() AS taken_at, held_for, digest, gathered_at, person, attempts, message_id, alerted_at,
        id, event_id, recipient, alert.channel, position, type, class, agreement, subject, link, due_on, recorded_at,
        needs_you
    FROM delivery JOIN alert ON alert.id = delivery.alert
    WHERE digest = $1 AND person = $2 AND delivery.channel = $3
    ORDER BY due_on, recorded_at, id
"""


class DigestStore:
    """What is in which digest; raises InboxUnavailable."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def gather(self, reader: Person, wish: Wish, *, lease_seconds: float) -> str | None:
        """Put what is due for a digest of somebody's in one, and return the alert that leads it; None for nothing.

        Whoever calls has that one for a lease, as what is taken.
        """
        async with self._pool.transaction() as connection:
            if await connection.fetchval(_LOCK, *reader) != wish.revision:
                await connection.execute(_RELEASE, *reader, EMAIL)
                return None
            # In a statement of its own, which sees what whoever had the lock before has gathered.
            leader: str | None = await connection.fetchval(_GATHER, *reader, EMAIL, MOST_GATHERED, lease_seconds)
        return leader

    async def members(self, leader: str, person: str) -> tuple[Due, ...]:
        """Return all that is in a digest, the one that leads it too."""
        rows = await self._pool.fetch(_MEMBERS, leader, person, EMAIL)
        return tuple(due for row in rows if (due := due_of(row)) is not None)
