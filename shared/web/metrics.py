"""Counts and latencies of requests, by route template: raw paths would make a time series per id."""

from collections.abc import Callable
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from shared.web.auth import PUBLIC

_BUCKETS_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Any other word is one label, or a stranger could fill our memory with made-up methods.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# The framework adds the charset to every text answer itself.
_TEXT_FORMAT: Final = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
UNMATCHED: Final = "unmatched"


class RequestMetrics:
    """One service's request metrics, in that service's own registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("method", "route")
        self._answered = Counter("moiety_http_requests", "Requests answered.", (*labels, "status"), registry=registry)
        self._seconds = Histogram(
            "moiety_http_request_duration_seconds",
            "Time from a request's head to the last byte of its answer.",
            labels,
            registry=registry,
            buckets=_BUCKETS_SECONDS,
        )
        self._in_progress = Gauge("moiety_http_requests_in_progress", "Requests being answered.", registry=registry)
        # Finding a labelled child costs more than counting on it, and there are only as many as routes and statuses.
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count_open(self, count: Callable[[], float]) -> None:
        """Ask for the number of open requests when it is read, not at every request."""
        self._in_progress.set_function(count)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        key = (method if method in _METHODS else "other", route, status)
        child = self._children.get(key)
        if child is None:
            child = (self._answered.labels(*key), self._seconds.labels(*key[:2]))
            self._children[key] = child
        child[0].inc()
        child[1].observe(seconds)


def metrics_route(registry: CollectorRegistry) -> HTTPRouteHandler:
    """Return the route that Prometheus reads."""

    @get("/metrics", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def metrics() -> Response[bytes]:
        return Response(generate_latest(registry), media_type=_TEXT_FORMAT)

    return metrics
