"""Cases are answered in processes of their own: one of each caller's at a time, few that wait, and none for ever."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.agreements.simulation.cases import answer_to
from services.agreements.simulation.errors import CaseTooCostly, SimulationsUnavailable, TooManySimulations
from services.agreements.simulation.workers import OPEN_PER_CALLER, WORKERS, SimulationFailed, Workers
from shared.testing import wait_until
from tests.agreements.portals import Portal

pytestmark = pytest.mark.servers
SECONDS = 60
SMALL: dict[str, Any] = {"name": "small", "kind": "ownership", "input": {"events": []}}
HOLDERS = 40
# Each transfer replays those before it: seconds of work in 30 KB.
COSTLY: dict[str, Any] = {
    "name": "costly",
    "kind": "ownership",
    "input": {
        "events": [
            {
                "type": "adopt",
                "shares": {f"P{number}": f"1/{HOLDERS}" for number in range(HOLDERS)},
                "conceived_on": "2024-01-01",
            },
            *(
                {
                    "type": "transfer",
                    "from": f"P{number % HOLDERS}",
                    "to": f"P{(number + 1) % HOLDERS}",
                    "of_holding": f"{998 + number % 2}/1009",
                    "effective_on": f"2024-03-{1 + number % 28:02}",
                }
                for number in range(299)
            ),
        ],
        "at": ["2024-12-31"] * 300,
    },
}


def encoded(case: dict[str, Any]) -> bytes:
    return msgspec.json.encode(case)


@contextlib.asynccontextmanager
async def answering(workers: Workers, case: dict[str, Any], caller: str) -> AsyncIterator[asyncio.Task[bytes]]:
    """Give an answer that somebody waits for, and give up waiting at the end."""
    task = asyncio.create_task(workers.answer(encoded(case), caller=caller))
    await asyncio.sleep(0)
    yield task
    task.cancel()
    await asyncio.wait({task})


def gone(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return False
    return True


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_a_case_is_answered_as_the_rules_answer_it() -> None:
    """Byte for byte, by the same process one after another."""
    async with Workers() as workers:
        answers = [await workers.answer(encoded(SMALL), caller="HUT") for _ in range(3)]
        assert 1 == len(workers.processes())

    assert {msgspec.json.encode(answer_to(SMALL))} == set(answers)


async def test_one_callers_cases_take_one_process() -> None:
    """However many it has, and however costly: another's is answered meanwhile."""
    async with contextlib.AsyncExitStack() as stack:
        workers = await stack.enter_async_context(Workers())
        costly = [await stack.enter_async_context(answering(workers, COSTLY, "HUT")) for _ in range(OPEN_PER_CALLER)]
        await workers.answer(encoded(SMALL), caller="ATRC")

        assert not any(task.done() for task in costly)
        assert WORKERS == len(workers.processes())


async def test_a_caller_has_few_cases_open() -> None:
    """One more is refused, until one is answered."""
    async with contextlib.AsyncExitStack() as stack:
        workers = await stack.enter_async_context(Workers(open_per_caller=2))
        costly = [await stack.enter_async_context(answering(workers, COSTLY, "HUT")) for _ in range(2)]
        with pytest.raises(TooManySimulations):
            await workers.answer(encoded(SMALL), caller="HUT")
        costly[0].cancel()
        await asyncio.wait({costly[0]})

        async with answering(workers, SMALL, "HUT") as another:
            assert not another.done()


async def test_a_case_has_its_time() -> None:
    """What is costlier is refused, and its process takes the next one."""
    async with Workers(case_seconds=0.3) as workers:
        with pytest.raises(CaseTooCostly):
            await workers.answer(encoded(COSTLY), caller="HUT")
        before = workers.processes()
        await workers.answer(encoded(SMALL), caller="HUT")

        assert before == workers.processes()


async def test_whoever_waits_too_long_is_told_so() -> None:
    """Nobody waits for ever, whatever others ask; what nobody waits for is not gone on with."""
    async with Workers(answer_seconds=0.5) as workers:
        with pytest.raises(SimulationsUnavailable):
            await workers.answer(encoded(COSTLY), caller="HUT")

        assert [] == workers.processes()


async def test_a_process_that_is_killed_is_noticed_and_replaced() -> None:
    """Within a case by whoever asked, who may ask again; between two by nobody."""
    async with Workers() as workers:
        async with answering(workers, COSTLY, "HUT") as answer:
            await wait_until(lambda: bool(workers.processes()), SECONDS, "a process is at it")
            os.kill(workers.processes()[0], signal.SIGKILL)
            with pytest.raises(SimulationsUnavailable):
                await answer
        await workers.answer(encoded(SMALL), caller="HUT")
        [idle] = workers.processes()
        os.kill(idle, signal.SIGKILL)
        await wait_until(lambda: workers.processes() == [], SECONDS, "it is missed")

        assert encoded(answer_to(SMALL)) == await workers.answer(encoded(SMALL), caller="HUT")


async def test_a_mistake_in_a_rule_is_a_failure_of_ours_and_of_that_case_alone() -> None:
    """No refusal is made up, and the process takes the next one."""
    async with Workers() as workers:
        with pytest.raises(SimulationFailed):
            await workers.answer(b'{"name": "no case"}', caller="HUT")

        assert encoded(answer_to(SMALL)) == await workers.answer(encoded(SMALL), caller="HUT")


async def test_no_process_outlives_its_service() -> None:
    """Neither one that waits nor one within a case."""
    async with Workers() as workers:
        await workers.answer(encoded(SMALL), caller="HUT")
        async with answering(workers, COSTLY, "ATRC"), answering(workers, COSTLY, "HUT"):
            await wait_until(lambda: len(workers.processes()) == WORKERS, SECONDS, "both are at it")
            pids = workers.processes()
            await workers.__aexit__(None, None, None)

    assert all(map(gone, pids))


async def test_a_process_whose_service_was_killed_ends_by_itself() -> None:
    """With its input, which nobody can write to any more."""
    command = (sys.executable, "-m", "services.agreements.simulation", "10")
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.close()
    async with asyncio.timeout(SECONDS):
        assert 0 == await process.wait()


async def test_a_process_learns_no_secret() -> None:
    """Of the service's settings it has none: it needs none."""
    os.environ["MOIETY_TEST_SECRET"] = "secret"
    try:
        async with Workers() as workers:
            await workers.answer(encoded(SMALL), caller="HUT")
            [pid] = workers.processes()
            told = environment_of(pid)
    finally:
        del os.environ["MOIETY_TEST_SECRET"]

    assert b"PATH=" in told
    assert b"MOIETY_" not in told


async def test_simulating_over_http_is_limited_for_each_party(portal_of: Callable[..., Portal]) -> None:
    """Whoever speaks for it; another party is answered, and what is no case is refused without a process."""
    hut, colleague, atrc = portal_of("HUT"), portal_of("HUT", person="HUT-B"), portal_of("ATRC")
    costly = {
        asyncio.create_task(portal.post("/v1/simulations", COSTLY)) for portal in (hut, colleague) * OPEN_PER_CALLER
    }
    await wait_until(lambda: sum(task.done() for task in costly) >= OPEN_PER_CALLER, SECONDS, "some are refused")
    refused = [task.result() for task in costly if task.done()]
    answered = await atrc.post("/v1/simulations", SMALL)
    no_case = await atrc.post("/v1/simulations", SMALL | {"kind": "waterfalls"})

    assert {(429, "TOO_MANY_SIMULATIONS", "1")} == {
        (each.status_code, each.json()["code"], each.headers["retry-after"]) for each in refused
    }
    assert (200, answer_to(SMALL)) == (answered.status_code, answered.json())
    assert (422, "KIND_UNKNOWN") == (no_case.status_code, no_case.json()["code"])
    open_still = {task for task in costly if not task.done()}
    assert OPEN_PER_CALLER == len(open_still)
    for task in open_still:
        task.cancel()
    await asyncio.wait(open_still)
