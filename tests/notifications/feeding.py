"""Feeds as the writer of feeds writes them, and a party's stream as its system reads it."""

import asyncio
from collections.abc import Sequence

from nats.aio.client import Client

from services.notifications.recording import FEED_CHANNEL
from shared.bus.stream import CHAIN_HEADER
from shared.database import Pool
from shared.events.registry import Event
from shared.log.chain import chain_after, chain_text, feed_seed, leaf_hash
from shared.log.envelope import encode, subject_of
from shared.log.parties import POSITION_HEADER, stream_of
from tests.notifications.controls import contribution_recorded, said

SUBJECT = "moiety.v1.AGR-1.invention.DeterminationAdopted"


def body_of(position: int) -> bytes:
    return b'{"event":%d}' % position


_FEED = """
    WITH kept AS (
        INSERT INTO published (position, subject, body, leaf)
        SELECT * FROM unnest($2::bigint[], $3::text[], $4::bytea[], $5::bytea[])
    ), entries AS (
        INSERT INTO feed_entry (party, number, position, came_with, chain)
        SELECT $1, * FROM unnest($6::bigint[], $2::bigint[], $2::bigint[], $7::bytea[])
    ), heads AS (
        INSERT INTO feed (party, number, chain) VALUES ($1, $8, $9)
        ON CONFLICT (party) DO UPDATE SET number = excluded.number, chain = excluded.chain
    )
    SELECT pg_notify($10, $1)
"""


async def feed(
    pool: Pool, party: str, count: int, *, events: Sequence[Event] = (), agreement: str = "AGR-1"
) -> list[bytes]:
    """Add so many events to a party's feed, and return their bodies."""
    heads = await pool.fetch("SELECT number, chain FROM feed WHERE party = $1", party)
    [(last,)] = await pool.fetch("SELECT coalesce(max(position), 0) FROM published")
    number, chain = heads[0] if heads else (0, feed_seed(party))
    said_events = [said(data, agreement=agreement) for data in events or [contribution_recorded()] * count]
    bodies = [encode(each) for each in said_events]
    chains = []
    for body in bodies:
        chain = chain_after(chain, body)
        chains.append(chain)
    await pool.fetch(
        _FEED,
        party,
        [last + place for place in range(1, len(bodies) + 1)],
        [subject_of(each.agreement, each.stream, each.type) for each in said_events],
        bodies,
        [leaf_hash(body) for body in bodies],
        [number + place for place in range(1, len(bodies) + 1)],
        chains,
        number + len(bodies),
        chain,
        FEED_CHANNEL,
    )
    return bodies


async def fed_later(pool: Pool, party: str, count: int, seconds: float) -> None:
    """Add events once somebody has been waiting for a while."""
    await asyncio.sleep(seconds)
    await feed(pool, party, count)


class Feeds:
    """The tables of the feeds, with rows of the test's."""

    def __init__(self, pool: Pool, owner: Pool) -> None:
        self._pool = pool
        self._owner = owner
        self.position = 0

    async def open(self, party: str) -> None:
        """Register a party."""
        await self._pool.fetch("INSERT INTO feed VALUES ($1, 0, $2)", party, feed_seed(party))

    async def give(self, *parties: str, events: int = 1, subject: str = SUBJECT, body: bytes | None = None) -> None:
        """Record events that concern these parties."""
        async with self._pool.transaction() as connection:
            for _ in range(events):
                self.position += 1
                told = body or body_of(self.position)
                row = (self.position, subject, told, leaf_hash(told))
                await connection.execute("INSERT INTO published VALUES ($1, $2, $3, $4)", *row)
                for party in parties:
                    feed = await connection.fetchrow("SELECT number, chain FROM feed WHERE party = $1", party)
                    assert feed is not None
                    number, chain = feed["number"], chain_after(feed["chain"], told)
                    entry = (party, number + 1, self.position, self.position, chain)
                    await connection.execute("INSERT INTO feed_entry VALUES ($1, $2, $3, $4, $5)", *entry)
                    await connection.execute(
                        "UPDATE feed SET (number, chain) = ($2, $3) WHERE party = $1", party, number + 1, chain
                    )
            for party in parties:
                await connection.execute("SELECT pg_notify('moiety_feed', $1)", party)

    async def cut(self, party: str, number: int, *, is_told: bool = True) -> None:
        """Take back what a feed had after a number: as going back does, or as who writes it anew has begun to."""
        if is_told:
            await self._owner.fetch("INSERT INTO feed_cut VALUES ($1)", party)
        await self._owner.fetch("DELETE FROM feed_entry WHERE party = $1 AND number > $2", party, number)
        chains = await self._owner.fetch("SELECT chain FROM feed_entry WHERE (party, number) = ($1, $2)", party, number)
        chain = chains[0]["chain"] if chains else feed_seed(party)
        await self._owner.fetch("UPDATE feed SET (number, chain) = ($2, $3) WHERE party = $1", party, number, chain)

    async def of(self, party: str) -> list[tuple[int, int, bytes]]:
        """Return a party's feed: number, position and bytes of each event."""
        rows = await self._pool.fetch(
            "SELECT number, position, body FROM feed_entry JOIN published USING (position) WHERE party = $1 ORDER BY 1",
            party,
        )
        return [(row["number"], row["position"], row["body"]) for row in rows]

    async def chain(self, party: str) -> str:
        return chain_text((await self._pool.fetch("SELECT chain FROM feed WHERE party = $1", party))[0]["chain"])


async def on_stream(client: Client, party: str) -> Sequence[tuple[int, int, bytes]]:
    """Return what a party's stream holds: sequence, position and bytes of each message."""
    jetstream, held = client.jetstream(), []
    for number in range(1, await last_of(client, party) + 1):
        message = await jetstream.get_msg(stream_of(party), number, direct=True)
        held.append((message.seq or 0, int((message.headers or {})[POSITION_HEADER]), message.data or b""))
    return held


async def last_of(client: Client, party: str) -> int:
    return (await client.jetstream().stream_info(stream_of(party))).state.last_seq


async def chain_on_stream(client: Client, party: str) -> str | None:
    """Return the chain that is stated with the last message."""
    last = await last_of(client, party)
    message = await client.jetstream().get_msg(stream_of(party), last, direct=True)
    return (message.headers or {}).get(CHAIN_HEADER)
