"""Webhooks as their party sets them up and looks at them; every question names the party."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import asyncpg
import msgspec

from services.notifications.errors import NumberNotReached
from services.notifications.recording import FEED_CHANNEL
from services.notifications.webhooks.endpoints import Destination, Filter, Payload, Reason, State
from services.notifications.webhooks.errors import (
    LastSigningKey,
    SigningKeyNotFound,
    TooManySigningKeys,
    TooManyWebhooks,
    WebhookNotFound,
)
from services.notifications.webhooks.schedule import Outcome
from services.notifications.webhooks.signing import Key, Scheme
from shared.database import Connection, Pool

MOST_WEBHOOKS: Final = 20
MOST_KEYS: Final = 4

_OF_PARTY: Final = """
    SELECT webhook.*, waiting, failed FROM webhook CROSS JOIN LATERAL (
        SELECT count(due_at) AS waiting, count(*) - count(due_at) AS failed
        FROM webhook_delivery WHERE webhook = webhook.id
    ) AS deliveries
    WHERE party = $1 AND ($2::text IS NULL OR name = $2) ORDER BY name
"""
_KEYS_OF: Final = """
    SELECT webhook, name, scheme, secret, created_at, nullif(expires_at, 'infinity') AS expires_at FROM webhook_key
    WHERE webhook = ANY ($1::text[]) AND expires_at > now() ORDER BY created_at, name
"""
_COUNT: Final = "SELECT count(*) FROM webhook WHERE party = $1"
_CHANGE: Final = """
    UPDATE webhook SET
        state = CASE WHEN url = $3 THEN state ELSE 'UNVERIFIED' END,
        disabled_because = CASE WHEN url = $3 THEN disabled_because END,
        url = $3, types = $4, agreements = $5, payload = $6, ordered = $7
    WHERE party = $1 AND name = $2 RETURNING id
"""
_ADD: Final = """
    INSERT INTO webhook (id, party, name, url, types, agreements, payload, ordered, state, reached)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'UNVERIFIED', $9)
    ON CONFLICT (party, name) DO NOTHING RETURNING id
"""
_ADD_KEY: Final = "INSERT INTO webhook_key (webhook, name, scheme, secret) VALUES ($1, $2, $3, $4)"
_DELETE: Final = "DELETE FROM webhook WHERE party = $1 AND name = $2 RETURNING id"
_FIND: Final = "SELECT id, url, payload, ordered FROM webhook WHERE party = $1 AND name = $2"
# Whoever changes what a webhook is signed with does so one after another.
_HOLD: Final = f"{_FIND} FOR NO KEY UPDATE"
_FIND_KEYS: Final = """
    SELECT name, scheme, secret FROM webhook_key WHERE webhook = $1 AND expires_at > now() ORDER BY created_at DESC
"""
# Of the URL that was asked: another one may have been put in its place meanwhile.
_ACTIVATE: Final = """
    WITH activated AS (
        UPDATE webhook SET
            state = 'ACTIVE', disabled_because = NULL, failing_since = NULL, rests_until = '-infinity',
            verified_at = now()
        WHERE id = $1 AND url = $2 RETURNING id, party
    ), again AS (
        UPDATE webhook_delivery SET due_at = now(), attempts = 0 FROM activated
        WHERE webhook = activated.id AND due_at IS NOT NULL
    )
    SELECT pg_notify($3, party) FROM activated
"""
_EXPIRE_KEYS: Final = """
    UPDATE webhook_key SET expires_at = least(expires_at, now() + make_interval(secs => $3))
    WHERE webhook = $1 AND name <> $2
"""
_DELETE_KEY: Final = "DELETE FROM webhook_key WHERE webhook = $1 AND name = $2"
_HEAD: Final = "SELECT coalesce(max(number), 0) FROM feed WHERE party = $1"
_SINCE: Final = "UPDATE webhook SET reached = least(reached, $2) WHERE id = $1"
# What was not reached yet is sent anyway.
_ONE: Final = """
    INSERT INTO webhook_delivery (webhook, number, due_at)
    SELECT id, $2, now() FROM webhook WHERE id = $1 AND reached >= $2
    ON CONFLICT (webhook, number) DO UPDATE SET due_at = now(), attempts = 0
"""
_FAILED: Final = "UPDATE webhook_delivery SET due_at = now(), attempts = 0 WHERE webhook = $1 AND due_at IS NULL"
_ATTEMPTS: Final = """
    SELECT webhook_attempt.id, number, attempt, attempted_at, outcome, status, milliseconds, answer
    FROM webhook_attempt WHERE webhook = $1 AND id < $2 ORDER BY id DESC LIMIT $3
"""
_NOTIFY: Final = "SELECT pg_notify($1, $2)"


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that a webhook is signed with; of one for `v1` the secret is shown once, when it is made."""

    name: str
    """Its name among the keys of its webhook."""
    scheme: Scheme
    """`v1` is HMAC-SHA256 with a shared secret, `v1a` Ed25519."""
    public_key: str | None
    """What verifies `v1a` (`whpk_…`); null for `v1`."""
    created_at: datetime
    """When it was made."""
    expires_at: datetime | None
    """When it signs no more, because another was put in its place; null as long as it stays."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """Where your party has its feed sent, and how that fares."""

    id: str
    """What every `webhook-id` of it begins with."""
    name: str
    """Its name among your party's webhooks."""
    url: str
    """Where the events go."""
    types: list[str]
    """Events of which types are sent; of all, where none is named."""
    agreements: list[str]
    """Events in which agreements are sent; where none is named, all."""
    payload: Payload
    """`FULL` is the event as it was published, `THIN` only where to read it."""
    ordered: bool
    """Whether each event waits until the one before was taken."""
    state: State
    """Events are sent while it is `ACTIVE`: once its URL has repeated the challenge, until it is disabled."""
    disabled_because: Reason | None
    """Its receiver answered 410 (`GONE`), took nothing for days (`FAILING`), or in order did not take an event at its
    last attempt (`EXHAUSTED`).
    """
    reached: int
    """Up to which number of your feed every event was delivered, is among the `waiting`, or has `failed`."""
    waiting: int
    """How many events are under way, or wait to be tried again."""
    failed: int
    """How many events were not taken at their last attempt; a replay tries them again."""
    failing_since: datetime | None
    """Since when nothing was taken that was tried; null where the last attempt was a success."""
    created_at: datetime
    """When it was set up."""
    verified_at: datetime | None
    """When its URL last repeated the challenge; null before the first time."""
    keys: list[SigningKey]
    """What it is signed with now: with each of these."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt to deliver an event, and what came of it."""

    number: int
    """The event's number in your feed."""
    attempt: int
    """Which one of the event's attempts it was, from 1."""
    attempted_at: datetime
    """When what came of it was written down."""
    outcome: Outcome
    """Taken with a 2xx; answered otherwise; answered with 410; not reached; not in time; not gone to at all."""
    status: int | None
    """The status of the answer; null where there was none."""
    milliseconds: int
    """How long it took."""
    answer: str
    """How the answer's body begins."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a party says of a webhook."""

    url: str
    wanted: Filter
    payload: Payload
    ordered: bool


class Register:
    """The parties' webhooks; raises InboxUnavailable."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of_party(self, party: str, name: str | None = None) -> Sequence[Webhook]:
        """Return a party's webhooks by name, or the one of a name, if it is there."""
        rows = await self._pool.fetch(_OF_PARTY, party, name)
        keys = await self._pool.fetch(_KEYS_OF, [row["id"] for row in rows]) if rows else []
        return [_shown(row, [key for key in keys if key["webhook"] == row["id"]]) for row in rows]

    async def one(self, party: str, name: str) -> Webhook:
        """Return a party's webhook; raises WebhookNotFound."""
        found = await self.of_party(party, name)
        if not found:
            raise WebhookNotFound(webhook=name)
        return found[0]

    async def change(self, party: str, name: str, setup: Setup) -> bool:
        """Set up a webhook otherwise, and tell whether there was one; another URL has to be verified first."""
        return bool(await self._pool.fetch(_CHANGE, party, name, *_columns(setup)))

    async def add(  # noqa: PLR0913  # keyword-only: what a webhook begins with
        self, party: str, name: str, setup: Setup, *, identifier: str, after: int, key_name: str, key: Key
    ) -> bool:
        """Add a webhook, unless somebody else just did, and tell so; raises TooManyWebhooks, NumberNotReached."""
        async with self._pool.transaction() as connection:
            if await connection.fetchval(_COUNT, party) >= MOST_WEBHOOKS:
                raise TooManyWebhooks(expected=f"at most {MOST_WEBHOOKS}")
            await _check_reached(connection, party, after)
            url, *rest = _columns(setup)
            if await connection.fetchval(_ADD, identifier, party, name, url, *rest, after) is None:
                return False
            await connection.execute(_ADD_KEY, identifier, key_name, *key)
            return True

    async def delete(self, party: str, name: str) -> None:
        """Delete a webhook, with all that is known of it; raises WebhookNotFound."""
        if not await self._pool.fetch(_DELETE, party, name):
            raise WebhookNotFound(webhook=name)

    async def destination(self, party: str, name: str) -> Destination:
        """Return where a webhook goes; raises WebhookNotFound."""
        rows = await self._pool.fetch(_FIND, party, name)
        if not rows:
            raise WebhookNotFound(webhook=name)
        keys = await self._pool.fetch(_FIND_KEYS, rows[0]["id"])
        signing = tuple(Key(key["scheme"], key["secret"]) for key in keys)
        return Destination(rows[0]["id"], rows[0]["url"], rows[0]["payload"], signing, ordered=rows[0]["ordered"])

    async def activate(self, verified: Destination) -> None:
        """Send to where the challenge was repeated, what waits there included."""
        await self._pool.fetch(_ACTIVATE, verified.webhook, verified.url, FEED_CHANNEL)

    async def put_key(self, party: str, name: str, key_name: str, key: Key, *, others_for_seconds: float) -> bool:
        """Sign with a key as well, and with the others for so long; tell whether it is new. Raises WebhookNotFound."""
        async with self._pool.transaction() as connection:
            webhook, keys = await _keys_of(connection, party, name)
            if key_name in keys:
                return False
            if len(keys) >= MOST_KEYS:
                raise TooManySigningKeys(expected=f"at most {MOST_KEYS}")
            # One of that name that has expired is nobody's any more.
            await connection.execute(_DELETE_KEY, webhook, key_name)
            await connection.execute(_ADD_KEY, webhook, key_name, *key)
            await connection.execute(_EXPIRE_KEYS, webhook, key_name, others_for_seconds)
            return True

    async def delete_key(self, party: str, name: str, key_name: str) -> None:
        """Sign with a key no more; raises WebhookNotFound, SigningKeyNotFound, LastSigningKey."""
        async with self._pool.transaction() as connection:
            webhook, keys = await _keys_of(connection, party, name)
            if key_name not in keys:
                raise SigningKeyNotFound(key=key_name)
            if len(keys) == 1:
                raise LastSigningKey(key=key_name)
            await connection.execute(_DELETE_KEY, webhook, key_name)

    async def replay(self, party: str, name: str, *, number: int | None, since: int | None) -> None:
        """Send an event once more, or all since a number, or else those that failed.

        Raises WebhookNotFound, NumberNotReached.
        """
        async with self._pool.transaction() as connection:
            webhook, _ = await _keys_of(connection, party, name)
            await _check_reached(connection, party, number or since or 0)
            if number is not None:
                await connection.execute(_ONE, webhook, number)
            elif since is not None:
                await connection.execute(_SINCE, webhook, since - 1)
            else:
                await connection.execute(_FAILED, webhook)
            await connection.execute(_NOTIFY, FEED_CHANNEL, party)

    async def attempts(self, webhook: str, *, before: int, limit: int) -> Sequence[tuple[int, Attempt]]:
        """Return the attempts of a webhook by their ids, the newest first."""
        rows = await self._pool.fetch(_ATTEMPTS, webhook, before, limit)
        return [(row["id"], Attempt(**{name: row[name] for name in Attempt.__struct_fields__})) for row in rows]


async def _keys_of(connection: Connection, party: str, name: str) -> tuple[str, set[str]]:
    row = await connection.fetchrow(_HOLD, party, name)
    if row is None:
        raise WebhookNotFound(webhook=name)
    keys = await connection.fetch(_FIND_KEYS, row["id"])
    return row["id"], {key["name"] for key in keys}


async def _check_reached(connection: Connection, party: str, number: int) -> None:
    if number > (last := await connection.fetchval(_HEAD, party)):
        raise NumberNotReached(expected=f"at most {last}", got=number)


def _columns(setup: Setup) -> tuple[str, list[str], list[str], Payload, bool]:
    wanted = setup.wanted
    return setup.url, sorted(wanted.types), sorted(wanted.agreements), setup.payload, setup.ordered


def _shown(row: asyncpg.Record, keys: Sequence[asyncpg.Record]) -> Webhook:
    fields = {name: row[name] for name in Webhook.__struct_fields__ if name != "keys"}
    return Webhook(**fields, keys=[_key_shown(key) for key in keys])


def _key_shown(row: asyncpg.Record) -> SigningKey:
    key = Key(row["scheme"], row["secret"])
    return SigningKey(
        name=row["name"],
        scheme=key.scheme,
        public_key=key.verified_with if key.scheme == "v1a" else None,
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
