"""What a command costs as history grows, and while others stand by."""

from contextlib import AsyncExitStack
from statistics import median
from time import perf_counter

import asyncpg

from shared.embedded.child import free_ports
from shared.log.handle import Handler
from shared.testing import PROCESSES, MigratedDatabase, Servers
from tests.bench.measure import Result, compare, in_turn
from tests.bench.service import running
from tests.bench.situation import correct_contribution, record_contribution, seeded

SHORT, LONG = 10, 10_000
CORRECTIONS = 300
COMMANDS = 20_000
OBSERVED = 1_000


async def growth(servers: Servers) -> list[Result]:
    """The cost of a command on a long stream against a short one."""
    async with seeded(servers) as (handler, _):
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

        mine, theirs = await in_turn(on_long, on_short)
    peer_name = f"the same on a stream of {SHORT}"
    return [compare("growth", mine, theirs, peer_name=peer_name, goal=1.2, unit="µs/command", better="lower")]


async def growth_with_standby(servers: Servers) -> list[Result]:
    """The cost of a command after 20,000 of them, one by one, while of every service one process stands by."""
    servers.empty_nats()
    async with seeded(servers) as (handler, database), AsyncExitStack() as stack:
        await _start_twice(stack, servers, database)
        seconds = [await _seconds_to_record(handler) for _ in range(COMMANDS)]
        kibibytes = await _size_of_head(database)
    beginning, end = seconds[OBSERVED : 2 * OBSERVED], seconds[-OBSERVED:]  # the first ones find everything cold
    return [
        compare(
            "growth_with_standby",
            [each * 1e6 for each in end],
            [each * 1e6 for each in beginning],
            peer_name="the same at the beginning",
            goal=1.2,
            unit="µs/command",
            better="lower",
            note=f"log_head, which holds one row, takes {kibibytes} KiB at the end",
        )
    ]


async def _start_twice(stack: AsyncExitStack, servers: Servers, database: MigratedDatabase) -> None:
    home = servers.home
    databases = {"agreements": database, "relay": servers.as_role(database, "relay")}
    ports = home.ports._asdict()
    for name, module in PROCESSES.items():
        if name not in databases:
            databases[name] = servers.create(name)
            stack.callback(servers.drop, databases[name])
        for port in (ports[name], *free_ports(1)):
            await stack.enter_async_context(running(servers, databases[name], module, settings_of=name, port=port))


async def _size_of_head(database: MigratedDatabase) -> int:
    administrator = await asyncpg.connect(database.admin_dsn, password=database.admin_password)
    try:
        size: int = await administrator.fetchval("SELECT pg_relation_size('log_head') / 1024")
    finally:
        await administrator.close()
    return size


async def _seconds_to_record(handler: Handler) -> float:
    started = perf_counter()
    await record_contribution(handler)
    return perf_counter() - started


async def _seconds_to_correct(handler: Handler, contribution: str, number: int) -> float:
    started = perf_counter()
    await correct_contribution(handler, contribution, number)
    return perf_counter() - started
