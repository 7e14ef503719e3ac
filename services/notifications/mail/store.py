"""Letters as whoever sends uses them: what is due is taken under a lease, so any number of processes may.

Whoever vanishes with something under way has it taken up by another once its lease is over: it is sent again then, and
nothing else is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from services.notifications.alerts import Alert
from services.notifications.mail.attempts import Attempt, Following
from services.notifications.mail.recipients import EMAIL
from shared.database import Pool

_TAKE: Final = """
    WITH due AS (
        SELECT alert, person FROM delivery
        WHERE outcome IS NULL AND not_before <= now() AND channel = $1
        ORDER BY not_before LIMIT $2 FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE delivery SET not_before = now() + make_interval(secs => $3) FROM due
        WHERE (delivery.alert, delivery.person) = (due.alert, due.person) AND channel = $1
        RETURNING delivery.alert, delivery.person, attempts, message_id
    )
    SELECT
        person, attempts, message_id, alerted_at, id, event_id, recipient, channel, position, type, class, agreement,
        subject, link, due_on, recorded_at, needs_you
    FROM taken JOIN alert ON alert.id = taken.alert
"""
_SETTLE: Final = """
    UPDATE delivery SET
        attempts = made.attempts, outcome = made.outcome, status = made.status,
        enhanced_status = made.enhanced_status, sent_hash = made.sent_hash,
        settled_at = CASE WHEN made.outcome IS NOT NULL THEN now() END,
        not_before = now() + make_interval(secs => made.retry_seconds)
    FROM unnest(
        $2::text[], $3::text[], $4::integer[], $5::text[], $6::integer[], $7::text[], $8::bytea[], $9::float8[]
    ) AS made (alert, person, attempts, outcome, status, enhanced_status, sent_hash, retry_seconds)
    WHERE (delivery.alert, delivery.person, delivery.channel) = (made.alert, made.person, $1)
        AND delivery.outcome IS NULL
"""
_PUT_BACK: Final = """
    UPDATE delivery SET not_before = now() + make_interval(secs => $4)
    FROM unnest($2::text[], $3::text[]) AS taken (alert, person)
    WHERE (delivery.alert, delivery.person, channel) = (taken.alert, taken.person, $1) AND outcome IS NULL
"""
_WAITING: Final = """
    SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(noted_at)), 0)::float8 AS seconds
    FROM delivery WHERE outcome IS NULL
"""


class Due(NamedTuple):
    """An alert to be sent to somebody now, and how often that failed before."""

    alert: Alert
    alerted_at: datetime
    person: str
    message_id: str
    attempts: int


class Made(NamedTuple):
    """An attempt that was made, what came of it, and what follows."""

    due: Due
    attempt: Attempt
    following: Following


class Waiting(NamedTuple):
    """How many letters are still to be sent, and since when the first of them."""

    letters: int
    seconds: float


class MailStore:
    """What is due, and what came of it; raises InboxUnavailable."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def take(self, most: int, *, lease_seconds: float) -> list[Due]:
        """Take what is due, so much at most, to be settled before its lease is over."""
        async with self._pool.transaction() as connection:
            rows = await connection.fetch(_TAKE, EMAIL, most, lease_seconds)
        return [
            Due(
                msgspec.convert({**row, "class_": row["class"]}, type=Alert),
                row["alerted_at"],
                row["person"],
                row["message_id"],
                row["attempts"],
            )
            for row in rows
        ]

    async def settle(self, made: Sequence[Made]) -> None:
        """Keep what came of attempts."""
        async with self._pool.transaction() as connection:
            await connection.execute(
                _SETTLE,
                EMAIL,
                [each.due.alert.id for each in made],
                [each.due.person for each in made],
                [each.due.attempts + (each.attempt.result != "SENT") for each in made],
                [each.following.outcome for each in made],
                [each.attempt.status for each in made],
                [each.attempt.enhanced_status for each in made],
                [each.attempt.sent_hash for each in made],
                [each.following.retry_seconds for each in made],
            )

    async def put_back(self, due: Sequence[Due], *, seconds: float) -> None:
        """Give up what was taken and not tried, for so long."""
        async with self._pool.transaction() as connection:
            alerts, people = [each.alert.id for each in due], [each.person for each in due]
            await connection.execute(_PUT_BACK, EMAIL, alerts, people, seconds)

    async def waiting(self) -> Waiting:
        """Return how much is still to be sent."""
        rows = await self._pool.fetch(_WAITING)
        return Waiting(rows[0]["waiting"], rows[0]["seconds"])
