"""The parts of a process run as long as it does; one that ends is missed."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import httpx
import pytest

from shared.embedded.child import free_ports, spawn, stop
from shared.embedded.nats import EmbeddedNats
from shared.errors import StartupError
from shared.parts import Parts, end_all
from shared.testing import MigratedDatabase, Servers, is_ready, wait_until

WORDS = "the disk of db-1.internal is gone"
SECONDS = 5
STARTING_SECONDS = 30


async def forever() -> None:
    await asyncio.Event().wait()


async def failing() -> None:
    raise OSError(WORDS)


async def failing_ours() -> None:
    raise StartupError("no table event")


async def returning() -> None:
    """Come to an end without a word."""


async def test_while_all_run_nothing_is_missed():
    """Readiness has nothing to say."""
    async with Parts() as parts:
        parts.start(forever(), name="one")
        parts.start(forever(), name="other")

        assert await parts.ended() is None


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (failing, "OSError"),
        (failing_ours, "StartupError: no table event"),
        (returning, "it returned"),
    ],
)
async def test_a_part_that_ends_is_named_with_its_reason(work, reason, capfd):
    """Once in the log, as what it is: critical; and to whoever asks whether the process is ready, from then on.

    That takes no token, so words that are not ours are in the log alone.
    """
    async with Parts() as parts:
        parts.start(forever(), name="reader")
        parts.start(work(), name="writer")
        await wait_until(lambda: _has_ended(parts), SECONDS, "the end is told")

        ended = await parts.ended()

    assert f"writer: {reason}" == ended
    told = "".join(capfd.readouterr())
    assert 1 == told.count("part-ended")
    assert (WORDS in told) == (work is failing)


async def test_all_are_stopped_at_the_end():
    """Nothing outlives the process's own end, and being told to stop is no failure."""
    async with Parts() as parts:
        parts.start(forever(), name="one")
    stopped = parts

    assert await stopped.ended() is None
    assert [] == [task for task in asyncio.all_tasks() if task.get_name() == "one"]


@pytest.mark.parametrize("lost", [0, 1, 3])
async def test_what_loses_a_cancellation_is_told_again(lost):
    """As `asyncio.wait_for` of Python 3.11 does when an answer comes together with it."""
    heard = 0

    async def losing() -> None:
        nonlocal heard
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                heard += 1
                if heard > lost:
                    raise

    part = asyncio.create_task(losing())
    await asyncio.sleep(0)
    async with asyncio.timeout(SECONDS):
        await end_all([part], again_seconds=0.01)

    assert lost + 1 == heard
    assert part.cancelled()


async def test_whoever_is_told_to_stop_while_it_ends_others_ends_them_first():
    """They may still hold what it would let go of."""
    ended = asyncio.Event()

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await ended.wait()

    part = asyncio.create_task(slow())
    await asyncio.sleep(0)
    ending = asyncio.create_task(end_all([part]))
    await asyncio.sleep(0)
    ending.cancel()
    await asyncio.sleep(0)
    was_done = ending.done()
    ended.set()
    await asyncio.wait({ending}, timeout=SECONDS)

    assert (False, True, True) == (was_done, part.done(), ending.cancelled())


async def _has_ended(parts: Parts) -> bool:
    return await parts.ended() is not None


@pytest.mark.parametrize(
    ("service", "table", "part", "said"),
    [("ledger", "checkpoint", "writer", "LedgerFailed"), ("notifications", "progress", "consumer", "consumer")],
)
async def test_a_process_without_one_of_its_parts_is_not_ready(
    servers: Servers,
    empty_nats: EmbeddedNats,
    fresh_database: Callable[[str], MigratedDatabase],
    tmp_path: Path,
    service: str,
    table: str,
    part: str,
    said: str,
):
    """Somebody has to look: it was no passing trouble, or the part would have waited for its end."""
    database = fresh_database(service)
    admin = await asyncpg.connect(database.admin_dsn, password=database.admin_password)
    await admin.execute(f"REVOKE UPDATE, SELECT ON {table} FROM {service}")
    await admin.close()
    port, metrics_port = free_ports(2)
    environment = {
        **servers.home.environment(service),
        "MOIETY_DATABASE_URL": database.dsn,
        "MOIETY_HTTP_PORT": str(port),
        "MOIETY_METRICS_PORT": str(metrics_port),
        "MOIETY_LOG_LEVEL": "ERROR",
    }
    with (tmp_path / "log").open("wb") as output:
        child = spawn([sys.executable, "-m", f"services.{service}"], environment=environment, output=output)
    try:
        await wait_until(lambda: said in reasons(port), STARTING_SECONDS, lambda: f"{part} ended: {reasons(port)}")
        assert not is_ready(f"http://127.0.0.1:{port}")
    finally:
        stop(child)
    told = [line for line in (tmp_path / "log").read_text().splitlines() if f'"{part}"' in line]

    assert ["part-ended"] == [json.loads(line)["action"] for line in told]


def reasons(port: int) -> str:
    """Return why a process says that it is not ready, if it says anything."""
    with contextlib.suppress(httpx.HTTPError):
        answer = httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=2, trust_env=False).json()
        return " ".join(check.get("reason", "") for check in answer["checks"].values())
    return ""
