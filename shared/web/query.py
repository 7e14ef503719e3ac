"""Query parameters: an address refuses those it does not know, or a misspelt one would answer another question."""

from typing import Any, Final
from urllib.parse import parse_qsl

from litestar import Litestar
from litestar.routes import HTTPRoute

from shared.web.auth import Connection
from shared.web.refusals import ParameterUnknown

_LONGEST_NAME_SHOWN: Final = 80


def refuse_unknown_parameters(app: Litestar) -> None:
    """Let every route that asks for a token refuse what neither its handler nor its dependencies declare."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, model) in route.route_handler_map.items():
                if "public" not in handler.opt and method != "OPTIONS":
                    known = frozenset(parameter.field_alias for parameter in model.expected_query_params)
                    # The first, so that no body is read in vain. The guards were asked before.
                    model.extractors.insert(0, _Refusal(known))
                    model.has_kwargs = model.has_kwargs or {"query"}


class _Refusal:
    """What a route does with its query before anything else reads it: in most requests, nothing."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known

    async def __call__(self, _values: dict[str, Any], connection: Connection) -> None:
        if query := connection.scope["query_string"]:
            given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
            if unknown := sorted(given.keys() - self._known):
                raise ParameterUnknown(expected=sorted(self._known), got=unknown[0][:_LONGEST_NAME_SHOWN])
