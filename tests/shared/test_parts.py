"""The parts of a process run as long as it does; one that ends is missed."""

import asyncio

import pytest

from shared.parts import Parts
from shared.testing import wait_until

SECONDS = 5


async def forever() -> None:
    await asyncio.Event().wait()


async def failing() -> None:
    raise RuntimeError("the disk is gone")


async def returning() -> None:
    """Come to an end without a word."""


async def test_while_all_run_nothing_is_missed():
    """Readiness has nothing to say."""
    async with Parts() as parts:
        parts.start(forever(), name="one")
        parts.start(forever(), name="other")

        assert await parts.ended() is None


@pytest.mark.parametrize(("work", "reason"), [(failing, "the disk is gone"), (returning, "it returned")])
async def test_a_part_that_ends_is_named_with_its_reason(work, reason, capfd):
    """Once in the log, as what it is: critical; and to whoever asks whether the process is ready, from then on."""
    async with Parts() as parts:
        parts.start(forever(), name="reader")
        parts.start(work(), name="writer")
        await wait_until(lambda: _has_ended(parts), SECONDS, "the end is told")

        ended = await parts.ended()

    assert ended is not None
    assert "writer" in ended
    assert reason in ended
    assert "reader" not in ended
    told = capfd.readouterr()
    assert 1 == (told.out + told.err).count("part-ended")


async def test_all_are_stopped_at_the_end():
    """Nothing outlives the process's own end, and being told to stop is no failure."""
    async with Parts() as parts:
        parts.start(forever(), name="one")
    stopped = parts

    assert await stopped.ended() is None
    assert [] == [task for task in asyncio.all_tasks() if task.get_name() == "one"]


async def _has_ended(parts: Parts) -> bool:
    return await parts.ended() is not None
