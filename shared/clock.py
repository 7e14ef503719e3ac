"""What time it is: the machine's time or, in development, the scenario's, which its player moves."""

import contextlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from shared.errors import MoietyError

Clock = Callable[[], datetime]


class ScenarioClockUnreadable(MoietyError):
    """The scenario clock's file holds no instant in UTC, such as 2024-02-01T01:00:00Z."""


def machine_clock() -> datetime:
    """Return the machine's time."""
    return datetime.now(UTC)


def clock_of(scenario_clock_file: Path | None) -> Clock:
    """Return the clock of a service whose settings name this file, or none.

    Only the times of events, and the legal days that follow from them, go by a scenario: tokens, retries and
    deadlines of the machinery stay with the machine's time.
    """
    return machine_clock if scenario_clock_file is None else ScenarioClock(scenario_clock_file)


class ScenarioClock:
    """Time as a file says, looked at anew each time; it stands still until it is moved.

    Where there is no file no scenario is being played, and time is the machine's.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: tuple[tuple[int, ...], datetime] | None = None

    def __call__(self) -> datetime:
        try:
            stands = self._file.stat()
            # Each moved clock is another file, or a later one: as long as this is the same there is nothing new in it.
            same = (stands.st_ino, stands.st_mtime_ns, stands.st_size)
            if self._read is None or self._read[0] != same:
                self._read = same, self._instant(self._file.read_text(encoding="utf-8").strip())
        except FileNotFoundError:
            return machine_clock()
        return self._read[1]

    def _instant(self, text: str) -> datetime:
        try:
            now = datetime.fromisoformat(text)
        except ValueError as error:
            raise ScenarioClockUnreadable(f"{self._file}: {text}") from error
        if now.tzinfo is None:
            raise ScenarioClockUnreadable(f"{self._file}: {text}")
        return now.astimezone(UTC)

    def move(self, instant: datetime) -> None:
        """Let it be that instant from now on."""
        # Put in place whole: a service reads it at any moment.
        beside = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        beside.write_text(f"{instant.astimezone(UTC).isoformat()}\n", encoding="utf-8")
        with contextlib.suppress(FileNotFoundError):
            # Later than the one in place, though both are of one tick: else it might be taken for that.
            stamp = max(beside.stat().st_mtime_ns, self._file.stat().st_mtime_ns + 1)
            os.utime(beside, ns=(stamp, stamp))
        beside.replace(self._file)

    def stop(self) -> None:
        """End the scenario: from now on it is as late as it is."""
        self._file.unlink(missing_ok=True)
