"""What the processes say, a line each behind the name of who said it."""

import sys
from typing import Any

import honcho.printer


class Printer(honcho.printer.Printer):  # type: ignore[misc] # the library has no types
    """Prints the lines of one process as they are: they are for people to read and copy."""

    def __init__(self, *, raw: str) -> None:
        super().__init__(sys.stdout)
        self._raw = raw

    def write(self, message: Any) -> None:  # noqa: ANN401 - the library has no types
        if message.name != self._raw:
            super().write(message)
            return
        text = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
