"""The parts of a process that run as long as it does: started together, stopped together, and missed when one ends."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from shared.errors import in_public
from shared.telemetry import logger

_log = logger()


class Parts:
    """Tasks that must not end; `async with Parts() as parts`, at whose end they are stopped.

    One that ends all the same is told in the log once, at once, and by `ended` from then on, for readiness; the words
    of whatever ended it in the log alone.
    """

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def start(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Start a part under its name."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(_report)
        self._tasks.append(task)

    async def ended(self) -> str | None:
        """Return which part has ended and why; None while all run."""
        reasons = [f"{task.get_name()}: {reason}" for task in self._tasks if (reason := _why_ended(task))]
        return "; ".join(reasons) or None


def _report(task: asyncio.Task[None]) -> None:
    if reason := _why_ended(task):
        _log.critical(
            "A part that should run for ever ended",
            action="part-ended",
            part=task.get_name(),
            reason=reason,
            exc_info=task.exception(),
        )


def _why_ended(task: asyncio.Task[None]) -> str | None:
    """Return why a task has ended, None while it runs or when it was told to stop."""
    if not task.done() or task.cancelled():
        return None
    return in_public(error) if (error := task.exception()) else "it returned"
