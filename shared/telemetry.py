"""Logs as JSON lines with a stable `action`, and W3C trace context; nothing here knows HTTP or NATS."""

import asyncio
import atexit
import contextlib
import logging
import re
import sys
from collections import deque
from datetime import UTC, datetime
from functools import lru_cache
from random import getrandbits
from typing import Final, NamedTuple, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

_TRACEPARENT: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_ZERO_TRACE: Final = "0" * 32
_ZERO_SPAN: Final = "0" * 16
_SAMPLED: Final = "01"

_SECRET_NAMES: Final = re.compile(r"authori[sz]ation|cookie|credential|passphrase|passw|private_key|secret|(^|_)token$")
_SECRET_VALUES: Final = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"  # a JSON Web Token
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # the credentials in a URL
    r"|(?<=[Bb]earer )\S+"
)
_WITHHELD: Final = "[withheld]"
_LEVELS: Final = {"warn": "warning", "exception": "error"}
# How much a turn of the event loop may leave unwritten: far more than it answers, unless something is wrong.
_MOST_WAITING: Final = 1_000


class TraceContext(NamedTuple):
    """One span's place in a distributed trace (W3C Trace Context, level 1)."""

    trace_id: str
    span_id: str
    flags: str

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


def parse_traceparent(text: str) -> TraceContext | None:
    """Read a `traceparent`; anything the specification calls invalid is None, never an error."""
    match = _TRACEPARENT.fullmatch(text)
    if match is None:
        return None
    version, trace_id, span_id, flags, later_fields = match.groups()
    # A later version may append fields; version 00 may not, and ff is forbidden for ever.
    if version == "ff" or (version == "00" and later_fields is not None):
        return None
    if trace_id == _ZERO_TRACE or span_id == _ZERO_SPAN:
        return None
    return TraceContext(trace_id, span_id, flags)


def child_span(parent: TraceContext | None) -> TraceContext:
    """Return a new span below the parent, or the root of a new trace."""
    # Ids of spans are names, not secrets: the fast generator is enough. `| 1` keeps the invalid all-zero id out.
    span_id = f"{getrandbits(64) | 1:016x}"
    if parent is None:
        return TraceContext(f"{getrandbits(128) | 1:032x}", span_id, _SAMPLED)
    return TraceContext(parent.trace_id, span_id, parent.flags)


def withhold_secrets(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """Blank whatever is named like a secret or looks like a token, whoever logged it."""
    for name, value in entry.items():
        if _names_a_secret(name):
            entry[name] = _WITHHELD
        # The substring tests keep the regular expression off the lines (nearly all) that cannot match.
        elif isinstance(value, str) and ("eyJ" in value or "://" in value or "earer " in value):
            entry[name] = _SECRET_VALUES.sub(_WITHHELD, value)
    return entry


@lru_cache(1024)
def _names_a_secret(name: str) -> bool:
    return _SECRET_NAMES.search(name) is not None


class JsonLine:
    """Makes of an entry one line: the fields a program reads first, the sentence a person reads last, no secrets.

    One step instead of structlog's seven, which every answered request has to take.
    """

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, logger: WrappedLogger, method: str, entry: EventDict) -> str:
        words = entry.pop("event", "")
        line: EventDict = {
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "level": _LEVELS.get(method, method),
            "service": self._service,
            "action": None,
        }
        if "exc_info" in entry:
            entry = structlog.processors.format_exc_info(logger, method, entry)
        line.update(entry)
        if line["action"] is None:
            del line["action"]
        line["message"] = words
        return msgspec.json.encode(withhold_secrets(logger, method, line), enc_hook=str).decode()


class Lines:
    """Where the lines go: warnings at once, and what is said within a turn of the event loop in one write after it.

    So no request waits for the line of another, and hundreds cost one system call. Nothing is left at the end of the
    process, and nobody reads a warning before what led to it.
    """

    def __init__(self, target: TextIO) -> None:
        self._target = target
        self._waiting: deque[str] = deque()
        self._writing: asyncio.AbstractEventLoop | None = None
        atexit.register(self.write_waiting)

    def info(self, line: str) -> None:
        """Take a line that may wait for the end of this turn, where there is one."""
        self._waiting.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.write_waiting()
            return
        if len(self._waiting) > _MOST_WAITING:
            self.write_waiting()
        elif self._writing is not loop:
            self._writing = loop
            loop.call_soon(self.write_waiting)

    def warning(self, line: str) -> None:
        """Write a line at once, after those that wait."""
        self._waiting.append(line)
        self.write_waiting()

    debug = info
    error = critical = warning

    def write_waiting(self) -> None:
        """Write whatever waits."""
        self._writing = None
        lines: list[str] = []
        # One by one: another thread may add to them, or write them, at the same time.
        with contextlib.suppress(IndexError):
            while True:
                lines.append(self._waiting.popleft())
        if lines:
            self._target.write("\n".join(lines) + "\n")
            self._target.flush()


def configure_logs(service: str, *, level: str = "INFO", style: str = "json", stream: TextIO | None = None) -> None:
    """Send our own and every library's log lines to one stream, one JSON object a line (or coloured text)."""
    target = stream or sys.stdout

    def name_service(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
        entry.setdefault("service", service)
        return entry

    processors: list[structlog.typing.Processor]
    if style == "console":
        processors = [
            structlog.processors.add_log_level,
            name_service,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            withhold_secrets,
            # The richer tracebacks print local variables, tokens and passwords among them.
            structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback),
        ]
    else:
        processors = [JsonLine(service)]
    lines = Lines(target)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    _adopt_library_logs(lines, processors)


def logger(**fields: object) -> FilteringBoundLogger:
    """Return a logger: `log.info("Words for people", action="stable_name", id=…)`."""
    bound: FilteringBoundLogger = structlog.get_logger(**fields)
    return bound


class _LibraryLines(logging.Handler):
    """Sends what libraries say where our own lines go, and in their order."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.warning(self.format(record))


def _adopt_library_logs(lines: Lines, processors: list[structlog.typing.Processor]) -> None:
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _library_action, *processors],
    )
    handler = _LibraryLines(lines)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries say at INFO what our own lines already say with ids.
    root.setLevel(logging.WARNING)


def _library_action(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    entry.setdefault("action", "library")
    return entry
