"""Letters as whoever sends uses them: what is due is taken under a lease, so any number of processes may.

Whoever vanishes with something under way has it taken up by another once its lease is over: it is sent again then, and
nothing else is.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import asyncpg
import msgspec

from services.notifications.alerts import Alert
from services.notifications.mail.addresses import Person
from services.notifications.mail.attempts import Attempt, Following, tried
from services.notifications.mail.holding import HeldFor, Hold
from services.notifications.mail.letters.clock import Clock, clock_of
from services.notifications.mail.preferences import Preferences
from services.notifications.mail.recipients import EMAIL
from services.notifications.mail.wishes import LetterSent, Wish
from shared.database import Pool
from shared.telemetry import logger

_log = logger()

_TAKE: Final = """
    WITH due AS (
        SELECT alert, person FROM delivery
        WHERE outcome IS NULL AND not_before <= now() AND channel = $1
        ORDER BY not_before LIMIT $2 FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE delivery SET not_before = now() + make_interval(secs => $3) FROM due
        WHERE (delivery.alert, delivery.person) = (due.alert, due.person) AND channel = $1
        RETURNING delivery.alert, delivery.person, attempts, message_id, held_for, digest, gathered_at
    )
    SELECT
        now() AS taken_at, held_for, digest, gathered_at, person, attempts, message_id, alerted_at,
        id, event_id, recipient, channel, position, type, class, agreement, subject, link, due_on, recorded_at,
        needs_you,
        (SELECT body FROM published WHERE published.position = alert.position)
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
        -- Not as IS NULL: it would go through the index of all that is still to be sent.
        AND coalesce(delivery.outcome, '') = ''
"""
_PUT_BACK: Final = """
    UPDATE delivery SET not_before = now() + make_interval(secs => $4)
    FROM unnest($2::text[], $3::text[]) AS taken (alert, person)
    WHERE (delivery.alert, delivery.person, channel) = (taken.alert, taken.person, $1)
        AND coalesce(outcome, '') = ''
"""
# What waits by somebody's preferences is not late: that counts from when it is due. A digest is one letter.
_WAITING: Final = """
    SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(since)), 0)::float8 AS seconds
    FROM (
        SELECT coalesce(held_until, noted_at) AS since FROM delivery
        WHERE outcome IS NULL AND coalesce(held_until, '-infinity') <= now() AND coalesce(digest, alert) = alert
        UNION ALL SELECT noted_at FROM contributor_letter WHERE outcome IS NULL
    ) AS letter
"""
# As long as nothing else was said meanwhile: then it is due, and looked at anew. Whoever says something waits for this,
# or this for them, so nothing can go on waiting by what was said before.
_HOLD: Final = """
    WITH asked AS (
        SELECT * FROM unnest(
            $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[]
        ) AS each (party, alert, person, revision, reason, until)
    ), still AS (
        SELECT party, person, revision
        FROM mail_wish JOIN (SELECT DISTINCT party, person FROM asked) AS those USING (party, person)
        FOR SHARE OF mail_wish
    )
    UPDATE delivery SET
        held_for = CASE WHEN still.revision = asked.revision THEN reason END,
        held_until = CASE WHEN still.revision = asked.revision THEN until END,
        not_before = CASE WHEN still.revision = asked.revision THEN until ELSE now() END
    FROM asked JOIN still USING (party, person)
    WHERE (delivery.alert, delivery.person, channel) = (asked.alert, asked.person, $1)
        AND coalesce(outcome, '') = ''
        -- What somebody else has put in a digest meanwhile goes with that.
        AND coalesce(digest, delivery.alert) = delivery.alert
"""
# What waits by what was said before is due, and looked at anew; not what is under way, which is due at another time.
_RELEASE: Final = """
    UPDATE delivery SET held_for = NULL, held_until = NULL, not_before = now()
    WHERE person = $2 AND channel = $3 AND held_for IS NOT NULL AND not_before = held_until
        -- Not as IS NULL: it would go through the index of all that is still to be sent.
        AND coalesce(outcome, '') = ''
        -- So that it begins with what waits: a party has many more alerts.
        AND (SELECT recipient FROM alert WHERE id = alert) = $1
"""
# One statement after the other: the second sees what another process has written meanwhile.
_ADD_WISHES: Final = """
    INSERT INTO mail_wish (party, person, token)
    SELECT party, person, token FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (party, person, token)
    ON CONFLICT DO NOTHING
"""
_WISHES: Final = """
    SELECT party, person, token, muted_at, preferences, revision
    FROM mail_wish JOIN unnest($1::text[], $2::text[]) AS asked (party, person) USING (party, person)
"""
_PREFER: Final = """
    UPDATE mail_wish SET preferences = $3::jsonb, revision = revision + 1 WHERE (party, person) = ($1, $2)
    RETURNING token, muted_at, preferences, revision
"""
_MUTE: Final = """
    UPDATE mail_wish SET muted_at = coalesce(muted_at, now()) WHERE (party, person) = ($1, $2) RETURNING muted_at
"""
_UNMUTE: Final = "UPDATE mail_wish SET muted_at = NULL WHERE (party, person) = ($1, $2) RETURNING muted_at"
_MUTE_BY: Final = "UPDATE mail_wish SET muted_at = coalesce(muted_at, now()) WHERE token = $1 RETURNING muted_at"
_DELIVERIES: Final = """
    SELECT person, outcome, attempts, status, enhanced_status, noted_at, settled_at, sent_hash,
        CASE WHEN outcome IS NULL AND not_before = held_until THEN held_for END AS waits_for,
        CASE WHEN outcome IS NULL AND not_before = held_until THEN held_until END AS waits_until,
        gathered_at
    FROM alert LEFT JOIN delivery ON alert.id = delivery.alert AND delivery.channel = $3
    WHERE alert.recipient = $1 AND alert.id = $2 ORDER BY person
"""
_TOKEN_BYTES: Final = 32


class Due(NamedTuple):
    """An alert to be sent to somebody now, and how often that was tried before."""

    alert: Alert
    alerted_at: datetime
    person: str
    message_id: str
    attempts: int
    # By the clock of the database, which says what is due.
    taken_at: datetime
    clock: Clock | None = None
    held_for: HeldFor | None = None
    # The alert that leads the digest in which it is sent, and since when it is in that.
    digest: str | None = None
    gathered_at: datetime | None = None
    # All that is in the digest that this leads, and of that, what its reader does not want any more.
    members: tuple["Due", ...] = ()
    unwanted: frozenset[str] = frozenset()

    @property
    def reader(self) -> Person:
        return self.alert.recipient, self.person


class Held(NamedTuple):
    """A letter that waits, by what its reader had said then."""

    due: Due
    wish: Wish
    hold: Hold


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
        return [due for row in rows if (due := due_of(row)) is not None]

    async def settle(self, made: Sequence[Made]) -> None:
        """Keep what came of attempts."""
        async with self._pool.transaction() as connection:
            await connection.execute(
                _SETTLE,
                EMAIL,
                [each.due.alert.id for each in made],
                [each.due.person for each in made],
                [each.due.attempts + tried(each.attempt) for each in made],
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

    async def hold(self, held: Sequence[Held]) -> None:
        """Have what was taken wait, as long as nothing else was said meanwhile."""
        async with self._pool.transaction() as connection:
            await connection.execute(
                _HOLD,
                EMAIL,
                [each.due.alert.recipient for each in held],
                [each.due.alert.id for each in held],
                [each.due.person for each in held],
                [each.wish.revision for each in held],
                [each.hold.reason for each in held],
                [each.hold.until for each in held],
            )

    async def wishes(self, people: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Wish]:
        """Return who of these people wants letters, and make each the link by which they say that they do not."""
        asked = sorted({*people})
        parties, persons = [party for party, _ in asked], [person for _, person in asked]
        tokens = [secrets.token_urlsafe(_TOKEN_BYTES) for _ in asked]
        await self._pool.fetch(_ADD_WISHES, parties, persons, tokens)
        rows = await self._pool.fetch(_WISHES, parties, persons)
        return {(row["party"], row["person"]): _wish(row) for row in rows}

    async def prefer(self, party: str, person: str, preferences: Preferences) -> Wish:
        """Keep what somebody prefers, in place of what it said before."""
        await self.wishes([(party, person)])
        said = msgspec.json.encode(preferences).decode()
        async with self._pool.transaction() as connection:
            row = await connection.fetchrow(_PREFER, party, person, said)
            # In a statement of its own, which sees what somebody was made to wait by meanwhile.
            await connection.execute(_RELEASE, party, person, EMAIL)
        assert row is not None, "it was made just now, and none is ever deleted"
        return _wish(row)

    async def wish(self, party: str, person: str, *, muted: bool) -> datetime | None:
        """Keep whether somebody wants letters, and return since when they want none."""
        await self.wishes([(party, person)])
        rows = await self._pool.fetch(_MUTE if muted else _UNMUTE, party, person)
        muted_at: datetime | None = rows[0]["muted_at"]
        return muted_at

    async def mute_by(self, token: str) -> bool:
        """Keep that whoever was sent this in a link wants no letters, and tell whether anybody was."""
        return bool(await self._pool.fetch(_MUTE_BY, token))

    async def deliveries(self, party: str, alert: str) -> list[LetterSent] | None:
        """Return what became of an alert of a party's; None where it has no such alert."""
        rows = await self._pool.fetch(_DELIVERIES, party, alert, EMAIL)
        if not rows:
            return None
        return [
            LetterSent(**{**row, "sent_hash": f"sha256:{row['sent_hash'].hex()}" if row["sent_hash"] else None})
            for row in rows
            if row["person"] is not None
        ]

    async def waiting(self) -> Waiting:
        """Return how much is still to be sent."""
        rows = await self._pool.fetch(_WAITING)
        return Waiting(rows[0]["waiting"], rows[0]["seconds"])


def due_of(row: asyncpg.Record) -> Due | None:
    """Return what was taken, of a row with all of its alert as well; None of one that is no alert."""
    try:
        alert = msgspec.convert({**row, "class_": row["class"]}, type=Alert)
    except msgspec.ValidationError as error:
        # It stays taken until its lease is over, and waits with those that wait: it keeps nobody else's.
        _log.error("A row is no alert", action="alert-unreadable", alert=row["id"], reason=str(error))
        return None
    return Due(
        alert,
        row["alerted_at"],
        row["person"],
        row["message_id"],
        row["attempts"],
        row["taken_at"],
        # Only what has weight in law has such a clock, and that is never gathered.
        clock_of(row.get("body"), row["event_id"]),
        row["held_for"],
        digest=row["digest"],
        gathered_at=row["gathered_at"],
    )


def _wish(row: asyncpg.Record) -> Wish:
    preferences = msgspec.json.decode(row["preferences"], type=Preferences)
    return Wish(row["token"], row["muted_at"], preferences, row["revision"])
