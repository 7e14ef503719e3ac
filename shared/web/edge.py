"""The outermost ring of every request: ids, security headers, metrics and one log line."""

import asyncio
import contextlib
from collections.abc import Iterable
from time import perf_counter
from typing import Final, cast

import msgspec
from litestar import Litestar
from litestar.enums import HttpMethod, ScopeType
from litestar.exceptions import NotFoundException
from litestar.types import (
    HTTPReceiveMessage,
    HTTPResponseStartEvent,
    HTTPScope,
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Message,
    Receive,
    Scope,
    Send,
)
from prometheus_client import CollectorRegistry

from shared.errors import DomainError
from shared.telemetry import logger
from shared.web.head import check_head
from shared.web.metrics import PATH, UNMATCHED, RequestMetrics
from shared.web.problems import HEAD, OPTIONS, headers_for, methods_at
from shared.web.refusals import (
    PROBLEM_JSON,
    BodyMalformed,
    Problem,
    RequestTimeout,
    RouteUnknown,
    ServiceStopping,
    status_of,
)
from shared.web.shown import without_secrets
from shared.web.trace import trace_of

# Whoever sends a byte now and then holds a connection for as long as a body may take: no more than this in all.
BODY_TIMEOUT_SECONDS: Final = 10.0
_OK: Final = 200
_NO_CONTENT: Final = 204
_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500
_BODY_HEADERS: Final = frozenset({b"content-length", b"transfer-encoding"})
# How much of a body that nobody wants is still read before its refusal is sent, and for how long.
_UNWANTED_BYTES: Final = 1024 * 1024
_UNWANTED_SECONDS: Final = 1.0
# How often in that time somebody looks for bodies that are late.
_LOOKS: Final = 20
# What every answer carries, completed once; of these an answer may decide two for itself, like the page of the
# API's documents.
_HEADERS: Final = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000"),
)
_DEFAULT_HEADERS: Final = frozenset({b"content-security-policy", b"cache-control"})
# Asked every few seconds for ever by machines: worth counting, not worth a line.
_UNLOGGED: Final = frozenset({"/health/live", "/health/ready", PATH})

_EVERY_METHOD: Final = ["GET", HEAD, OPTIONS, "POST"]

_log = logger()


class Application(Litestar):
    """A Litestar application inside the ring. Litestar's own middleware would miss what no route answers."""

    metrics: RequestMetrics
    registry: CollectorRegistry
    open_requests: set[asyncio.Task[object]]
    # From where, as the server writes an address and a port.
    asking: set[tuple[str, int | str] | None]
    body_timeout_seconds: float = BODY_TIMEOUT_SECONDS
    _stopping: bool = False
    _bodies: "_Bodies | None" = None

    def give_up_open_requests(self) -> None:
        """Answer nothing any more but that the process has to end."""
        self._stopping = True
        for request in self.open_requests:
            request.cancel()

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        if scope["type"] == ScopeType.HTTP:
            await self._answer(cast("HTTPScope", scope), cast("Receive", receive), cast("Send", send))
        else:
            await super().__call__(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        task = asyncio.current_task()
        assert task is not None
        exchange = _Exchange(scope, receive, send, task, self._awaited_bodies())
        self.open_requests.add(task)
        self.asking.add(scope.get("client"))
        try:
            await self._route(scope, exchange)
        except asyncio.CancelledError:
            if exchange.cut_short and task.uncancel() == 0:
                return
            if not self._stopping or exchange.answering:
                raise
            await exchange.refuse(ServiceStopping())
        finally:
            seconds = perf_counter() - started
            self.open_requests.discard(task)
            self.asking.discard(scope.get("client"))
            self.metrics.observe(exchange.method, scope.get("path_template", UNMATCHED), exchange.status, seconds)
            if scope["path"] not in _UNLOGGED:
                _log_answer(scope, exchange, seconds)

    async def _route(self, scope: HTTPScope, exchange: "_Exchange") -> None:
        """Have a request answered, unless its head alone says what comes of it."""
        try:
            if not scope["path"]:  # CONNECT, which names a host: the framework finds no way to answer it
                raise RouteUnknown(got=scope["method"])
            check_head(scope)
            if exchange.method == OPTIONS:
                await exchange.tell_methods(_EVERY_METHOD if scope["path"] == "*" else self._methods_at(scope["path"]))
                return
        except DomainError as refusal:
            await exchange.refuse(refusal)
            return
        if exchange.method == HEAD:
            scope["method"] = HttpMethod.GET
        await super().__call__(scope, exchange.receive, exchange.send)

    def _methods_at(self, path: str) -> list[str]:
        try:
            return methods_at(self, path)
        except NotFoundException:
            raise RouteUnknown(got=path) from None

    def _awaited_bodies(self) -> "_Bodies":
        loop = asyncio.get_running_loop()
        if self._bodies is None or self._bodies.loop is not loop:
            self._bodies = _Bodies(loop, self.body_timeout_seconds)
        return self._bodies


class _Bodies:
    """The bodies that are being waited for, the oldest first, and one look at them now and then.

    A clock for each would cost every request more than its own, although hardly any body is ever late.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout_seconds: float) -> None:
        self.loop = loop
        self.timeout_seconds = timeout_seconds
        self._awaited: dict[_Exchange, float] = {}
        self._looking = False

    def wait(self, exchange: "_Exchange", deadline: float) -> None:
        self._awaited[exchange] = deadline
        if not self._looking:
            self._looking = True
            self.loop.call_later(self.timeout_seconds / _LOOKS, self._look)

    def arrived(self, exchange: "_Exchange") -> None:
        del self._awaited[exchange]

    def _look(self) -> None:
        now = self.loop.time()
        for exchange, deadline in self._awaited.items():
            if deadline <= now:
                exchange.give_up()
        self._looking = bool(self._awaited)
        if self._looking:
            self.loop.call_later(self.timeout_seconds / _LOOKS, self._look)


class _Exchange:
    """One request and its answer, as they pass the ring."""

    __slots__ = (
        "_bodies",
        "_body_read",
        "_deadline",
        "_late",
        "_receive",
        "_scope",
        "_send",
        "_task",
        "answering",
        "cut_short",
        "method",
        "status",
        "trace",
    )

    def __init__(
        self, scope: HTTPScope, receive: Receive, send: Send, task: asyncio.Task[object], bodies: _Bodies
    ) -> None:
        self._scope = scope
        # As it was asked: what answers HEAD is asked to GET.
        self.method = scope["method"]
        self._receive = receive
        self._send = send
        self._task = task
        self._bodies = bodies
        self._body_read = False
        self.answering = False
        self.cut_short = False
        self._late = False
        self._deadline: float | None = None
        self.status = _SERVER_ERROR
        self.trace = trace_of(scope["headers"])
        scope.setdefault("state", {})["trace"] = self.trace

    async def receive(self) -> HTTPReceiveMessage:
        """Hand on a part of the body, or the end of the connection; raises BodyMalformed, RequestTimeout."""
        if self._body_read or self.answering:
            return cast("HTTPReceiveMessage", await self._receive())
        if self._deadline is None:
            self._deadline = self._bodies.loop.time() + self._bodies.timeout_seconds
        self._bodies.wait(self, self._deadline)
        try:
            message = cast("HTTPReceiveMessage", await self._receive())
        except asyncio.CancelledError:
            # As asyncio's own timeouts do: if nobody else wants this to end, it was us.
            if self._late and self._task.uncancel() == 0:
                raise RequestTimeout(expected=f"within {self._bodies.timeout_seconds:g} seconds") from None
            raise
        finally:
            self._bodies.arrived(self)
        if message["type"] == "http.disconnect":
            # The server says this too of a body whose chunks it cannot read; then somebody is there to be told.
            raise BodyMalformed(got="a body that was cut off")
        self._body_read = not message.get("more_body", False)
        return message

    def give_up(self) -> None:
        """Wait for the body no longer."""
        self._late = True
        self._task.cancel()

    async def refuse(self, refusal: DomainError) -> None:
        """Answer a refusal that no route makes."""
        status = status_of(type(refusal))
        document = msgspec.json.encode(Problem.of(refusal, status, self.trace, self.method))
        headers = {"Content-Type": PROBLEM_JSON, "Content-Length": str(len(document)), **headers_for(refusal)}
        self._scope["state"]["problem"] = refusal.code()
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})
        await self.send({"type": "http.response.body", "body": document, "more_body": False})

    async def tell_methods(self, methods: list[str]) -> None:
        """Answer what is understood, which is no secret and needs no token."""
        headers = [(b"allow", ", ".join(methods).encode())]
        await self.send({"type": "http.response.start", "status": _NO_CONTENT, "headers": headers})
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.answering = True
            self.status = message["status"]
            closes = self._closes()
            message["headers"] = self._complete(message["headers"], closes=closes)
            if closes and not self._late:
                await self._read_on()
            if self.method == HEAD:
                await self._end_at_the_head(message)
                return
        elif self.method == HEAD:
            return
        await self._send(message)

    async def _end_at_the_head(self, start: HTTPResponseStartEvent) -> None:
        """Send what a GET would be answered but for the body, and do not wait for one that has no end."""
        await self._send(start)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        if start["status"] == _OK and all(name != b"content-length" for name, _ in start["headers"]):
            self.cut_short = True
            self._task.cancel()

    async def _read_on(self) -> None:
        """Throw away what is still coming of the body, within limits.

        Closed with bytes unread, a connection is reset, and whoever was still sending loses the answer with it.
        """
        if any(name == b"expect" for name, _ in self._scope["headers"]):
            return  # it sends nothing until it is told to, and reading would tell it to
        unwanted, more = _UNWANTED_BYTES, True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_UNWANTED_SECONDS):
                while more and unwanted > 0:
                    message = cast("HTTPReceiveMessage", await self._receive())
                    unwanted -= len(cast("bytes", message.get("body", b"")))
                    more = cast("bool", message.get("more_body", False))

    def _complete(self, given: Iterable[tuple[bytes, bytes]], *, closes: bool) -> list[tuple[bytes, bytes]]:
        headers = list(given)
        decided = [name for name, _ in headers if name in _DEFAULT_HEADERS]
        headers += _HEADERS if not decided else [each for each in _HEADERS if each[0] not in decided]
        headers.append((b"x-request-id", self.trace.request_id.encode()))
        headers.append((b"x-correlation-id", self.trace.correlation_id.encode()))
        # Unless it is told so, a client's next request on that connection fails without an answer (RFC 9112, 9.6).
        if closes:
            headers.append((b"connection", b"close"))
        return headers

    def _closes(self) -> bool:
        """Tell whether the server will close this connection, as it does with a request not read to its end."""
        return self.status >= _CLIENT_ERROR and not self._body_read and self._announces_body()

    def _announces_body(self) -> bool:
        return any(name in _BODY_HEADERS for name, _ in self._scope["headers"])


def _log_answer(scope: HTTPScope, exchange: _Exchange, seconds: float) -> None:
    trace = exchange.trace
    fields: dict[str, object] = {
        "request_id": trace.request_id,
        "correlation_id": trace.correlation_id,
        "trace_id": trace.context.trace_id,
        "method": exchange.method,
        # The path without its query: filters may hold what a log should not.
        "path": without_secrets(scope["path"]),
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
