"""Counts and latencies of requests, and where Prometheus reads them: beside the API, at a port that nobody else knows.

Few series, because each is rendered at every question: their number grows with neither callers nor paths, and not with
the routes times what they may answer. What a single request took is in its log line.
"""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from shared.web.auth import PUBLIC

_BUCKETS_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Any other word is one label, or a stranger could fill our memory with made-up methods.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# The framework adds the charset to every text answer itself.
_TEXT_FORMAT: Final = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
UNMATCHED: Final = "unmatched"
PATH: Final = "/metrics"
# Rendering takes turns with the API at one interpreter: however many ask, it gets no more than one part in so many.
_SHARE: Final = 10
_QUESTION_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.1

# When each series began, one more for each: nobody has asked for that.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library does not say


class RequestMetrics:
    """One service's request metrics, in that service's own registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answered = Counter("moiety_http_requests", "Requests answered.", ("method", "status"), registry=registry)
        self._seconds = Histogram(
            "moiety_http_request_duration_seconds",
            "Time from a request's head to the last byte of its answer.",
            ("method",),
            registry=registry,
            buckets=_BUCKETS_SECONDS,
        )
        self._of_route = Summary(
            "moiety_http_route_duration_seconds", "The same, added up by route template.", ("route",), registry=registry
        )
        self._in_progress = Gauge("moiety_http_requests_in_progress", "Requests being answered.", registry=registry)
        # Finding a labelled child costs more than counting on it, and there are only as many as routes and statuses.
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram, Summary]] = {}

    def count_open(self, count: Callable[[], float]) -> None:
        """Ask for the number of open requests when it is read, not at every request."""
        self._in_progress.set_function(count)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        key = (method if method in _METHODS else "other", route, status)
        children = self._children.get(key)
        if children is None:
            children = (
                self._answered.labels(key[0], status),
                self._seconds.labels(key[0]),
                self._of_route.labels(route),
            )
            self._children[key] = children
        children[0].inc()
        children[1].observe(seconds)
        children[2].observe(seconds)


def rendered(registry: CollectorRegistry) -> str:
    """Return what Prometheus reads."""
    return generate_latest(registry).decode()


def metrics_route(registry: CollectorRegistry) -> HTTPRouteHandler:
    """Return the route that Prometheus reads in a process that has no other callers."""

    @get(PATH, opt=PUBLIC, include_in_schema=False, sync_to_thread=True)
    def metrics() -> Response[bytes]:
        return Response(generate_latest(registry), media_type=_TEXT_FORMAT)

    return metrics


@asynccontextmanager
async def metrics_served(registry: CollectorRegistry, host: str, port: int) -> AsyncIterator[None]:
    """Answer Prometheus at an address of its own while this is in use; with port 0, at none.

    From threads of its own: what the API's loop is kept by is what these numbers are asked for.
    """
    if not port:
        yield
        return
    with _Server(registry, host, port) as server:
        threading.Thread(target=server.serve_forever, args=(_LOOK_SECONDS,), name="metrics", daemon=True).start()
        try:
            yield
        finally:
            await asyncio.to_thread(server.shutdown)


class _Server(ThreadingMixIn, TCPServer):
    """Not the library's own, which looks up the name of its host before it listens."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, registry: CollectorRegistry, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Question)
        self._registry = registry
        self._turn = threading.Lock()
        self._rested_at = 0.0

    def rendered(self) -> bytes:
        with self._turn:
            time.sleep(max(self._rested_at - time.monotonic(), 0))
            started = time.monotonic()
            text = generate_latest(self._registry)
            now = time.monotonic()
            self._rested_at = now + (_SHARE - 1) * (now - started)
            return text


class _Question(BaseHTTPRequestHandler):
    server: _Server
    timeout = _QUESTION_SECONDS

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != PATH:
            self.send_error(404)
            return
        text = self.server.rendered()
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_said: object) -> None:
        """Say nothing: it is asked every few seconds for ever."""
