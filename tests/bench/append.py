"""What a command costs, from decision to durable."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

import asyncpg

from shared.log.handle import Handler
from shared.log.postgres import PostgresEventStore
from shared.testing import MigratedDatabase, Servers
from tests.bench.measure import Peer, Result, alternately
from tests.bench.situation import append_contribution, correct_contribution, per_second, record_contribution, seed

CALLERS = 32
COMMANDS = 16_000
SAVES = 2_000
INSERTS = 6_000
THREADS = (1, 16, 32)
SHORT, LONG = 10, 10_000
LOCKED_SECONDS = 2
CORRECTIONS = 300

_LIBRARY_INSERT = """
    SELECT * FROM es_insert_events_uuid(ARRAY[(gen_random_uuid(), 1, 'a topic', '{}'::bytea)::stored_event_uuid])
"""
_LIMIT = """
    INSERT INTO contribution (stream, version, type, agreement, subject, body)
    VALUES ($1, 1, 'agreements.ContributionRecorded.v1', 'MOU', 'moiety.v1.MOU.contribution.ContributionRecorded', $2)
"""
_LIMIT_TABLE = """
    CREATE TABLE contribution (
        position bigserial PRIMARY KEY, stream text NOT NULL, version bigint NOT NULL, type text NOT NULL,
        agreement text NOT NULL, subject text NOT NULL, body bytea NOT NULL, UNIQUE (stream, version)
    )
"""


async def append(servers: Servers) -> list[Result]:
    """Commands a second against the library's own recorder, as it comes."""
    peer = await _best_library_peer(servers, functions=False, goal=40)
    return [await _against(servers, "append", peer)]


async def append_functions(servers: Servers) -> list[Result]:
    """The same against the library with its optional database functions."""
    database = servers.create("agreements")
    peer = await _best_library_peer(servers, functions=True, goal=6, database=database)
    return [await _against(servers, "append_functions", peer, await _order_note(database))]


async def append_vs_limit(servers: Servers) -> list[Result]:
    """The same against bare asyncpg: one INSERT of the same row per commit, on as many connections as callers."""
    database = servers.create("agreements")
    administrator = await asyncpg.connect(database.admin_dsn, password=database.admin_password)
    await administrator.execute(_LIMIT_TABLE)
    body = await _a_body(servers)
    async with asyncpg.create_pool(
        database.admin_dsn, password=database.admin_password, min_size=CALLERS, max_size=CALLERS
    ) as pool:

        async def insert() -> float:
            async def caller(number: int) -> None:
                async with pool.acquire() as connection:
                    statement = await connection.prepare(_LIMIT)
                    for count in range(INSERTS // CALLERS):
                        await statement.fetch(f"contribution:{started}-{number}-{count}", body)

            started = perf_counter()
            await asyncio.gather(*map(caller, range(CALLERS)))
            return per_second(INSERTS // CALLERS * CALLERS, started)

        result = await _against(servers, "append_vs_limit", Peer("asyncpg, one INSERT per commit", insert, goal=3))
    await administrator.close()
    servers.drop(database)
    return [result]


async def append_with_rules(servers: Servers) -> list[Result]:
    """The whole decision that `POST /v1/contributions` takes, against the same append without the domain's rules."""
    async with _seeded(servers) as handler:
        ours = partial(_commands_per_second, partial(record_contribution, handler))
        bare = partial(_commands_per_second, partial(append_contribution, handler))
        peer = Peer("the same append without the domain's rules", bare, goal=0.5)
        return [await alternately("append_with_rules", ours, peer, unit="commands/s")]


async def growth(servers: Servers) -> list[Result]:
    """The cost of a command on a long stream against a short one."""
    async with _seeded(servers) as handler:
        long = await record_contribution(handler)
        for number in range(LONG):
            await correct_contribution(handler, long, number)
        version = LONG

        async def on_long() -> float:
            nonlocal version
            seconds = []
            for _ in range(CORRECTIONS):
                seconds.append(await _seconds_to_correct(handler, long, version))
                version += 1
            return median(seconds) * 1e6

        async def on_short() -> float:
            seconds = []
            for _ in range(CORRECTIONS // SHORT):
                short = await record_contribution(handler)
                for number in range(SHORT):
                    await correct_contribution(handler, short, number)
                seconds += [await _seconds_to_correct(handler, short, SHORT + number) for number in range(SHORT)]
            return median(seconds) * 1e6

        peer = Peer(f"the same on a stream of {SHORT}", on_short, goal=1.2)
        return [await alternately("growth", on_long, peer, unit="µs/command", better="lower")]


async def _against(servers: Servers, name: str, peer: Peer, note: str | None = None) -> Result:
    async with _seeded(servers) as handler:
        ours = partial(_commands_per_second, partial(append_contribution, handler))
        await ours()  # connections and code paths warm, as the peer's are
        return await alternately(name, ours, peer, unit="commands/s", note=note)


@asynccontextmanager
async def _seeded(servers: Servers) -> AsyncIterator[Handler]:
    database = servers.create("agreements")
    async with PostgresEventStore.open(database.dsn, password=database.password) as store:
        handler = Handler(store)
        await seed(handler)
        yield handler
    servers.drop(database)


async def _commands_per_second(command: Callable[[], Awaitable[object]]) -> float:
    async def caller() -> None:
        for _ in range(COMMANDS // CALLERS):
            await command()

    started = perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return per_second(COMMANDS // CALLERS * CALLERS, started)


async def _seconds_to_correct(handler: Handler, contribution: str, number: int) -> float:
    started = perf_counter()
    await correct_contribution(handler, contribution, number)
    return perf_counter() - started


async def _a_body(servers: Servers) -> bytes:
    async with _seeded(servers) as handler:
        await append_contribution(handler)
        last = await handler.store.last_position()
        return (await handler.store.read_log(after=last - 1, limit=1))[0].state


async def _order_note(database: MigratedDatabase) -> str:
    """Tell whether, with the library's functions, an event can become visible before one that was numbered earlier."""
    connections = [await asyncpg.connect(database.admin_dsn, password=database.admin_password) for _ in range(2)]
    early, late = connections
    try:
        transaction = early.transaction()
        await transaction.start()
        first = await early.fetchval(_LIBRARY_INSERT)
        second = await late.fetchval(_LIBRARY_INSERT, timeout=LOCKED_SECONDS)
        await transaction.commit()
    except TimeoutError:
        return "its order is safe: an insert waits for the commit of the one before"
    finally:
        for connection in connections:
            connection.terminate()
    return f"its order is not safe: {second} was committed, and could be read past, before {first}"


async def _best_library_peer(
    servers: Servers, *, functions: bool, goal: float, database: MigratedDatabase | None = None
) -> Peer:
    """Return the library at the number of threads it is fastest with here."""
    database = database or servers.create("agreements")
    rates = {threads: await _library_saves(database, threads, functions=functions) for threads in THREADS}
    best = max(rates, key=lambda threads: rates[threads])
    options = ", with database functions" if functions else ""
    name = f"eventsourcing Application.save, {best} threads{options}"
    return Peer(name, partial(_library_saves, database, best, functions=functions), goal)


async def _library_saves(database: MigratedDatabase, threads: int, *, functions: bool) -> float:
    address = urlsplit(database.admin_dsn)
    settings = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": database.name,
        "POSTGRES_HOST": str(address.hostname),
        "POSTGRES_PORT": str(address.port),
        "POSTGRES_USER": str(address.username),
        "POSTGRES_PASSWORD": database.admin_password,
        "POSTGRES_POOL_SIZE": str(threads),
        "POSTGRES_ENABLE_DB_FUNCTIONS": "y" if functions else "n",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bench.library_peer", str(threads), str(SAVES)),
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, "the peer failed; its own message is above"
    return float(output)
