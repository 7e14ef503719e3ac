"""What the processes say: all of it goes to files, and what matters here, behind the name of who said it."""

import contextlib
import logging
import re
import sys
from pathlib import Path
from typing import Any, Final

import honcho.printer
import msgspec
import structlog

# The supervisor tells what happened only in its own lines.
_STOPPED: Final = re.compile(r"(\S+) stopped \(rc=(-?\d+)\)")


class Printer(honcho.printer.Printer):  # type: ignore[misc] # the library has no types
    """Keeps every line in `<name>.log`, and prints those that belong to no log, or are of the level or above it.

    The lines of the process `raw` are printed as they are: they are for people to read and copy.
    `first_stopped` is the process that ended before any other, and its exit code.
    """

    def __init__(self, log: Path, *, raw: str, level: str = "WARNING", pretty: bool = True) -> None:
        super().__init__(sys.stdout)
        self._log = log
        self._raw = raw
        self._level = logging.getLevelNamesMapping()[level]
        self._render = structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty()) if pretty else None
        self.first_stopped: tuple[str, int] | None = None

    def write(self, message: Any) -> None:  # noqa: ANN401 - the library has no types
        text = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
        text = text.rstrip("\n")
        if message.name == self._raw:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()
            return
        stopped = message.name == "system" and _STOPPED.match(text)
        if stopped and self.first_stopped is None:
            self.first_stopped = (stopped[1], int(stopped[2]))
        entry = _logged(text)
        if message.name != "system":
            self._keep(message.name, text)
        if entry is None or self._matters(entry):
            super().write(message._replace(data=self._readable(entry) if entry and self._render else text))

    def _keep(self, name: str, line: str) -> None:
        # A full disk or a directory that is gone must not end the supervisor, and with it the order of stopping.
        with contextlib.suppress(OSError), (self._log / f"{name}.log").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def _matters(self, entry: dict[str, Any]) -> bool:
        level = str(entry.get("level", "")).upper()
        return logging.getLevelNamesMapping().get(level, self._level) >= self._level

    def _readable(self, entry: dict[str, Any]) -> str:
        assert self._render is not None
        words = {name: value for name, value in entry.items() if name not in {"timestamp", "service", "message"}}
        return str(self._render(None, "", {**words, "event": entry["message"]}))


def _logged(line: str) -> dict[str, Any] | None:
    """Return a line of a log, None for anything else: a start, a stop, a traceback."""
    with contextlib.suppress(msgspec.DecodeError):
        entry = msgspec.json.decode(line)
        if isinstance(entry, dict) and "message" in entry:
            return entry
    return None
