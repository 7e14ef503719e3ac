"""What a route's handler is called with: steps that are worked out once, when the application starts.

Left to itself the framework copies the handler for each of its guards, makes a dictionary of all headers to find one,
and checks what one dependency gives another as if a stranger had sent it. That cost a request more than its decision.
"""

from collections import ChainMap
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, cast

from litestar import Litestar
from litestar._kwargs import KwargsModel
from litestar._kwargs.dependencies import DependencyContainer
from litestar._kwargs.parameter_definition import ParameterDefinition
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from shared.web.auth import Connection
from shared.web.idempotency import KEY_HEADER
from shared.web.query import Form, check_query, form_of
from shared.web.refusals import IdempotencyKeyNotTaken, RouteUnknown

_NOT_OURS: Final = "OPTIONS"
_KEY: Final = KEY_HEADER.lower().encode()

Values = dict[str, Any]
Guard = Callable[[Connection, HTTPRouteHandler], Awaitable[None]]


class Header(NamedTuple):
    """A header that somebody asks for, and what they get where there is none."""

    name: bytes
    argument: str
    default: Any


class Dependency(NamedTuple):
    """A value that a handler or another dependency asks for by name.

    `given` names the values that it is called with; None where it asks for something of the path or the query, which
    the framework has to read and check. A header is text, whatever is asked for.
    """

    name: str
    provide: Provide
    given: tuple[str, ...] | None


class Arguments:
    """Takes the place of the framework's own model of one handler's arguments."""

    has_kwargs = True
    dependency_batches = ()

    def __init__(self, handler: HTTPRouteHandler, model: KwargsModel) -> None:
        self._handler = handler
        self._guards = cast("list[Guard]", handler.resolve_guards())
        self._takes_no_key = "POST" in handler.http_methods and all(
            parameter.field_alias != KEY_HEADER for parameter in model.expected_header_params
        )
        self._forms = dict(_forms(handler, model))
        self._headers = tuple(map(_header, model.expected_header_params))
        self._extractors = list(model.extractors)
        if self._headers:
            # The framework's own step for headers is the one after those for its reserved words.
            del self._extractors[len(model.expected_reserved_kwargs)]
        self._dependencies = tuple(_in_turn(model))

    async def to_kwargs(self, connection: Connection) -> Values:
        """Return the arguments by name; raises RouteUnknown, and what guards, dependencies and `check_query` refuse.

        A key that nobody would ask for is refused: whoever sends one must not believe that a repeat is known by it.
        """
        for guard in self._guards:
            await guard(connection, self._handler)
        if self._takes_no_key and any(name == _KEY for name, _ in connection.scope["headers"]):
            raise IdempotencyKeyNotTaken
        _check_numbers(connection.scope["path"], connection.scope["path_params"])
        # Before any body is read, which would be in vain.
        if query := connection.scope["query_string"]:
            check_query(query, self._forms)
        values: Values = {}
        for extract in self._extractors:
            await extract(values, connection)
        for header in self._headers:
            found = [value for name, value in connection.scope["headers"] if name == header.name]
            values[header.argument] = found[0].decode("latin-1") if found else header.default
        for name, provide, given in self._dependencies:
            if given is None:
                read = provide.signature_model.parse_values_from_connection_kwargs(connection, values)
            else:
                read = {each: values[each] for each in given}
            value = provide.dependency(**read)
            values[name] = value if provide.has_sync_callable else await value
        return values


def work_out_arguments(app: Litestar) -> None:
    """Give every route that asks for a token its steps. Its guards are asked among them, and no longer before."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, model) in route.route_handler_map.items():
                if "public" not in handler.opt and method != _NOT_OURS:
                    arguments = cast("KwargsModel", Arguments(handler, model))
                    route.route_handler_map[method] = handler, arguments
                    handler._resolved_guards = []  # noqa: SLF001  # the only way to keep the framework from copying


def _check_numbers(path: str, parameters: Mapping[str, Any]) -> None:
    """Raise RouteUnknown for another spelling of a number in an address: the framework reads `007` and `+7` as 7."""
    for value in parameters.values():
        if isinstance(value, int) and str(value) not in path.split("/"):
            raise RouteUnknown(got=path)


def _forms(handler: HTTPRouteHandler, model: KwargsModel) -> Iterable[tuple[str, Form | None]]:
    """Yield the form of each parameter of the query, whoever asks for it: the handler or one of its dependencies."""
    asking = [each.provide.parsed_fn_signature for batch in model.dependency_batches for each in batch]
    fields = ChainMap(dict(handler.parsed_fn_signature.parameters), *(each.parameters for each in asking))
    for parameter in model.expected_query_params:
        yield parameter.field_alias, form_of(fields[parameter.field_name])


def _header(parameter: ParameterDefinition) -> Header:
    assert not parameter.is_required, f"{parameter.field_alias}: whoever asks for a header says what its absence means"
    return Header(parameter.field_alias.lower().encode(), parameter.field_name, parameter.default)


def _in_turn(model: KwargsModel) -> Iterable[Dependency]:
    """Return the dependencies one after the other. The framework would run those of a batch in a task each."""
    at_hand = {each.key for batch in model.dependency_batches for each in batch} | model.expected_reserved_kwargs
    at_hand |= {parameter.field_name for parameter in model.expected_header_params}
    for batch in model.dependency_batches:
        yield from (_dependency(each, at_hand) for each in sorted(batch, key=lambda each: each.key))


def _dependency(container: DependencyContainer, at_hand: set[str]) -> Dependency:
    provide = container.provide
    assert not provide.has_sync_generator_dependency, "nobody would end it"
    assert not provide.has_async_generator_dependency, "nobody would end it"
    needed = tuple(provide.signature_model._fields)  # what it is called with
    return Dependency(container.key, provide, needed if at_hand.issuperset(needed) else None)
