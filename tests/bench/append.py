"""What a command costs, from decision to durable, against the eventsourcing library's own recorder."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from time import perf_counter
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg

from shared.testing import MigratedDatabase, Servers
from tests.bench.measure import Result, Run, compare, in_turn
from tests.bench.situation import append_contribution, record_contribution, seeded

CALLERS = 32
COMMANDS = 8_000
SAVES = 1_000
THREADS = (1, 16, 32)
LOCKED_SECONDS = 2

_LIBRARY_INSERT = """
    SELECT * FROM es_insert_events_uuid(ARRAY[(gen_random_uuid(), 1, 'a topic', '{}'::bytea)::stored_event_uuid])
"""


class LibraryPeer(NamedTuple):
    """The library, at the number of threads it is fastest with here."""

    name: str
    run: Run[float]


async def append(servers: Servers) -> list[Result]:
    """Commands a second against the library's own recorder, as it comes."""
    peer = await _best_library_peer(servers.create("agreements"), functions=False)
    return [await _against(servers, "append", peer, goal=20)]


async def append_functions(servers: Servers) -> list[Result]:
    """The same against the library with its optional database functions."""
    database = servers.create("agreements")
    peer = await _best_library_peer(database, functions=True)
    return [await _against(servers, "append_functions", peer, goal=6, note=await _order_note(database))]


async def append_with_rules(servers: Servers) -> list[Result]:
    """The whole decision that `POST /v1/contributions` takes, against the same append without the domain's rules."""
    async with seeded(servers) as (handler, _):
        ours = partial(_commands_per_second, partial(record_contribution, handler))
        bare = partial(_commands_per_second, partial(append_contribution, handler))
        mine, theirs = await in_turn(ours, bare)
    peer_name = "the same append without the domain's rules"
    return [compare("append_with_rules", mine, theirs, peer_name=peer_name, goal=0.5, unit="commands/s")]


async def _against(servers: Servers, name: str, peer: LibraryPeer, goal: float, note: str | None = None) -> Result:
    async with seeded(servers) as (handler, _):
        ours = partial(_commands_per_second, partial(append_contribution, handler))
        mine, theirs = await in_turn(ours, peer.run)
    return compare(name, mine, theirs, peer_name=peer.name, goal=goal, unit="commands/s", note=note)


async def _commands_per_second(command: Callable[[], Awaitable[object]]) -> float:
    async def caller() -> None:
        for _ in range(COMMANDS // CALLERS):
            await command()

    started = perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return COMMANDS // CALLERS * CALLERS / (perf_counter() - started)


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


async def _best_library_peer(database: MigratedDatabase, *, functions: bool) -> LibraryPeer:
    rates = {threads: await _library_saves(database, threads, functions=functions) for threads in THREADS}
    best = max(rates, key=lambda threads: rates[threads])
    options = ", with database functions" if functions else ""
    name = f"eventsourcing Application.save, {best} threads{options}"
    return LibraryPeer(name, partial(_library_saves, database, best, functions=functions))


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
