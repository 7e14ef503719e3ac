"""A way by which something is done with a thing, and the words in which what could be sent is written down."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec
from litestar.handlers import HTTPRouteHandler

from services.agreements.tasks.trying import JSON

HASH: Final = "sha256:" + "0" * 64
NAME: Final = "imagined"


class Blank(NamedTuple):
    """What only whoever asks can say, and what it could be."""

    example: Any


class Occasion(NamedTuple):
    """Who would do something, for which holder, and on which day."""

    party: str
    holder: str
    today: date


Parts = Callable[[Any], Iterable[JSON]]
Bodies = Callable[[Any, Occasion], Iterable[JSON]]


class Way(NamedTuple):
    """A route by which something is done with a thing: with which of its parts, and what could be sent.

    Of several bodies one has to fit.
    """

    route: HTTPRouteHandler
    bodies: Bodies
    parts: Parts


def whole(_state: Any) -> Iterable[JSON]:  # noqa: ANN401  # whatever it is of
    return ({},)


def way_by(route: HTTPRouteHandler, body: Callable[[Any, Occasion], JSON] | None = None, parts: Parts = whole) -> Way:
    """Give a way that leads on with one body, or with none."""
    return Way(route, (lambda state, on: (body(state, on),)) if body else (lambda _state, _on: ({},)), parts)


def saying(**fields: Any) -> Callable[[Any, Occasion], JSON]:  # noqa: ANN401  # any JSON value
    """Give a body that only whoever asks can fill in."""
    return lambda _state, _on: {name: Blank(example) for name, example in fields.items()}


REASON: Final = saying(reason="a reason")


def period_from(start: date, end: date | None = None) -> JSON:
    return {"from": str(start), "to": str(end) if end else None}


def other_shares(parties: Sequence[str], known: Mapping[str, str] | None) -> JSON:
    """Return other shares than those that are known, of holders that may hold some: whoever asks may be none."""
    first, *others = parties
    alone = {first: "1/1"}
    return {others[0] if others else NAME: "1/1"} if known == alone else alone


def json_of(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    return msgspec.json.decode(msgspec.json.encode(value))


def for_holder(**blanks: Any) -> Callable[[Any, Occasion], JSON]:  # noqa: ANN401
    """Give a body that says for which holder, where that is not the party itself."""
    return lambda _state, on: {**{name: Blank(each) for name, each in blanks.items()}, **holder_in(on)}


def holder_in(on: Occasion) -> JSON:
    return {} if on.holder == on.party else {"holder": on.holder}
