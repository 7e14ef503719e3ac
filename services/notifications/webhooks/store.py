"""Webhooks as whoever sends uses them: what is due is taken under a lease, so any number of processes may.

Whoever vanishes with something under way has it taken up by another once its lease is over: it is sent again then, and
nothing else is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from services.notifications.alerts import INBOX, Alert, alert_id
from services.notifications.errors import InboxUnavailable
from services.notifications.feeds.items import FeedItem
from services.notifications.store import AlertStore
from services.notifications.webhooks.endpoints import Destination, Filter, Payload, Reason
from services.notifications.webhooks.schedule import Answer, Following
from services.notifications.webhooks.signing import Key
from shared.database import Connection, Pool, reaching
from shared.log.envelope import NO_AGREEMENT

DISABLED: Final = "notifications.WebhookDisabled.v1"
# How many of a webhook's events may wait to be tried again before no newer ones are begun.
MOST_WAITING: Final = 1_000
# How many events are looked at in one transaction, whether or not they are to be sent.
LOOKED_AT: Final = 200
KEPT_DAYS: Final = 7

_BUSY: Final = """
    SELECT webhook.id FROM webhook JOIN feed USING (party)
    WHERE state = 'ACTIVE' AND rests_until <= now() AND (
        feed.number > reached
        OR EXISTS (SELECT FROM webhook_delivery WHERE webhook = webhook.id AND due_at <= now())
    )
"""
# Whoever has this row hands out what is due of it: in order, one at a time, and nobody waits for another who does.
_LOCK: Final = """
    SELECT id, party, url, types, agreements, payload, ordered, reached FROM webhook
    WHERE id = $1 AND state = 'ACTIVE' AND rests_until <= now() FOR NO KEY UPDATE SKIP LOCKED
"""
_KEYS: Final = """
    SELECT scheme, secret FROM webhook_key WHERE webhook = $1 AND expires_at > now() ORDER BY created_at DESC
"""
_LEASE_DUE: Final = """
    UPDATE webhook_delivery SET due_at = now() + make_interval(secs => $3)
    WHERE webhook = $1 AND number IN (
        SELECT number FROM webhook_delivery WHERE webhook = $1 AND due_at <= now()
        ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    RETURNING number, attempts
"""
_FIRST: Final = """
    SELECT number, attempts, due_at <= now() AS is_due FROM webhook_delivery
    WHERE webhook = $1 AND number <= $2 AND due_at IS NOT NULL ORDER BY number LIMIT 1 FOR UPDATE
"""
_LEASE: Final = """
    INSERT INTO webhook_delivery (webhook, number, due_at)
    SELECT $1, number, now() + make_interval(secs => $3) FROM unnest($2::bigint[]) AS number
    ON CONFLICT (webhook, number) DO UPDATE SET due_at = excluded.due_at
    RETURNING number, attempts
"""
_COUNT_WAITING: Final = "SELECT count(*) FROM webhook_delivery WHERE webhook = $1 AND due_at IS NOT NULL"
_REACH: Final = "UPDATE webhook SET reached = $2 WHERE id = $1"
_AFTER: Final = """
    SELECT number, feed_entry.position, subject, body, chain FROM feed_entry JOIN published USING (position)
    WHERE party = $1 AND number > $2 ORDER BY number LIMIT $3
"""
_ITEMS: Final = """
    SELECT number, feed_entry.position, subject, body, chain FROM feed_entry JOIN published USING (position)
    WHERE party = $1 AND number = ANY ($2::bigint[])
"""
# It stays until what came of it is kept, or it was deleted meanwhile.
_KEEP: Final = "SELECT ordered FROM webhook WHERE id = $1 FOR KEY SHARE"
_SETTLE: Final = """
    WITH made AS (
        SELECT * FROM unnest(
            $2::bigint[], $3::integer[], $4::text[], $5::integer[], $6::integer[], $7::text[], $8::float8[]
        ) AS made (number, attempt, outcome, status, milliseconds, answer, retry_seconds)
    ), remembered AS (
        INSERT INTO webhook_attempt (webhook, number, attempt, outcome, status, milliseconds, answer)
        SELECT $1, number, attempt, outcome, status, milliseconds, answer FROM made
    ), delivered AS (
        DELETE FROM webhook_delivery USING made
        WHERE webhook = $1 AND webhook_delivery.number = made.number AND outcome = 'DELIVERED'
    )
    UPDATE webhook_delivery SET attempts = attempt, due_at = now() + make_interval(secs => retry_seconds)
    FROM made WHERE webhook = $1 AND webhook_delivery.number = made.number AND outcome <> 'DELIVERED'
"""
# Written only where it says something new: most of the time nothing fails.
_FARES: Final = """
    UPDATE webhook SET
        failing_since = CASE WHEN $2 THEN NULL ELSE coalesce(failing_since, now()) END,
        rests_until = greatest(rests_until, now() + make_interval(secs => $3))
    WHERE id = $1 AND ($3 > 0 OR $2 = (failing_since IS NOT NULL))
"""
_IS_FAILING: Final = """
    SELECT failing_since < now() - make_interval(secs => $2) AS too_long FROM webhook WHERE id = $1
"""
_DISABLE: Final = """
    UPDATE webhook SET state = 'DISABLED', disabled_because = $2 WHERE id = $1 AND state = 'ACTIVE'
    RETURNING party, name, now() AS at
"""
_LONGEST_FAILING: Final = """
    SELECT coalesce(extract(epoch FROM max(now() - failing_since)), 0)::float8 AS seconds
    FROM webhook WHERE state = 'ACTIVE'
"""
_FORGET: Final = "DELETE FROM webhook_attempt WHERE attempted_at < now() - make_interval(days => $1)"


class Due(NamedTuple):
    """An event to be delivered now, and how often that failed before."""

    item: FeedItem
    attempts: int


class Taken(NamedTuple):
    """What somebody took to deliver: nothing where nothing is due, or another is taking it."""

    destination: Destination
    due: Sequence[Due]


class Made(NamedTuple):
    """An attempt that was made: which one of an event's, what came of it, and what follows."""

    number: int
    attempt: int
    answer: Answer
    following: Following


class DeliveryStore:
    """What is due, and what came of it; raises InboxUnavailable."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def busy(self) -> list[str]:
        """Return the webhooks of which something is to be sent now."""
        return [row["id"] for row in await self._pool.fetch(_BUSY)]

    async def take(self, webhook: str, *, most: int, lease_seconds: float) -> Taken | None:
        """Take what is due of a webhook, so much at most, to be settled before its lease is over; None for nothing."""
        async with self._pool.transaction() as connection:
            row = await connection.fetchrow(_LOCK, webhook)
            if row is None:
                return None
            taking = _Taking(connection, webhook, row["party"], lease_seconds)
            wanted = Filter(frozenset(row["types"]), frozenset(row["agreements"]))
            if row["ordered"]:
                due = await taking.next_in_order(row["reached"], wanted)
            else:
                due = await taking.whatever_is_due(row["reached"], wanted, most)
            if not due:
                return None
            keys = tuple(Key(*key) for key in await connection.fetch(_KEYS, webhook))
            payload: Payload = row["payload"]
            return Taken(Destination(webhook, row["url"], payload, keys, ordered=row["ordered"]), due)

    async def settle(self, webhook: str, made: Sequence[Made], *, failing_seconds: float) -> None:
        """Keep what came of attempts, and disable a webhook that is gone, or has failed for so long."""
        rest = max(each.following.rest_seconds for each in made)
        async with self._pool.transaction() as connection:
            if (row := await connection.fetchrow(_KEEP, webhook)) is None:
                return
            await connection.execute(_SETTLE, webhook, *_columns(made, ordered=row["ordered"]))
            await connection.execute(_FARES, webhook, any(each.answer.delivered for each in made), rest)
            if reason := await _reason_to_disable(connection, webhook, made, failing_seconds, ordered=row["ordered"]):
                await _disable(connection, webhook, reason)

    async def longest_failing_seconds(self) -> float:
        """Return for how long the webhook has failed that has for longest, of those that are sent to; 0 for none."""
        [row] = await self._pool.fetch(_LONGEST_FAILING)
        seconds: float = row["seconds"]
        return seconds

    async def forget(self) -> None:
        """Forget the attempts of long ago."""
        await self._pool.fetch(_FORGET, KEPT_DAYS)


class _Taking:
    """One transaction in which what is due of a webhook is handed out."""

    def __init__(self, connection: Connection, webhook: str, party: str, lease_seconds: float) -> None:
        self._connection = connection
        self._webhook = webhook
        self._party = party
        self._lease_seconds = lease_seconds

    async def next_in_order(self, reached: int, wanted: Filter) -> list[Due]:
        """Return the next event, unless an earlier one is under way or waits to be tried again."""
        first = await self._connection.fetchrow(_FIRST, self._webhook, reached)
        if first is not None:
            return await self._leased(await self._of([first["number"]])) if first["is_due"] else []
        return await self._leased(await self._advance(reached, wanted, 1))

    async def whatever_is_due(self, reached: int, wanted: Filter, most: int) -> list[Due]:
        """Return what is to be tried again, and beside it newer events, unless too many of a webhook's fail."""
        again = await self._connection.fetch(_LEASE_DUE, self._webhook, most, self._lease_seconds)
        attempts = {row["number"]: row["attempts"] for row in again}
        due = [Due(item, attempts[item.number]) for item in await self._of(list(attempts))] if again else []
        waiting: int = await self._connection.fetchval(_COUNT_WAITING, self._webhook)
        if (room := min(most - len(due), MOST_WAITING - waiting)) > 0:
            due += await self._leased(await self._advance(reached, wanted, room))
        return due

    async def _leased(self, items: Sequence[FeedItem]) -> list[Due]:
        if not items:
            return []
        numbers = [item.number for item in items]
        rows = await self._connection.fetch(_LEASE, self._webhook, numbers, self._lease_seconds)
        attempts = {row["number"]: row["attempts"] for row in rows}
        return [Due(item, attempts[item.number]) for item in items]

    async def _of(self, numbers: list[int]) -> list[FeedItem]:
        return [FeedItem(*row) for row in await self._connection.fetch(_ITEMS, self._party, numbers)]

    async def _advance(self, reached: int, wanted: Filter, most: int) -> list[FeedItem]:
        """Move on in the feed, to where so many events are found that are to be sent."""
        looked_at = most if wanted.takes_all else LOOKED_AT
        items = [FeedItem(*row) for row in await self._connection.fetch(_AFTER, self._party, reached, looked_at)]
        found: list[FeedItem] = []
        for item in items:
            if len(found) == most:
                break
            reached = item.number
            if wanted.takes(item):
                found.append(item)
        if items:
            await self._connection.execute(_REACH, self._webhook, reached)
        return found


def _columns(made: Sequence[Made], *, ordered: bool) -> list[list[object]]:
    # In order nothing is passed over: what was given up is where the webhook goes on once it is active again.
    given_up = 0.0 if ordered else None
    return [
        [each.number for each in made],
        [each.attempt for each in made],
        [each.answer.outcome for each in made],
        [each.answer.status for each in made],
        [each.answer.milliseconds for each in made],
        # The one character that text in PostgreSQL cannot hold.
        [each.answer.start.replace("\0", "\N{REPLACEMENT CHARACTER}") for each in made],
        [given_up if each.following.retry_seconds is None else each.following.retry_seconds for each in made],
    ]


async def _reason_to_disable(
    connection: Connection, webhook: str, made: Sequence[Made], failing_seconds: float, *, ordered: bool
) -> Reason | None:
    if any(each.following.gone for each in made):
        return "GONE"
    failed = [each for each in made if not each.answer.delivered]
    if ordered and any(each.following.retry_seconds is None for each in failed):
        return "EXHAUSTED"
    if failed and await connection.fetchval(_IS_FAILING, webhook, failing_seconds):
        return "FAILING"
    return None


async def _disable(connection: Connection, webhook: str, reason: Reason) -> None:
    """Send nothing more, and tell the owner so, once."""
    row = await connection.fetchrow(_DISABLE, webhook, reason)
    if row is not None:
        with reaching(InboxUnavailable):
            await AlertStore(connection).add([_alert(webhook, row["party"], row["name"], row["at"])])


def _alert(webhook: str, party: str, name: str, at: datetime) -> Alert:
    event_id = f"{webhook}-disabled-{at:%Y%m%dT%H%M%S%f}"
    return Alert(
        id=alert_id(event_id, party, INBOX),
        event_id=event_id,
        recipient=party,
        channel=INBOX,
        # Of no event: nothing in the log says it.
        position=0,
        type=DISABLED,
        class_="action",
        agreement=NO_AGREEMENT,
        subject=f"webhook:{name}",
        link=f"/v1/webhooks/{name}",
        due_on=None,
        recorded_at=at,
    )
