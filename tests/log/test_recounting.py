"""Whoever changes what is recorded by hand is found out by the pass over all of it, and named by position."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.log.chain import START, Head, chain_text
from shared.log.compared import recount
from shared.log.envelope import encode
from shared.log.postgres import PostgresEventStore
from shared.log.recount import LogAltered, recounted
from shared.log.recounting import Recounting
from shared.log.store import Append, Recordable
from shared.testing import MigratedDatabase, wait_until
from tests.log.controls import CoinDropped, an_envelope

SECONDS = 10
EVENTS = 7
PLANTED = """
    INSERT INTO event (position, stream, version, type, agreement, body, chain)
    SELECT -1, stream, version + 1, type, agreement, body, chain FROM event ORDER BY position DESC LIMIT 1
"""


@pytest.fixture
async def log(log_database: MigratedDatabase) -> AsyncIterator[PostgresEventStore]:
    """A log of a jar and its coins, events as the service records them."""
    async with PostgresEventStore.open(log_database.dsn, password=log_database.password) as opened:
        for version in range(1, EVENTS + 1):
            coin = an_envelope(version=version, data=CoinDropped(jar="J1", worth=version))
            recorded = Recordable(
                originator_id=coin.stream,
                originator_version=version,
                topic=coin.type,
                state=encode(coin),
                agreement=coin.agreement,
            )
            await opened.append(Append(events=[recorded], expected={coin.stream: version - 1}))
        yield opened


@pytest.fixture
async def owner(log_database: MigratedDatabase) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(log_database.owner_dsn, password=log_database.owner_password)
    yield connection
    await connection.close()


@pytest.fixture
def recounting(log: PostgresEventStore) -> Recounting:
    return Recounting(log, pause_seconds=0.01, rest_seconds=0.01)


async def found(recounting: Recounting) -> LogAltered:
    with pytest.raises(LogAltered) as altered:
        await asyncio.wait_for(recounting.run(), SECONDS)
    return altered.value


async def test_what_was_recorded_is_found_as_it_was(recounting: Recounting, log: PostgresEventStore):
    """Pass after pass, and each says when it was through."""
    assert 0 == recounting.through_at
    running = asyncio.create_task(recounting.run())
    await wait_until(lambda: recounting.through_at > 0, SECONDS, "it is through")
    first = recounting.through_at
    await wait_until(lambda: recounting.through_at > first, SECONDS, "it is through again")

    assert not running.done()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


CHANGES = {
    "another body": "UPDATE event SET body = replace(convert_from(body, 'UTF8'), '\"worth\":4', '\"worth\":40')::bytea",
    "another chain": "UPDATE event SET chain = sha256(chain)",
    "another stream": "UPDATE event SET stream = 'jar:J2'",
    "another version": "UPDATE event SET version = 70",
    "another type": "UPDATE event SET type = 'tests.JarOpened.v1'",
    "another agreement": "UPDATE event SET agreement = 'AGR-2'",
    "removed": "DELETE FROM event",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_one_row_changed_by_hand_is_named(
    recounting: Recounting, owner: "asyncpg.Connection[asyncpg.Record]", change: str
):
    """Whatever of it was changed, with what was expected and what is there."""
    await owner.execute(f"{change} WHERE position = 4")

    altered = await found(recounting)

    assert 4 == altered.position
    assert altered.expected != altered.got


async def test_a_row_below_all_positions_is_named_and_never_read(
    recounting: Recounting, log: PostgresEventStore, owner: "asyncpg.Connection[asyncpg.Record]"
):
    """Whoever may change the tables puts it there; a stream is what the log's positions hold of it."""
    [newest] = await log.read_log(after=EVENTS - 1, limit=1)
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute(PLANTED)
    await owner.execute("ALTER TABLE event DROP CONSTRAINT event_check")
    await owner.execute(PLANTED)

    assert -1 == (await found(recounting)).position
    assert EVENTS == (await log.read_stream(str(newest.originator_id)))[-1].originator_version
    assert EVENTS == await log.version_at(str(newest.originator_id), EVENTS)
    with pytest.raises(LogAltered, match="no event below position 1"):
        await recount(log)


async def test_a_changed_head_is_found(recounting: Recounting, owner: "asyncpg.Connection[asyncpg.Record]"):
    """The next event would continue a history that nobody has."""
    await owner.execute("UPDATE log_head SET chain = sha256(chain)")

    assert EVENTS == (await found(recounting)).position


async def test_a_change_with_all_that_follows_worked_out_again_is_another_history(
    log: PostgresEventStore, owner: "asyncpg.Connection[asyncpg.Record]"
):
    """Nothing in the log alone tells; that its head is no longer what was published does."""
    before = await log.head()
    link = START.chain
    for entry in await log.read_log(after=0, limit=EVENTS):
        body = entry.state.replace(b'"worth":4', b'"worth":5')
        link = await owner.fetchval("SELECT sha256($1::bytea || sha256('\\x00'::bytea || $2::bytea))", link, body)
        await owner.execute("UPDATE event SET (body, chain) = ($2, $3) WHERE position = $1", entry.id, body, link)
    await owner.execute("UPDATE log_head SET chain = $1", link)

    entries = await log.read_log(after=0, limit=EVENTS)
    assert Head(EVENTS, link) == recounted(START, entries) == await log.head()
    assert chain_text(before.chain) != chain_text(link)
