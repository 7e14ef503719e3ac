"""What a service's OpenAPI document says, where the framework alone would say too little, too much or what is wrong."""

import re
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
from shared.web.declared import declare_headers, declare_problems
from shared.web.kept import Kept, show_examples

_FIRST_SENTENCE: Final = re.compile(r"(?P<first>.+?)\.(?:\s+(?P<rest>.*))?", re.DOTALL)
_GENERIC_NAME: Final = re.compile(r"(?P<generic>\w+?)_(?:\w+\.)+(?P<of>\w+)_")
_REFERENCE: Final = "#/components/schemas/"


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


def description_of(app: Litestar, kept: Kept) -> dict[str, Any]:
    """Return the service's OpenAPI document, with what is kept for it."""
    document = app.openapi_schema.to_schema()
    declare_headers(app, document)
    declare_problems(app, document)
    _state_parameters(document["paths"])
    document = _with_short_names(document)
    show_examples(document, kept.examples)
    document["tags"] = [{"name": tag, "description": about} for tag, about in kept.subjects.items()]
    return document


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
        if (reference := part.get("$ref", "")).startswith(_REFERENCE):
            part["$ref"] = _REFERENCE + short[reference.removeprefix(_REFERENCE)]
        for each in part.values():
            _rename(each, short)
