"""What the log itself carries: appends of one event of 300 bytes to warm streams, each with its expected version."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg
import msgspec

from shared.embedded.child import free_ports, spawn, stop
from shared.log.postgres import PostgresEventStore
from shared.log.store import Append, Recordable
from shared.testing import Servers, wait_until
from tests.bench.measure import Meter, Rate, Result, Run, compare, in_turn, per_cpu_second, per_second
from tests.bench.umadb_peer import BODY, TYPE

FEW, MANY, MOST = 32, 128, 512
APPENDS = 16_384
INSERTS = 6_400
PEER_APPENDS = 8_192
ROUND_TRIP_SECONDS = 0.015
START_SECONDS = 10

_TABLE = """
    CREATE TABLE bare_event (
        position bigserial PRIMARY KEY, stream text NOT NULL, version bigint NOT NULL, type text NOT NULL,
        agreement text NOT NULL, body bytea NOT NULL, UNIQUE (stream, version)
    )
"""
_INSERT = "INSERT INTO bare_event (stream, version, type, agreement, body) VALUES ($1, $2, $3, 'MOU', $4)"


class Umadb(NamedTuple):
    """A running server of UmaDB's, in one of its modes."""

    mode: str
    url: str
    pid: int

    async def append(self, callers: int) -> Rate:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.bench.umadb_peer", self.url, str(self.pid), str(callers), str(PEER_APPENDS)),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, "the peer failed; its own message is above"
        return msgspec.json.decode(output, type=Rate)


class Appending:
    """Appends to our log from so many callers, each to a stream of its own that grows from run to run."""

    def __init__(self, store: PostgresEventStore, *processes: int) -> None:
        self._store = store
        self._processes = processes
        self._versions: dict[str, int] = {}

    async def run(self, callers: int, appends: int = APPENDS) -> Rate:
        meter = Meter(*self._processes)
        await asyncio.gather(*(self._caller(f"contribution:{number}", appends // callers) for number in range(callers)))
        return meter.rate(appends // callers * callers)

    async def _caller(self, stream: str, appends: int) -> None:
        version = self._versions.get(stream, 0)
        for _ in range(appends):
            event = Recordable(stream, version + 1, TYPE, BODY, "MOU")
            await self._store.append(Append((event,), {stream: version}))
            version += 1
        self._versions[stream] = version


async def append_vs_umadb(servers: Servers) -> list[Result]:
    """Against UmaDB in its faster mode: by the clock, and for each second of processor time of client and server."""
    async with _appending(servers) as ours, _faster_umadb() as peer:
        few = await in_turn(partial(ours.run, FEW), partial(peer.append, FEW))
        many = await in_turn(partial(ours.run, MANY), partial(peer.append, MANY), rounds=3)
    beside = (
        f"with {MANY} callers {median(per_second(many[0])):,.0f} against {median(per_second(many[1])):,.0f} by the "
        f"clock, {median(per_cpu_second(many[0])):,.0f} against {median(per_cpu_second(many[1])):,.0f} per CPU-second"
    )
    clock, processor = [list(map(per_second, few)), list(map(per_cpu_second, few))]
    name = f"UmaDB, {peer.mode}"
    return [
        compare("append_vs_umadb", *clock, peer_name=name, goal=1.5, unit="appends/s", note=beside),
        compare("append_vs_umadb_cpu", *processor, peer_name=name, goal=2, unit="appends per CPU-second"),
    ]


async def append_vs_limit(servers: Servers) -> list[Result]:
    """Against bare asyncpg, one INSERT of the same row per commit on 32 connections, for each CPU-second."""
    async with _appending(servers) as ours, _inserting(servers) as insert:
        few = await in_turn(partial(ours.run, FEW), insert)
        most = await in_turn(partial(ours.run, MOST), insert)
    return [
        _against_limit("append_vs_limit", *few, goal=1.6),
        _against_limit(f"append_vs_limit_{MOST}", *most, goal=3.4),
    ]


async def append_far(servers: Servers) -> list[Result]:
    """With a database that is 15 ms away, against the most that 128 callers who wait for each answer can do."""
    port = free_ports(1)[0]
    command = (sys.executable, "-m", "tests.bench.far_away", str(port), str(servers.home.postgres.port))
    proxy = spawn([*command, str(ROUND_TRIP_SECONDS)])
    try:
        await wait_until(partial(_accepts, port), START_SECONDS, "the proxy accepts")
        async with _appending(servers, port=port) as ours:
            mine, theirs = await in_turn(partial(ours.run, MANY), _most_of_waiting)
    finally:
        stop(proxy)
    peer_name = f"{MANY} callers ÷ {ROUND_TRIP_SECONDS * 1000:g} ms"
    clock = per_second(mine), per_second(theirs)
    return [compare("append_far", *clock, peer_name=peer_name, goal=0.7, unit="appends/s")]


async def _most_of_waiting() -> Rate:
    return Rate(MANY / ROUND_TRIP_SECONDS, 0)


def _against_limit(name: str, mine: list[Rate], theirs: list[Rate], *, goal: float) -> Result:
    return compare(
        name,
        per_cpu_second(mine),
        per_cpu_second(theirs),
        peer_name=f"asyncpg, one INSERT per commit on {FEW} connections",
        goal=goal,
        unit="appends per CPU-second",
        note=f"by the clock {median(per_second(mine)):,.0f} against {median(per_second(theirs)):,.0f} a second",
    )


@asynccontextmanager
async def _appending(servers: Servers, *, port: int | None = None) -> AsyncIterator[Appending]:
    database = servers.create("agreements")
    dsn = urlsplit(database.dsn)
    if port is not None:
        dsn = dsn._replace(netloc=f"{dsn.username}@{dsn.hostname}:{port}")
    async with PostgresEventStore.open(dsn.geturl(), password=database.password) as store:
        yield Appending(store, servers.home.postgres.pid)
    servers.drop(database)


@asynccontextmanager
async def _inserting(servers: Servers) -> AsyncIterator[Run[Rate]]:
    database = servers.create("agreements")
    versions = count(1)
    async with asyncpg.create_pool(
        database.admin_dsn, password=database.admin_password, min_size=FEW, max_size=FEW
    ) as pool:
        await pool.execute(_TABLE)

        async def insert() -> Rate:
            run = next(versions)

            async def caller(number: int) -> None:
                async with pool.acquire() as connection:
                    statement = await connection.prepare(_INSERT)
                    appends = INSERTS // FEW
                    for each in range(appends):
                        await statement.fetch(f"contribution:{number}", run * appends + each, TYPE, BODY)

            meter = Meter(servers.home.postgres.pid)
            await asyncio.gather(*map(caller, range(FEW)))
            return meter.rate(INSERTS // FEW * FEW)

        yield insert
    servers.drop(database)


@asynccontextmanager
async def _faster_umadb() -> AsyncIterator[Umadb]:
    """Give UmaDB with the writer that is faster here, simple or pipelined."""
    async with _umadb("false") as simple, _umadb("true") as pipelined:
        rates = await in_turn(partial(simple.append, FEW), partial(pipelined.append, FEW), rounds=3)
    simple_rate, pipelined_rate = map(median, map(per_second, rates))
    async with _umadb("false" if simple_rate > pipelined_rate else "true") as server:
        yield server


@asynccontextmanager
async def _umadb(pipelined: str) -> AsyncIterator[Umadb]:
    port = free_ports(1)[0]
    with TemporaryDirectory() as directory:
        command = [str(Path(sys.executable).with_name("umadb")), "--listen", f"127.0.0.1:{port}"]
        with (Path(directory) / "log").open("wb") as output:
            child = spawn([*command, "--db-path", directory, "--pipelined-writer", pipelined], output=output)
        try:
            await wait_until(partial(_accepts, port), START_SECONDS, "UmaDB accepts")
            yield Umadb(f"pipelined writer {pipelined}", f"http://127.0.0.1:{port}", child.pid)
        finally:
            stop(child)


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
