"""The outermost ring of every request: ids, security headers, metrics and one log line."""

import asyncio
from collections.abc import Iterable
from time import perf_counter
from typing import Final, cast

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.routes import HTTPRoute
from litestar.types import (
    HTTPReceiveMessage,
    HTTPScope,
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Message,
    Receive,
    Scope,
    Send,
)

from shared.telemetry import logger
from shared.web.metrics import UNMATCHED, RequestMetrics
from shared.web.refusals import BodyMalformed, RequestTimeout
from shared.web.trace import trace_of

# Whoever sends a byte now and then holds a connection for as long as a body may take: no more than this in all.
BODY_TIMEOUT_SECONDS: Final = 10.0
_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500
_BODY_HEADERS: Final = frozenset({b"content-length", b"transfer-encoding"})
_SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000"),
)
# What an answer may decide for itself, like the page of the API's documents.
_DEFAULT_HEADERS: Final = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
# Asked every few seconds for ever by machines: worth counting, not worth a line.
_UNLOGGED: Final = frozenset({"/health/live", "/health/ready", "/metrics"})

_log = logger()


class Application(Litestar):
    """A Litestar application inside the ring. Litestar's own middleware would miss what no route answers."""

    metrics: RequestMetrics
    open_requests: set[asyncio.Task[object]]
    body_timeout_seconds: float = BODY_TIMEOUT_SECONDS

    def give_up_open_requests(self) -> None:
        """Cancel what is still being answered, when the process has to end."""
        for request in self.open_requests:
            request.cancel()

    def resolve_dependencies_in_turn(self) -> None:
        """Give each dependency a batch of its own.

        Litestar runs the dependencies of one batch in a task group, a task each. Ours only look things up, and the
        tasks would cost a request more than all its other handling together.
        """
        for route in self.routes:
            if isinstance(route, HTTPRoute):
                for _, model in route.route_handler_map.values():
                    model.dependency_batches = [{each} for batch in model.dependency_batches for each in batch]

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        if scope["type"] == ScopeType.HTTP:
            await self._answer(cast("HTTPScope", scope), cast("Receive", receive), cast("Send", send))
        else:
            await super().__call__(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        exchange = _Exchange(scope, receive, send, self.body_timeout_seconds)
        task = asyncio.current_task()
        assert task is not None
        self.open_requests.add(task)
        try:
            await super().__call__(scope, exchange.receive, exchange.send)
        finally:
            seconds = perf_counter() - started
            self.open_requests.discard(task)
            self.metrics.observe(scope["method"], scope.get("path_template", UNMATCHED), exchange.status, seconds)
            if scope["path"] not in _UNLOGGED:
                _log_answer(scope, exchange, seconds)


class _Exchange:
    """One request and its answer, as they pass the ring."""

    __slots__ = (
        "_answering",
        "_body_read",
        "_body_timeout_seconds",
        "_deadline",
        "_receive",
        "_scope",
        "_send",
        "status",
        "trace",
    )

    def __init__(self, scope: HTTPScope, receive: Receive, send: Send, body_timeout_seconds: float) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._body_read = False
        self._answering = False
        self._body_timeout_seconds = body_timeout_seconds
        self._deadline: float | None = None
        self.status = _SERVER_ERROR
        self.trace = trace_of(scope["headers"])
        scope.setdefault("state", {})["trace"] = self.trace

    async def receive(self) -> HTTPReceiveMessage:
        """Hand on a part of the body, or the end of the connection; raises BodyMalformed, RequestTimeout."""
        if self._body_read or self._answering:
            return cast("HTTPReceiveMessage", await self._receive())
        message = await self._receive_in_time()
        if message["type"] == "http.disconnect":
            # The server says this too of a body whose chunks it cannot read; then somebody is there to be told.
            raise BodyMalformed(got="a body that was cut off")
        self._body_read = not message.get("more_body", False)
        return message

    async def _receive_in_time(self) -> HTTPReceiveMessage:
        loop = asyncio.get_running_loop()
        if self._deadline is None:
            self._deadline = loop.time() + self._body_timeout_seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                return cast("HTTPReceiveMessage", await self._receive())
        except TimeoutError:
            raise RequestTimeout(expected=f"within {self._body_timeout_seconds:g} seconds") from None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._answering = True
            self.status = message["status"]
            message["headers"] = self._complete(message["headers"])
        await self._send(message)

    def _complete(self, given: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        headers = list(given)
        names = {name for name, _ in headers}
        headers += [(name, value) for name, value in _DEFAULT_HEADERS if name not in names]
        headers += _SECURITY_HEADERS
        headers.append((b"x-request-id", self.trace.request_id.encode()))
        headers.append((b"x-correlation-id", self.trace.correlation_id.encode()))
        # The server closes a connection whose request it has not read to the end. Unless it is told so, a client's
        # next request on that connection fails without an answer (RFC 9112, 9.6).
        if self.status >= _CLIENT_ERROR and not self._body_read and self._announces_body():
            headers.append((b"connection", b"close"))
        return headers

    def _announces_body(self) -> bool:
        return any(name in _BODY_HEADERS for name, _ in self._scope["headers"])


def _log_answer(scope: HTTPScope, exchange: _Exchange, seconds: float) -> None:
    trace = exchange.trace
    fields: dict[str, object] = {
        "request_id": trace.request_id,
        "correlation_id": trace.correlation_id,
        "trace_id": trace.context.trace_id,
        "method": scope["method"],
        # The path without its query: filters may hold what a log should not.
        "path": scope["path"],
        "route": scope.get("path_template", UNMATCHED),
        "status": exchange.status,
        "milliseconds": round(seconds * 1000, 2),
    }
    if caller := scope.get("user"):
        fields["caller"] = caller.subject
        fields["party"] = caller.party
    if problem := scope["state"].get("problem"):
        fields["problem"] = problem
    _log.info("Answered a request", action="request-answered", **fields)
