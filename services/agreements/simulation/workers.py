"""Processes that answer cases, so that nobody's request waits for another's simulation.

Threads would not do: they take turns with everybody's requests at one interpreter.
"""

import asyncio
import contextlib
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Final, Self
from weakref import WeakValueDictionary

from services.agreements.simulation.errors import CaseTooCostly, SimulationsUnavailable, TooManySimulations
from services.agreements.simulation.messages import FAILED, HEAD_BYTES, TOO_COSTLY, framed, length_of
from shared.errors import MoietyError
from shared.telemetry import logger

# At most so many at once, whoever asks, and so many that wait.
WORKERS: Final = 2
MOST_OPEN: Final = 64
OPEN_PER_CALLER: Final = 4
# Of the processor: the costliest case that fits a body took seven, those of use a hundredth of one.
CASE_SECONDS: Final = 10.0
# Of the clock, with all waiting.
ANSWER_SECONDS: Final = 60.0

_log = logger()


class SimulationFailed(MoietyError):
    """A worker failed at a case; it has said why on standard error."""


class Workers:
    """Answers cases: one of a caller's at a time, so that each caller's turn comes, and few that wait.

    `async with Workers() as workers`, at whose end the processes are.
    """

    def __init__(
        self,
        *,
        open_per_caller: int = OPEN_PER_CALLER,
        case_seconds: float = CASE_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._open_per_caller = open_per_caller
        self._case_seconds = case_seconds
        self._answer_seconds = answer_seconds
        self._open: Counter[str] = Counter()
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._turns = asyncio.Semaphore(WORKERS)
        self._idle: list[_Worker] = []
        self._alive: set[_Worker] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for worker in list(self._alive):
            await self._end(worker)

    def processes(self) -> list[int]:
        """Return the ids of the processes that are there."""
        return [worker.process.pid for worker in self._alive if worker.process.returncode is None]

    async def answer(self, case: bytes, *, caller: str) -> bytes:
        """Answer a case; raises TooManySimulations, CaseTooCostly, SimulationsUnavailable, SimulationFailed."""
        with self._opened(caller):
            try:
                async with asyncio.timeout(self._answer_seconds):
                    async with self._lines.setdefault(caller, asyncio.Lock()), self._turns:
                        return await self._ask(case)
            except TimeoutError:
                raise SimulationsUnavailable(reason="too many cases") from None

    @contextlib.contextmanager
    def _opened(self, caller: str) -> Iterator[None]:
        if self._open[caller] >= self._open_per_caller:
            raise TooManySimulations(expected=f"at most {self._open_per_caller} at a time")
        if self._open.total() >= MOST_OPEN:
            raise SimulationsUnavailable(reason="too many cases")
        self._open[caller] += 1
        try:
            yield
        finally:
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]

    async def _ask(self, case: bytes) -> bytes:
        async with self._working() as worker:
            try:
                outcome, answer = await worker.ask(case)
            except (asyncio.IncompleteReadError, OSError) as error:
                _log.warning("A simulation's process ended", action="simulation-ended", pid=worker.process.pid)
                raise SimulationsUnavailable(reason="its process ended") from error
            self._idle.append(worker)
        if outcome == TOO_COSTLY:
            raise CaseTooCostly(expected=f"at most {self._case_seconds:g} seconds")
        if outcome == FAILED:
            raise SimulationFailed
        return answer

    @contextlib.asynccontextmanager
    async def _working(self) -> AsyncIterator["_Worker"]:
        """Give a worker, and end it unless it is idle again: what it is still at would be the next case's answer."""
        worker = await self._at_hand()
        try:
            yield worker
        finally:
            if worker not in self._idle:
                await self._end(worker)

    async def _at_hand(self) -> "_Worker":
        while self._idle:
            worker = self._idle.pop()
            if worker.process.returncode is None:
                return worker
            self._alive.discard(worker)  # killed while nobody looked, by whoever was short of memory
        worker = await _Worker.start(self._case_seconds)
        self._alive.add(worker)
        return worker

    async def _end(self, worker: "_Worker") -> None:
        self._alive.discard(worker)
        with contextlib.suppress(ProcessLookupError):
            worker.process.kill()
        await worker.process.wait()


class _Worker:
    """One process, and the case it is at."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, case_seconds: float) -> Self:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.agreements.simulation", str(case_seconds)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # It needs no secret, so it learns none.
            env={name: value for name, value in os.environ.items() if not name.startswith("MOIETY_")},
            # Ctrl-C in a terminal is for us, and we end it in order.
            start_new_session=True,
        )
        return cls(process)

    async def ask(self, case: bytes) -> tuple[bytes, bytes]:
        """Return how the case came out, and its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(framed(case))
        await self.process.stdin.drain()
        outcome = await self.process.stdout.readexactly(1)
        size = length_of(await self.process.stdout.readexactly(HEAD_BYTES))
        return outcome, await self.process.stdout.readexactly(size)
