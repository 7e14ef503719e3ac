"""Feeds as the consumer writes them, of any events, without a log."""

import asyncio
from collections.abc import Sequence

from services.notifications.feeds.feed import CHANNEL
from shared.database import Pool
from shared.events.registry import Event
from shared.log.chain import chain_after, feed_seed, leaf_hash
from shared.log.envelope import encode, subject_of
from tests.notifications.controls import contribution_recorded, said

_FEED = """
    WITH kept AS (
        INSERT INTO published (position, subject, body, leaf)
        SELECT * FROM unnest($2::bigint[], $3::text[], $4::bytea[], $5::bytea[])
    ), entries AS (
        INSERT INTO feed_entry (party, number, position, chain)
        SELECT $1, * FROM unnest($6::bigint[], $2::bigint[], $7::bytea[])
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
        CHANNEL,
    )
    return bodies


async def fed_later(pool: Pool, party: str, count: int, seconds: float) -> None:
    """Add events once somebody has been waiting for a while."""
    await asyncio.sleep(seconds)
    await feed(pool, party, count)
