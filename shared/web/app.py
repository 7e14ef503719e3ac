"""One way to build a service's HTTP application, so that all three answer alike."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from litestar import Litestar, Request
from litestar.di import Provide
from litestar.types import ControllerRouterHandler
from prometheus_client import CollectorRegistry

from shared.clock import Clock, machine_clock
from shared.parts import Parts
from shared.web.allowances import Allowances, AllowanceSettings, sharing
from shared.web.arguments import work_out_arguments
from shared.web.auth import Caller, TokenVerifier, authentication
from shared.web.body import StrictBody, WholeRequest
from shared.web.claims import Accepted, TokenSettings
from shared.web.command import command
from shared.web.description import explain_operations, openapi_config
from shared.web.docs import DocumentSettings, document_routes
from shared.web.edge import Application
from shared.web.etag import if_match
from shared.web.health import Check, health_routes
from shared.web.idempotency import idempotency
from shared.web.kept import NOTHING_KEPT, Kept
from shared.web.keys import TrustedKeys
from shared.web.members import Explained
from shared.web.metrics import RequestMetrics, metrics_route
from shared.web.pages import page
from shared.web.problems import BODY_LIMIT_BYTES, EXCEPTION_HANDLERS
from shared.web.resource import ResourceSettings, located, resource_routes
from shared.web.schemas import FORMS
from shared.web.trace import RequestTrace

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]
AnyRequest = Request[Any, Any, Any]


class CallerSettings(TokenSettings, AllowanceSettings, DocumentSettings, ResourceSettings, Protocol):
    """Whom a service believes, how much each may ask, whom its page offers, and where it is: part of the settings."""


def create_app(  # noqa: PLR0913  # keyword-only; each names one part of a service
    *,
    service: str,
    settings: CallerSettings,
    routes: Sequence[ControllerRouterHandler],
    lifespan: Sequence[Lifespan] = (),
    readiness: Mapping[str, Check] | None = None,
    dependencies: Mapping[str, Provide] | None = None,
    registry: CollectorRegistry | None = None,
    clock: Clock = machine_clock,
    kept: Kept = NOTHING_KEPT,
) -> Application:
    """Return a service's application: its routes, plus everything that is the same in all of them.

    `readiness` names the parts that must work before requests should come; `registry` takes the service's own
    metrics; `clock` says when a command is given; `kept` is what its documents say besides. Routes may ask for
    `caller`, `trace`, `if_match`, `idempotency`, `now`, `command` and `page` by name.
    """
    registry = registry or CollectorRegistry()
    keys, reading = TrustedKeys.at(settings.jwks), Parts()
    verifier = TokenVerifier(keys, Accepted.of(settings))
    allowances = Allowances.of(settings)
    checks = {"keys": keys_check(keys, reading), **(readiness or {})}
    app = Application(
        route_handlers=[
            *routes,
            *health_routes(checks),
            *document_routes(service, kept, settings),
            *resource_routes(service, settings),
        ],
        lifespan=[reading_keys(keys, reading), *lifespan],
        dependencies={
            **SHARED_DEPENDENCIES,
            "now": Provide(clock, sync_to_thread=False),
            "allowances": Provide(lambda: allowances, sync_to_thread=False),
            **(dependencies or {}),
        },
        state=located(settings),
        middleware=[authentication(verifier), sharing(allowances)],
        exception_handlers=EXCEPTION_HANDLERS,
        request_class=WholeRequest,
        request_max_body_size=BODY_LIMIT_BYTES,
        dto=StrictBody,
        return_dto=None,
        openapi_config=openapi_config(service),
        plugins=[*FORMS, Explained()],
        # Litestar's own exception log would repeat, with a traceback, what the problem documents already say.
        logging_config=None,
        debug=False,
    )
    explain_operations(app)
    work_out_arguments(app)
    return _in_the_ring(app, registry)


def create_operations_app(
    *, readiness: Mapping[str, Check], lifespan: Sequence[Lifespan], registry: CollectorRegistry
) -> Application:
    """Return the application of a process that answers nobody but its operators: health and metrics."""
    app = Application(
        route_handlers=[*health_routes(readiness), metrics_route(registry)],
        lifespan=list(lifespan),
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    return _in_the_ring(app, registry)


def _in_the_ring(app: Application, registry: CollectorRegistry) -> Application:
    app.registry = registry
    app.metrics = RequestMetrics(registry)
    app.open_requests = set()
    app.asking = set()
    app.metrics.count_open(lambda: len(app.open_requests))
    return app


def _provide_caller(request: AnyRequest) -> Caller:
    caller: Caller = request.scope["user"]
    return caller


def _provide_trace(request: AnyRequest) -> RequestTrace:
    trace: RequestTrace = request.scope["state"]["trace"]
    return trace


SHARED_DEPENDENCIES = {
    "caller": Provide(_provide_caller, sync_to_thread=False),
    "trace": Provide(_provide_trace, sync_to_thread=False),
    "if_match": Provide(if_match, sync_to_thread=False),
    "idempotency": Provide(idempotency),
    "command": Provide(command, sync_to_thread=False),
    "page": Provide(page, sync_to_thread=False),
}


def keys_check(keys: TrustedKeys, reading: Parts) -> Check:
    """Return what tells whether the keys can prove a token, and are still read again."""

    async def keys_are_read() -> str | None:
        return await reading.ended() or await keys.readiness()

    return keys_are_read


def reading_keys(keys: TrustedKeys, reading: Parts) -> Lifespan:
    """Return what reads the keys at the start, and again by the clock."""

    @asynccontextmanager
    async def read_keys(_app: Litestar) -> AsyncIterator[None]:
        await keys.start()
        async with reading:
            reading.start(keys.keep_current(), name="keys")
            yield

    return read_keys
