"""What a service's OpenAPI document says, where the framework alone would say too little, too much or what is wrong."""

import re
from collections import defaultdict
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any, Final

from litestar import Litestar, Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Server
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler, Method
from litestar.types.internal_types import PathParameterDefinition

from shared.web.auth import RoleGuard
from shared.web.refusals import PROBLEM_JSON, Refusals, status_of

_CREATED: Final = 201
_FIRST_SENTENCE: Final = re.compile(r"(?P<first>.+?)\.(?:\s+(?P<rest>.*))?", re.DOTALL)
_GENERIC_NAME: Final = re.compile(r"(?P<generic>\w+?)_(?:\w+\.)+(?P<of>\w+)_")
_REFERENCE: Final = "#/components/schemas/"
_ETAG: Final = {
    "schema": {"type": "string"},
    "description": (
        'The version in the answer, such as "3": what `If-Match` of a change must name, and whoever has it may name in '
        "`If-None-Match`."
    ),
}
_LOCATION: Final = {"schema": {"type": "string"}, "description": "Where it is from now on."}


class _NoRoutes(Router):
    """Takes the pages Litestar would add: they load from a CDN, and it answers unknown addresses in HTML."""

    def register(self, value: ControllerRouterHandler) -> list[Any]:  # noqa: ARG002  # the framework's signature
        return []


def openapi_config(service: str) -> OpenAPIConfig:
    """Return how this service describes itself (OpenAPI 3.1)."""
    return OpenAPIConfig(
        title=f"Moiety {service}",
        version="v1",
        description=(
            "Refusals are problem documents (RFC 9457); each route lists those it may answer with. "
            "A changing request names the version it was decided on in `If-Match` and may carry an `Idempotency-Key`. "
            "A read of one thing that names the version its caller has, in `If-None-Match`, is 304 while that stands."
        ),
        servers=[Server(url="/")],
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="at+jwt")}
        ),
        security=[{"bearer": []}],
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
        render_plugins=[SwaggerRenderPlugin()],
        openapi_router=_NoRoutes("/docs", route_handlers=[]),
    )


def _operation_id(handler: HTTPRouteHandler, _method: Method, _path: list[str | PathParameterDefinition]) -> str:
    """Return what clients call an operation: `proposeTransfer` for `propose_transfer`."""
    first, *others = handler.handler_name.split("_")
    return first + "".join(word.title() for word in others)


def explain_operations(app: Litestar) -> None:
    """Give each route the first sentence of its docstring as summary; its description says who may call it."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler, _ in route.route_handler_map.values():
                sentences = _FIRST_SENTENCE.fullmatch(cleandoc(handler.fn.__doc__ or ""))
                if sentences and handler.summary is None:
                    handler.summary = " ".join(sentences["first"].split())
                    handler.description = "\n\n".join(filter(None, [sentences["rest"], _who_may(handler)]))


def _who_may(handler: HTTPRouteHandler) -> str:
    if "public" in handler.opt:
        return "Asks for no token."
    guards = [guard for guard in handler.resolve_guards() if isinstance(guard, RoleGuard)]
    if not guards:
        return "For every caller with a token."
    return f"For the role {' and '.join(_either(guard) for guard in guards)}."


def _either(guard: RoleGuard) -> str:
    return " or ".join(f"`{role}`" for role in sorted(guard.roles))


def description_of(app: Litestar) -> dict[str, Any]:
    """Return the service's OpenAPI document."""
    document = app.openapi_schema.to_schema()
    _declare_headers(app, document["paths"])
    _declare_problems(app, document["paths"])
    _state_parameters(document["paths"])
    return _with_short_names(document)


def _declare_headers(app: Litestar, paths: dict[str, Any]) -> None:
    """Declare the ETag of every answer that shows a version, and where to find what was created."""
    for declared, responses in _declarations(app, paths):
        for status in declared.versioned:
            headers = {"ETag": _ETAG} | ({"Location": _LOCATION} if _CREATED in declared else {})
            responses[str(status)]["headers"] = headers


def _declare_problems(app: Litestar, paths: dict[str, Any]) -> None:
    """Say which problems a route may answer with: all are of one form, so that a client has one type for them."""
    for declared, responses in _declarations(app, paths):
        codes = defaultdict(list)
        for refusal in declared.classes:
            codes[status_of(refusal)].append(refusal.code())
        for status, of_status in codes.items():
            schema = responses[str(status)]["content"][PROBLEM_JSON]["schema"]
            schema["properties"] = {"code": {"enum": sorted(of_status)}}


def _declarations(app: Litestar, paths: dict[str, Any]) -> Iterator[tuple[Refusals, dict[str, Any]]]:
    """Yield what each operation declares of its answers, and what the document says of them."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if isinstance(declared := handler.responses, Refusals):
                    yield declared, paths[route.path_format][method.lower()]["responses"]


def _state_parameters(paths: dict[str, Any]) -> None:
    """Say of a parameter that may be left out what it is where it is given: nobody can give null."""
    for operations in paths.values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                alternatives = parameter["schema"].pop("oneOf", [])
                for alternative in alternatives:
                    if alternative != {"type": "null"}:
                        parameter["schema"] = alternative | parameter["schema"]


def _with_short_names(document: dict[str, Any]) -> dict[str, Any]:
    """Name schemas as people would: where the framework shows modules, they would change with every move of a file."""
    schemas = document["components"]["schemas"]
    short = {name: _short(name) for name in schemas}
    for name, schema in schemas.items():
        # Generators name their types by it: of two that share one, a client would have one.
        schema["title"] = short[name]
    document["components"]["schemas"] = {short[name]: schemas[name] for name in sorted(schemas, key=_short)}
    _rename(document, short)
    return document


def _short(name: str) -> str:
    generic = _GENERIC_NAME.fullmatch(name)
    return generic["of"] + generic["generic"] if generic else name


def _rename(part: Any, short: dict[str, str]) -> None:  # noqa: ANN401  # JSON
    if isinstance(part, list):
        for each in part:
            _rename(each, short)
    elif isinstance(part, dict):
        if isinstance(reference := part.get("$ref"), str):
            part["$ref"] = _REFERENCE + short[reference.removeprefix(_REFERENCE)]
        for each in part.values():
            _rename(each, short)
