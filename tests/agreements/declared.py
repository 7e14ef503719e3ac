"""What the routes say that a command may be refused, and which route gives which command."""

from functools import cache, partial
from typing import Any

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from services.agreements.app import ROUTES
from services.agreements.responses import CommandResponses
from shared.errors import DomainError
from shared.log.handle import Work


@cache
def declared() -> dict[type[Any], frozenset[type[DomainError]]]:
    """Return by command what its routes declare."""
    said: dict[type[Any], frozenset[type[DomainError]]] = {}
    for handler in _handlers():
        if isinstance(answers := handler.responses, CommandResponses):
            said[answers.command] = said.get(answers.command, frozenset()) | answers.classes
    return said


def check_declared(work: Work, refusal: DomainError) -> None:
    """Fail where a work's command is refused what none of its routes declares."""
    command = work.keywords.get("command") if isinstance(work, partial) else None
    if command is not None and type(refusal) not in declared()[type(command)]:
        pytest.fail(f"no route of {type(command).__name__} declares {refusal.code()}")


def _handlers() -> list[HTTPRouteHandler]:
    routes = [route for router in ROUTES for route in router.routes if isinstance(route, HTTPRoute)]
    return [handler for route in routes for handler in route.route_handlers]
