"""What the processes say, a line each behind the name of who said it."""

import re
import sys
from typing import Any, Final

import honcho.printer

# The supervisor tells what happened only in its own lines.
_STOPPED: Final = re.compile(r"(\S+) stopped \(rc=(-?\d+)\)")


class Printer(honcho.printer.Printer):  # type: ignore[misc] # the library has no types
    """Prints the lines of one process as they are: they are for people to read and copy.

    `first_stopped` is the process that ended before any other, and its exit code.
    """

    def __init__(self, *, raw: str) -> None:
        super().__init__(sys.stdout)
        self._raw = raw
        self.first_stopped: tuple[str, int] | None = None

    def write(self, message: Any) -> None:  # noqa: ANN401 - the library has no types
        if message.name != self._raw:
            super().write(message)
            stopped = message.name == "system" and _STOPPED.match(message.data)
            if stopped and self.first_stopped is None:
                self.first_stopped = (stopped[1], int(stopped[2]))
            return
        text = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
