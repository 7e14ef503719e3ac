"""The parts of a process that run as long as it does: started together, stopped together, and missed when one ends."""

import asyncio
from collections.abc import Coroutine, Iterable
from types import TracebackType
from typing import Any, Final, Self

from shared.errors import in_public
from shared.telemetry import logger

# Longer than what is being put in order needs, which a second cancellation would cut short.
CANCEL_AGAIN_SECONDS: Final = 2.0

_log = logger()


async def end_all(tasks: Iterable[asyncio.Task[Any]], *, again_seconds: float = CANCEL_AGAIN_SECONDS) -> None:
    """Cancel tasks and wait until they have ended, however they do; told to stop meanwhile, do that first.

    They are cancelled again and again: in Python 3.11 `asyncio.wait_for`, by which nats-py waits for answers, loses a
    cancellation that comes together with what it waits for, and what runs for ever would then do so.
    """
    tasks = {*tasks}
    told_to_stop: asyncio.CancelledError | None = None
    while pending := {task for task in tasks if not task.done()}:
        for task in pending:
            task.cancel()
        try:
            await asyncio.wait(pending, timeout=again_seconds)
        except asyncio.CancelledError as error:
            told_to_stop = error
    for task in tasks:
        if not task.cancelled():
            task.exception()  # or it would be reported as one that nobody asked for
    if told_to_stop is not None:
        raise told_to_stop


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
        await end_all(self._tasks)

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
