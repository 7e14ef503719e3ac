"""What is owed to agreements as proof, over the connection of the one process that gives it."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import asyncpg

from services.notifications.errors import InboxUnavailable
from services.notifications.inbox.store import acknowledgement_of, sent_alert_of
from services.notifications.notices.sent import Mailed, Owed
from shared.database import Connection, reaching

# After how long what was refused is said again: twice as long each time, up to an hour.
_LONGEST_SECONDS: Final = 3600

_OWED: Final = """
    SELECT alert.*, proof.what, published.body, letter.sent_hash, letter.settled_at
    FROM (
        SELECT DISTINCT position FROM proof WHERE proven_at IS NULL AND not_before <= now() ORDER BY position LIMIT $1
    ) AS next
    JOIN proof USING (position) JOIN alert ON alert.id = proof.alert
    LEFT JOIN published ON published.position = next.position
    LEFT JOIN LATERAL (
        SELECT sent_hash, settled_at FROM delivery WHERE delivery.alert = alert.id AND outcome = 'SENT'
        ORDER BY settled_at, person LIMIT 1
    ) AS letter ON proof.what = 'MAILED'
    WHERE proof.proven_at IS NULL AND proof.not_before <= now()
    ORDER BY alert.position, alert.event_id, alert.recipient, proof.what DESC
"""
_PROVEN: Final = """
    UPDATE proof SET proven_at = now(), refused = $3
    FROM unnest($1::text[], $2::text[]) AS told (alert, what)
    -- Not as IS NULL: it would go through the index of all that is owed.
    WHERE (proof.alert, proof.what) = (told.alert, told.what) AND coalesce(proven_at, '-infinity') = '-infinity'
"""
_REFUSED: Final = """
    UPDATE proof SET
        attempts = attempts + 1, refused = $3,
        not_before = now() + make_interval(secs => least(power(2, least(attempts, 20)), $4))
    FROM unnest($1::text[], $2::text[]) AS told (alert, what)
    -- Not as IS NULL: it would go through the index of all that is owed.
    WHERE (proof.alert, proof.what) = (told.alert, told.what) AND coalesce(proven_at, '-infinity') = '-infinity'
"""
_STANDING: Final = """
    SELECT
        (SELECT position FROM progress) AS alerted,
        count(*) AS owed, count(refused) AS refused, min(position) AS first,
        extract(epoch FROM now() - min(since))::float AS age, min(refused) AS code
    FROM proof WHERE proven_at IS NULL
"""


class Standing(NamedTuple):
    """How far everything is proven that was alerted of, and what is not: how much, since when, and why."""

    proven: int
    owed: int
    refused: int
    age_seconds: float
    code: str | None


class ProofStore:
    """The table `proof`; raises InboxUnavailable."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def owed(self, *, events: int) -> list[Owed]:
        """Return what is owed of the first events, in their order."""
        with reaching(InboxUnavailable):
            rows = await self._connection.fetch(_OWED, events)
        return [
            Owed(row["what"], sent_alert_of(row), acknowledgement_of(row), _letter(row), row["body"]) for row in rows
        ]

    async def proven(self, owed: Sequence[Owed], *, refused: str | None = None) -> None:
        """Keep that agreements have recorded this, or by which code they refused it for what stands there."""
        with reaching(InboxUnavailable):
            await self._connection.execute(_PROVEN, *_names(owed), refused)

    async def refused(self, owed: Sequence[Owed], code: str) -> None:
        """Keep by which code this was not taken, so that it is said again later."""
        with reaching(InboxUnavailable):
            await self._connection.execute(_REFUSED, *_names(owed), code, _LONGEST_SECONDS)

    async def standing(self) -> Standing:
        """Return how far everything is proven."""
        with reaching(InboxUnavailable):
            row = await self._connection.fetchrow(_STANDING)
        assert row is not None, "an aggregate is one row"
        proven = row["alerted"] if row["first"] is None else min(row["first"] - 1, row["alerted"])
        return Standing(proven, row["owed"], row["refused"], row["age"] or 0.0, row["code"])


def _names(owed: Iterable[Owed]) -> tuple[list[str], list[str]]:
    owed = [*owed]
    return [each.alert.id for each in owed], [each.what for each in owed]


def _letter(row: asyncpg.Record) -> Mailed | None:
    return Mailed(row["sent_hash"], row["settled_at"]) if row["sent_hash"] is not None else None
