"""Every failure as a problem document (RFC 9457); what is not a refusal shows nothing of our inside."""

import re
from typing import Any, Final, cast

import msgspec
from litestar import Litestar, Request, Response
from litestar.enums import ParamType
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    SerializationException,
    ValidationException,
)
from litestar.types import ExceptionHandlersMap

from shared.decoding import stated
from shared.errors import DomainError, TooMany, Unauthenticated, Unavailable
from shared.telemetry import logger
from shared.web.refusals import (
    PROBLEM_JSON,
    BodyMalformed,
    BodyMissing,
    BodyTooLarge,
    EncodingUnsupported,
    InternalFailure,
    Malformed,
    MethodNotAllowed,
    ParameterMistyped,
    Problem,
    Refusals,
    RequestRefused,
    RoleMissing,
    RouteUnknown,
    TokenMissing,
    status_of,
)
from shared.web.resource import RESOURCE_METADATA, address_of
from shared.web.shown import without_secrets
from shared.web.trace import RequestTrace

BODY_LIMIT_BYTES: Final = 64 * 1024
RETRY_AFTER_SECONDS: Final = "1"
_MISSING: Final = re.compile(r"Missing required (?P<source>\w+) parameter '(?P<name>[^']*)'")
_REALM: Final = 'Bearer realm="moiety"'
_CHALLENGE: Final = "WWW-Authenticate"
HEAD: Final = "HEAD"
OPTIONS: Final = "OPTIONS"

_log = logger()
AnyRequest = Request[Any, Any, Any]


def answer_refusal(request: AnyRequest, refusal: DomainError) -> Response[bytes]:
    """Answer a refusal with its own problem document."""
    return _answer(request, refusal, status_of(type(refusal)), headers_for(refusal))


def answer_framework_error(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Answer what the framework refused, under our own names."""
    if error.status_code >= status_of(InternalFailure):
        return answer_failure(request, error)
    refusal = _named(request, error)
    headers = headers_for(refusal)
    status = error.status_code if isinstance(refusal, RequestRefused) else status_of(type(refusal))
    return _answer(request, refusal, status, headers)


def _named(request: AnyRequest, error: HTTPException) -> DomainError:
    match error:
        case MethodNotAllowedException():
            return MethodNotAllowed(expected=methods_at(request.app, request.scope["path"]), got=request.method)
        case NotFoundException():
            return RouteUnknown(got=request.scope["path"])
        case HTTPException(status_code=413):
            return BodyTooLarge(expected=f"at most {BODY_LIMIT_BYTES} bytes")
        case ValidationException():
            return _mistyped(request, error)
        case HTTPException(__cause__=SerializationException()):
            return BodyMalformed()
        case _:
            return RequestRefused(got=error.detail)


def answer_failure(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer anything else: the log has everything, the caller the id to ask about."""
    trace: RequestTrace = request.scope["state"]["trace"]
    _log.error(
        "The request failed on our side",
        action="request-failed",
        request_id=trace.request_id,
        correlation_id=trace.correlation_id,
        method=request.method,
        path=without_secrets(request.scope["path"]),
        exc_info=error,
    )
    return _answer(request, InternalFailure(), status_of(InternalFailure), {})


EXCEPTION_HANDLERS: Final[ExceptionHandlersMap] = {
    DomainError: answer_refusal,
    HTTPException: answer_framework_error,
    Exception: answer_failure,
}


def headers_for(refusal: DomainError) -> dict[str, str]:
    """Return the headers that HTTP asks for beside a refusal's document."""
    match refusal:
        case TooMany():
            return {"Retry-After": str(refusal.retry_after_seconds)}
        case Unavailable():
            return {"Retry-After": RETRY_AFTER_SECONDS}
        case MethodNotAllowed():
            return {"Allow": ", ".join(cast("list[str]", refusal.expected))}
        case EncodingUnsupported():
            return {"Accept-Encoding": str(refusal.expected)}  # RFC 9110, 15.5.16
    challenge = _challenge_for(refusal)
    return {} if challenge is None else {_CHALLENGE: challenge}


def _challenge_for(refusal: DomainError) -> str | None:
    match refusal:
        case TokenMissing():
            # RFC 6750, 3.1: a request without credentials is told no error code.
            return _REALM
        case Unauthenticated():
            return f'{_REALM}, error="invalid_token", error_description="{refusal.title()}"'
        case RoleMissing():
            return f'{_REALM}, error="insufficient_scope"'
        case _:
            return None


def methods_at(app: Litestar, path: str) -> list[str]:
    """Return the methods of what is at an address, for `Allow`; raises the framework's NotFoundException."""
    # OPTIONS is routed at every address there is, so it finds the address whose other methods we want.
    template = app.asgi_router.handle_routing(path=path, method=OPTIONS)[-1]
    methods = {method for route in app.routes if route.path_format == template for method in route.methods}
    # Whatever can be read answers HEAD, in the ring.
    return sorted(methods | {HEAD} if "GET" in methods else methods)


def _answer(request: AnyRequest, refusal: DomainError, status: int, headers: dict[str, str]) -> Response[bytes]:
    _report_undeclared(request, refusal)
    trace: RequestTrace = request.scope["state"]["trace"]
    request.scope["state"]["problem"] = refusal.code()
    document = msgspec.json.encode(Problem.of(refusal, status, trace, request.method))
    # By it a client finds who issues the tokens that it lacks (RFC 9728, 5.1).
    if _CHALLENGE in headers and (here := address_of(request)) is not None:
        headers = {_CHALLENGE: f'{headers[_CHALLENGE]}, resource_metadata="{here}{RESOURCE_METADATA}"'}
    return Response(document, status_code=status, headers=headers, media_type=PROBLEM_JSON)


def _mistyped(request: AnyRequest, error: ValidationException) -> Malformed:
    """Name the first parameter that could not be read; bodies are read elsewhere and name their own path."""
    if missing := _MISSING.match(error.detail):
        return ParameterMistyped(expected="a value", at=f"{missing['source']}.{missing['name']}")
    found = error.extra[0] if isinstance(error.extra, list) and error.extra else {}
    name, message = found.get("key", ""), found.get("message", error.detail)
    if name == "data":
        return BodyMissing()
    at = {"at": f"{_source(found)}.{_written(request, name)}"} if name else {}
    return ParameterMistyped(**stated(message), **at)


def _written(request: AnyRequest, argument: str) -> str:
    """Return the name by which a caller writes what a handler, or what it is given by, takes as an argument."""
    handler = request.route_handler
    signatures = [handler.parsed_fn_signature]
    signatures += [each.parsed_fn_signature for each in handler.resolve_dependencies().values()]
    fields = [signature.parameters[argument] for signature in signatures if argument in signature.parameters]
    return next((name for field in fields if (name := getattr(field.kwarg_definition, "name", None))), argument)


def _source(found: dict[str, Any]) -> str:
    source = found.get("source", "request")
    return source.value if isinstance(source, ParamType) else str(source)


def _report_undeclared(request: AnyRequest, refusal: DomainError) -> None:
    """Say it when a route refuses what its OpenAPI document does not promise."""
    handler = request.scope.get("route_handler")
    declared = getattr(handler, "responses", None)
    if not isinstance(declared, Refusals) or type(refusal) in declared.classes:
        return
    _log.error(
        "The route does not declare this refusal",
        action="refusal-undeclared",
        code=refusal.code(),
        route=request.scope.get("path_template"),
    )
