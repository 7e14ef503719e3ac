"""Where things and what is done with them are found over HTTP, as the routes say."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from litestar.handlers import HTTPRouteHandler

from services.agreements.background.model import BACKGROUND
from services.agreements.participants.model import PARTICIPANT
from services.agreements.progress.model import PROGRESS
from services.agreements.tasks.trying import JSON
from services.agreements.tasks.ways import ROUTERS, WAYS

_PARAMETER: Final = re.compile(r"\{(\w+):\w+\}")


class Place(NamedTuple):
    """The address of one kind of thing, as its route has it, and what stands in it for one of them."""

    template: str
    names: Callable[[str, Any], JSON]

    def address(self, identifier: str, state: Any) -> str:  # noqa: ANN401  # of the aggregate's type
        return filled(self.template, self.names(identifier, state))


def filled(template: str, names: JSON) -> str:
    return _PARAMETER.sub(lambda found: str(names[found[1]]), template)


def _by(name: str) -> Callable[[str, Any], JSON]:
    return lambda identifier, _state: {name: identifier}


_USUAL: Final = {
    name: Place(f"/v1/{name}s/{{{name}:str}}", _by(name))
    for name in WAYS
    if name not in {BACKGROUND.name, PARTICIPANT.name, PROGRESS.name}
}
PLACES: Final[Mapping[str, Place]] = MappingProxyType(
    {
        **_USUAL,
        "opportunity": Place("/v1/opportunities/{opportunity:str}", _by("opportunity")),
        "party": Place("/v1/parties/{party:str}", _by("party")),
        BACKGROUND.name: Place("/v1/background/{item:str}", _by("item")),
        PARTICIPANT.name: Place(
            "/v1/participants/{project:str}/{person:str}",
            lambda _, state: {"project": state.project, "person": state.person},
        ),
        PROGRESS.name: Place("/v1/projects/{project:str}/progress", _by("project")),
    }
)
"""By the name of the aggregate."""

_PATHS: Final = {
    getattr(handler, "fn", None): route.path
    for router in ROUTERS
    for route in router.routes
    for handler in getattr(route, "route_handlers", ())
}


def path_of(route: HTTPRouteHandler) -> str:
    """Return the address of a route, with the names of what stands in it."""
    return _PATHS[route.fn]


def act_of(route: HTTPRouteHandler, place: Place, parts: JSON) -> str:
    """Return what follows the thing's own address where this is done with it: `sign`, `amendments/2/sign`."""
    return filled(path_of(route).removeprefix(f"{place.template}/"), parts)
