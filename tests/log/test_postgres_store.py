"""The same contract on PostgreSQL, and what only several processes can break."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator

import asyncpg
import pytest
from eventsourcing.persistence import StoredEvent

from shared.log.postgres import FAR, PostgresEventStore
from shared.log.store import Append, LogUnavailable
from shared.testing import MigratedDatabase, wait_until
from tests.log.controls import an_append, recordable
from tests.log.store_contract import StoreContract

DEADLINE_SECONDS = 60


@pytest.fixture
async def store(log_database: MigratedDatabase) -> AsyncIterator[PostgresEventStore]:
    async with PostgresEventStore.open(log_database.dsn, password=log_database.password) as opened:
        yield opened


class TestPostgresStore(StoreContract):
    pass


async def an_appender(
    database: MigratedDatabase, name: str, *, streams: int, events: int
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.log.appender", name, str(streams), str(events)),
        env=os.environ | {"DSN": database.dsn, "PASSWORD": database.password or ""},
        stdout=asyncio.subprocess.PIPE,
    )


async def claims_of(process: asyncio.subprocess.Process) -> dict[int, str]:
    """Return what the process was told is recorded: position → stream and version."""
    output, _ = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
    lines = [line.split(" ", 1) for line in output.decode().splitlines() if line.count(" ") == 2]
    return {int(position): rest for position, rest in lines}


async def follow(store: PostgresEventStore, until: asyncio.Event) -> list[int]:
    """Read the log as a consumer would, always after the last position seen."""
    seen: list[int] = []
    while True:
        finished = until.is_set()
        entries = await store.read_log(after=seen[-1] if seen else 0, limit=500)
        seen.extend(entry.id for entry in entries)
        if finished and not entries:
            return seen
        await asyncio.sleep(0)


async def test_three_processes_append_without_a_gap_and_in_commit_order(
    log_database: MigratedDatabase, store: PostgresEventStore
) -> None:
    """A reader that follows along sees 1, 2, 3, … and never a position appear behind it."""
    finished = asyncio.Event()
    following = asyncio.create_task(follow(store, finished))
    processes = [await an_appender(log_database, name, streams=20, events=50) for name in ("a", "b", "c")]

    claims = [await claims_of(process) for process in processes]
    finished.set()
    seen = await asyncio.wait_for(following, DEADLINE_SECONDS)

    assert list(range(1, 3001)) == seen
    assert set(seen) == set().union(*claims)


async def test_a_killed_writer_leaves_no_gap_and_loses_nothing_it_acknowledged(
    log_database: MigratedDatabase, store: PostgresEventStore
) -> None:
    """Killed at a moment nobody chose: its neighbours go on, the numbers too."""
    survivor = await an_appender(log_database, "a", streams=10, events=60)
    killed = await an_appender(log_database, "b", streams=10, events=100_000)

    async def both_are_writing() -> bool:
        return (await store.head()).position > 500

    await wait_until(both_are_writing, DEADLINE_SECONDS, "500 events")
    killed.kill()

    claims = await claims_of(killed) | await claims_of(survivor)
    entries = await store.read_log(after=0, limit=1_000_000)
    recorded = {entry.id: f"{entry.originator_id} {entry.originator_version}" for entry in entries}

    assert list(range(1, len(recorded) + 1)) == list(recorded)
    assert claims == {position: recorded[position] for position in claims}


async def test_a_terminated_connection_fails_only_what_was_under_way(
    log_database: MigratedDatabase, store: PostgresEventStore
) -> None:
    """The server hangs up on every connection; the next append finds a new one."""
    await store.append(an_append("jar:A", 1))
    await _hang_up(log_database)

    with contextlib.suppress(LogUnavailable):
        await store.append(an_append("jar:B", 1))
    await store.append(an_append("jar:A", 2))

    assert [1, 2] == [event.originator_version for event in await store.read_stream("jar:A")]


async def test_whoever_waits_is_woken_when_nobody_listens_any_more(
    log_database: MigratedDatabase, store: PostgresEventStore
) -> None:
    """What is recorded until somebody listens again is announced to nobody: it looks, long before its time is over."""
    await store.append(an_append("jar:A", 1))
    await store.wait_for_append(1, 0.01)
    assert 1 == len(await store.read_log(after=0, limit=10))
    waiting = asyncio.create_task(store.wait_for_append(1, 30))
    await asyncio.sleep(0)
    assert not waiting.done()

    await _hang_up(log_database)

    await asyncio.wait_for(waiting, 5)


async def _hang_up(database: MigratedDatabase) -> None:
    administrator = await asyncpg.connect(database.admin_dsn, password=database.admin_password)
    await administrator.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
        database.name,
    )
    await administrator.close()


async def test_an_append_the_database_refuses_fails_alone(store: PostgresEventStore) -> None:
    """A value PostgreSQL cannot hold spoils one append of a batch, not the batch."""
    good = [an_append(f"jar:{number}") for number in range(10)]
    bad = Append(events=[recordable("jar:bad", agreement="a\x00b")])

    outcomes = await asyncio.gather(*(store.append(append) for append in [*good, bad]), return_exceptions=True)

    assert [False] * 10 + [True] == [isinstance(outcome, LogUnavailable) for outcome in outcomes]
    assert 10 == (await store.head()).position


async def test_an_append_that_is_a_mistake_fails_alone(store: PostgresEventStore) -> None:
    """It is told as the mistake it is; its neighbours are recorded, and so is whatever comes after it."""
    good = [an_append(f"jar:{number}") for number in range(10)]
    mistaken = Append(events=[StoredEvent("jar:bad", 1, "t", b"")])  # type: ignore[list-item]  # of no agreement

    for _ in range(FAR):
        outcomes = await asyncio.gather(*(store.append(append) for append in [*good, mistaken]), return_exceptions=True)
        assert isinstance(outcomes[-1], AttributeError)

    async with asyncio.timeout(DEADLINE_SECONDS):
        assert [11] == list(await store.append(an_append("jar:10")))


async def test_the_service_cannot_rewrite_the_log(log_database: MigratedDatabase, store: PostgresEventStore) -> None:
    """Append-only by privilege: the service's own role is refused by PostgreSQL itself."""
    await store.append(an_append("jar:A", 1))
    connection = await asyncpg.connect(log_database.dsn, password=log_database.password)
    try:
        for statement in (
            "UPDATE event SET body = 'x'",
            "INSERT INTO event VALUES (9, 'jar:Z', 1, 't', 'AGR-1', 'x')",
            "UPDATE log_head SET position = 0",
            "INSERT INTO idempotency VALUES ('c', 'k', 'f', 'a', 1)",
            "DELETE FROM event",
            "TRUNCATE event",
            "DELETE FROM idempotency",
            "DELETE FROM log_head",
            "DROP TABLE event",
            "CREATE TABLE mine ()",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
