"""Who asked, in ids: the request's own, its correlation's, and its place in a W3C trace."""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from shared.ids import uuid7_hex
from shared.telemetry import TraceContext, child_span, parse_traceparent

# Ids from outside end up in logs, in events and in headers: only characters that are harmless in all three.
_SANE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)


class RequestTrace(msgspec.Struct, frozen=True):
    """The ids under which a request is found again: in its answer, its log line and the events it caused."""

    request_id: str
    correlation_id: str
    context: TraceContext

    @property
    def traceparent(self) -> str:
        """Return the W3C header of this request's own span, for whatever it causes."""
        return str(self.context)


def trace_of(headers: Iterable[tuple[bytes, bytes]]) -> RequestTrace:
    """Read the ids a caller sent; what is missing or not sane is made here."""
    request_id = correlation_id = ""
    parent: TraceContext | None = None
    for name, value in headers:
        if name == b"x-request-id":
            request_id = _sane(value)
        elif name == b"x-correlation-id":
            correlation_id = _sane(value)
        elif name == b"traceparent":
            parent = parse_traceparent(value.decode("latin-1"))
    request_id = request_id or uuid7_hex()
    return RequestTrace(request_id, correlation_id or request_id, child_span(parent))


def _sane(value: bytes) -> str:
    text = value.decode("latin-1")
    return text if _SANE_ID.fullmatch(text) else ""
