"""Log lines cost no request its time, and none is lost or out of order."""

import asyncio
import io
import subprocess
import sys

from shared.telemetry import Lines


class Counted(io.StringIO):
    """A stream that counts how often it is written to."""

    writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)


async def test_what_is_said_in_one_turn_is_written_at_once():
    """Hundreds of answers in one turn of the event loop are one write, after it."""
    stream = Counted()
    lines = Lines(stream)
    for number in range(300):
        lines.info(f"line {number}")

    assert "" == stream.getvalue()
    await asyncio.sleep(0)
    assert (300, 1) == (len(stream.getvalue().splitlines()), stream.writes)


async def test_a_warning_waits_for_nothing_but_what_led_to_it():
    """Whoever reads a warning has read the lines before it, even if the process dies the next moment."""
    stream = io.StringIO()
    lines = Lines(stream)
    lines.info("first")
    lines.warning("then")

    assert "first\nthen\n" == stream.getvalue()


def test_without_an_event_loop_a_line_is_written_at_once():
    """There is no turn to wait for."""
    stream = io.StringIO()
    Lines(stream).info("alone")

    assert "alone\n" == stream.getvalue()


async def test_what_waits_is_bounded():
    """A turn that says thousands of things holds only so many of them back."""
    stream = io.StringIO()
    lines = Lines(stream)
    for number in range(2_500):
        lines.info(str(number))

    assert len(stream.getvalue().splitlines()) > 1_500
    await asyncio.sleep(0)
    assert [str(number) for number in range(2_500)] == stream.getvalue().splitlines()


def test_the_end_of_a_process_loses_no_line():
    """What is said last of all is written, also where the event loop never turns again."""
    program = (
        "import asyncio, sys\n"
        "from shared.telemetry import configure_logs, logger\n"
        "configure_logs('kitchen')\n"
        "async def main():\n"
        "    logger().info('Last words', action='ending')\n"
        "    sys.exit(3)\n"
        "asyncio.run(main())\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (3, 1) == (ended.returncode, ended.stdout.count('"action":"ending"'))
