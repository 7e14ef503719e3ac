"""The consumers of every party, as they were asked for and how far they have come."""

from typing import Final, NamedTuple

import asyncpg

from services.notifications.consumers.filters import Filter
from services.notifications.errors import ConsumerNotFound, FeedNotFound, NumberNotReached, TooManyConsumers
from shared.database import Pool
from shared.log.parties import MAIN, MOST_CONSUMERS

CHANNEL: Final = "moiety_feed_consumer"

_COLUMNS: Final = "name, agreements, entities, events, after, acknowledged, revision, made"
_ALL: Final = f"SELECT {_COLUMNS} FROM feed_consumer WHERE party = $1 ORDER BY name"  # noqa: S608  # a constant
_ONE: Final = f"SELECT {_COLUMNS} FROM feed_consumer WHERE (party, name) = ($1, $2)"  # noqa: S608  # a constant

_NEWEST: Final = "SELECT number FROM feed WHERE party = $1"
_HAVE_MAIN: Final = """
    INSERT INTO feed_consumer (party, name) SELECT party, $2 FROM feed WHERE party = $1 ON CONFLICT DO NOTHING
"""
# Whoever asks for the same party meets here: else two could each find room for one more.
_MEET: Final = "SELECT FROM feed_consumer WHERE (party, name) = ($1, $2) FOR UPDATE"
_OTHERS: Final = "SELECT count(*) FROM feed_consumer WHERE party = $1 AND name <> $2"
_PUT: Final = f"""
    INSERT INTO feed_consumer AS there (party, name, agreements, entities, events, after, acknowledged)
    VALUES ($1, $2, $3, $4, $5, coalesce($6, 0), coalesce($6, 0))
    ON CONFLICT (party, name) DO UPDATE SET
        agreements = excluded.agreements, entities = excluded.entities, events = excluded.events,
        after = coalesce($6, there.after),
        acknowledged = CASE WHEN coalesce($6, there.after) = there.after THEN there.acknowledged ELSE $6 END,
        revision = there.revision + (
            (there.agreements, there.entities, there.events, there.after)
            IS DISTINCT FROM (excluded.agreements, excluded.entities, excluded.events, coalesce($6, there.after))
        )::int
    RETURNING {_COLUMNS}, pg_notify('{CHANNEL}', party)
"""  # noqa: S608  # put together from constants
_REMOVE: Final = f"""
    WITH removed AS (DELETE FROM feed_consumer WHERE (party, name) = ($1, $2) RETURNING party)
    SELECT pg_notify('{CHANNEL}', party) FROM removed
"""  # noqa: S608  # put together from constants

_WANTED: Final = f"""
    SELECT {_COLUMNS}, (SELECT chain FROM feed_entry WHERE (party, number) = ($1, $2)) AS chain
    FROM feed_consumer WHERE party = $1 ORDER BY name
"""  # noqa: S608  # put together from constants
# A row that was changed meanwhile is left alone: what was seen of its consumer was of the one before.
_MADE: Final = "UPDATE feed_consumer SET made = $4 WHERE (party, name, revision) = ($1, $2, $3)"
_REACHED: Final = """
    UPDATE feed_consumer SET acknowledged = $4 WHERE (party, name, revision) = ($1, $2, $3) AND acknowledged < $4
"""


class Consumer(NamedTuple):
    """A consumer of a party's: what it is told of, after which number it began, and how far it has come."""

    name: str
    filter: Filter
    after: int
    acknowledged: int
    revision: int
    made: int

    @property
    def ready(self) -> bool:
        """Whether it is on NATS as it was asked for."""
        return self.made == self.revision


class ConsumerStore:
    """The table as the API and whoever makes the consumers use it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, party: str) -> list[Consumer]:
        """Return a party's consumers by name; `main` is among them once its stream has been made."""
        return [_read(row) for row in await self._pool.fetch(_ALL, party)]

    async def find(self, party: str, name: str) -> Consumer:
        """Return one of them; raises ConsumerNotFound."""
        rows = await self._pool.fetch(_ONE, party, name)
        if not rows:
            raise ConsumerNotFound(consumer=name)
        return _read(rows[0])

    async def put(self, party: str, name: str, wanted: Filter, after: int | None) -> Consumer:
        """Have a consumer be like this; raises FeedNotFound, NumberNotReached, TooManyConsumers.

        Without a number it stays where it is, or begins with the first event. Where it is like this already, nothing
        changes.
        """
        async with self._pool.transaction() as connection:
            newest = await connection.fetchval(_NEWEST, party)
            if newest is None:
                raise FeedNotFound
            if after is not None and after > newest:
                raise NumberNotReached(expected=f"at most {newest}", got=after, at="after")
            await connection.execute(_HAVE_MAIN, party, MAIN)
            await connection.execute(_MEET, party, MAIN)
            if await connection.fetchval(_OTHERS, party, name) >= MOST_CONSUMERS:
                raise TooManyConsumers(expected=f"at most {MOST_CONSUMERS}")
            row = await connection.fetchrow(
                _PUT, party, name, list(wanted.agreements), list(wanted.entities), list(wanted.events), after
            )
            assert row is not None, "one row, whatever was there"
            return _read(row)

    async def remove(self, party: str, name: str) -> None:
        """Remove a consumer; raises ConsumerNotFound."""
        if not await self._pool.fetch(_REMOVE, party, name):
            raise ConsumerNotFound(consumer=name)

    async def wanted(self, party: str, *, at: int) -> tuple[bytes | None, list[Consumer]]:
        """Return the chain of a party's feed at a number, and as of that moment its consumers, `main` among them."""
        await self._pool.fetch(_HAVE_MAIN, party, MAIN)
        rows = await self._pool.fetch(_WANTED, party, at)
        return (rows[0]["chain"] if rows else None), [_read(row) for row in rows]

    async def made(self, party: str, consumer: Consumer) -> None:
        """Note that a consumer is on NATS as this says."""
        await self._pool.fetch(_MADE, party, consumer.name, consumer.revision, consumer.revision)

    async def reached(self, party: str, consumer: Consumer, number: int) -> None:
        """Note that everything up to a number was acknowledged."""
        await self._pool.fetch(_REACHED, party, consumer.name, consumer.revision, number)


def _read(row: asyncpg.Record) -> Consumer:
    told = Filter(tuple(row["agreements"]), tuple(row["entities"]), tuple(row["events"]))
    return Consumer(row["name"], told, row["after"], row["acknowledged"], row["revision"], row["made"])
