"""Logs as JSON lines with a stable `action`, and W3C trace context; nothing here knows HTTP or NATS."""

import logging
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from random import getrandbits
from typing import Any, Final, NamedTuple, TextIO

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


def words_last(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """Put the fields a program reads first and the sentence a person reads last."""
    words = entry.pop("event", "")
    ordered = {name: entry.pop(name) for name in ("timestamp", "level", "service", "action") if name in entry}
    return {**ordered, **entry, "message": words}


def configure_logs(service: str, *, level: str = "INFO", style: str = "json", stream: TextIO | None = None) -> None:
    """Send our own and every library's log lines to one stream, one JSON object a line (or coloured text)."""
    target = stream or sys.stdout

    def name_service(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
        entry.setdefault("service", service)
        return entry

    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        name_service,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        withhold_secrets,
    ]
    renderer: list[structlog.typing.Processor] = (
        # The richer tracebacks print local variables, tokens and passwords among them.
        [structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        if style == "console"
        else [structlog.processors.format_exc_info, words_last, structlog.processors.JSONRenderer(_to_json)]
    )
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(target),
        cache_logger_on_first_use=True,
    )
    _adopt_library_logs(target, shared, renderer)


def logger(**fields: object) -> FilteringBoundLogger:
    """Return a logger: `log.info("Words for people", action="stable_name", id=…)`."""
    bound: FilteringBoundLogger = structlog.get_logger(**fields)
    return bound


def _to_json(entry: Mapping[str, Any], **_options: object) -> str:
    return msgspec.json.encode(entry, enc_hook=str).decode()


def _adopt_library_logs(
    target: TextIO, shared: list[structlog.typing.Processor], renderer: list[structlog.typing.Processor]
) -> None:
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), structlog.stdlib.add_logger_name, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _library_action, *renderer],
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries say at INFO what our own lines already say with ids.
    root.setLevel(logging.WARNING)


def _library_action(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    entry.setdefault("action", "library")
    return entry
