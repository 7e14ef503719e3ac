"""What the API's documents say of answers, as routes declare them: headers, and the problems that may come."""

from collections.abc import Iterator
from typing import Any, Final

from litestar import Litestar
from litestar.routes import HTTPRoute

from shared.errors import DomainError
from shared.web.refusals import PROBLEM_JSON, Problem, Refusals

_CREATED: Final = 201
_SOME_REQUEST: Final = "0190a3c1f2b07d4e8a6c5b9f1e2d3c4b"
_ETAG: Final = {
    "schema": {"type": "string"},
    "description": (
        'The version in the answer, such as "3": what `If-Match` of a change must name, and whoever has it may name in '
        "`If-None-Match`."
    ),
}
_LOCATION: Final = {"schema": {"type": "string"}, "description": "Where it is from now on."}


def declare_headers(app: Litestar, document: dict[str, Any]) -> None:
    """Declare the ETag of every answer that shows a version, and where to find what was created."""
    for declared, responses in _declarations(app, document):
        for status in declared.versioned:
            headers = {"ETag": _ETAG} | ({"Location": _LOCATION} if _CREATED in declared else {})
            responses[str(status)]["headers"] = headers


def declare_problems(app: Litestar, document: dict[str, Any]) -> None:
    """Say which problems a route may answer with: all are of one form, so that a client has one type for them."""
    examples = document["components"].setdefault("examples", {})
    for declared, responses in _declarations(app, document):
        for status, group in declared.by_status.items():
            content = responses[str(status)]["content"][PROBLEM_JSON]
            content["schema"]["properties"] = {"code": {"enum": [refusal.code() for refusal in group]}}
            # What every route may refuse comes first, so the last is what this one is about.
            code = group[-1].code()
            content["examples"] = {code: {"$ref": f"#/components/examples/{code}"}}
            examples[code] = {"value": _problem(group[-1], status)}


def _problem(refusal: type[DomainError], status: int) -> Problem:
    return Problem(
        type=refusal.problem_type(),
        title=refusal.title(),
        status=status,
        detail=refusal.title(),
        instance=f"urn:moiety:request:{_SOME_REQUEST}",
        code=refusal.code(),
        correlation_id=_SOME_REQUEST,
    )


def _declarations(app: Litestar, document: dict[str, Any]) -> Iterator[tuple[Refusals, dict[str, Any]]]:
    """Yield what each operation declares of its answers, and what the document says of them."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                # What is no part of the API, as a page for people, declares for itself alone.
                if isinstance(declared := handler.responses, Refusals) and handler.resolve_include_in_schema():
                    yield declared, document["paths"][route.path_format][method.lower()]["responses"]
