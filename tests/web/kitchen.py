"""A small service with every kind of route, for the tests to talk to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from shared.errors import Conflict, NotFound, Unavailable
from shared.log.handle import CommandContext, VersionMismatch, check_version
from shared.log.store import IdempotencyKey
from shared.web.auth import Caller, requires
from shared.web.claims import Accepted
from shared.web.etag import Named, decided_on, etag_of
from shared.web.pages import Page, PageRequest
from shared.web.refusals import (
    CursorMalformed,
    IdempotencyKeyMalformed,
    IdempotencyKeyNotTaken,
    IfMatchMalformed,
    IfMatchRequired,
    RoleMissing,
    refusals,
)
from shared.web.trace import RequestTrace

ISSUER = "https://issuer.example"
AUDIENCE = "moiety"
ACCEPTED = Accepted(ISSUER, frozenset({AUDIENCE}))


@dataclass(frozen=True)
class WebSettings:
    jwks: str
    issuer: str = ISSUER
    audience: str = AUDIENCE
    jwt_types: str = "at+jwt"
    jwt_leeway_seconds: float = 5
    subject_claim: str = "sub"
    party_claim: str = "party"
    roles_claim: str = "roles"
    requests_per_second: float = 200
    requests_saved: float = 1_000
    streams_per_caller: int = 20
    docs_tokens_file: Path | None = None
    http_host: str = "127.0.0.1"
    http_port: int = 0
    public_url: str = ""
    metrics_port: int = 0
    log_level: str = "INFO"
    log_format: str = "json"


Kind = Annotated[str | None, QueryParameter(name="kind", required=False)]


class Element(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    weight: int


class Recipe(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    elements: list[Element]


class RecipeView(msgspec.Struct):
    title: str
    guests: Annotated[tuple[str, ...], msgspec.Meta(max_length=4)]
    version: int


class RecipeNotFound(NotFound):
    """There is no such recipe."""


class RecipeBurnt(Conflict):
    """The recipe was burnt."""


class OvenCold(Unavailable):
    """The oven does not answer."""


CHANGE_REFUSALS = refusals(
    RoleMissing,
    RecipeNotFound,
    RecipeBurnt,
    VersionMismatch,
    IfMatchRequired,
    IfMatchMalformed,
    IdempotencyKeyMalformed,
)


@post("/v1/recipes/{recipe:str}", status_code=200, guards=[requires("representative")], responses=CHANGE_REFUSALS)
async def change(
    recipe: FromPath[str],
    data: JSONBody[Recipe],
    if_match: NamedDependency[Named | None],
    command: NamedDependency[CommandContext],
) -> Response[dict[str, Any]]:
    if recipe == "unknown":
        raise RecipeNotFound(recipe=recipe)
    check_version(3, decided_on(if_match), recipe=recipe)
    if recipe == "burnt":
        raise RecipeBurnt(recipe=recipe)
    key = command.idempotency.key if command.idempotency else None
    answer = {"title": data.title, "actor": command.actor, "party": command.actor_party, "key": key}
    return Response(answer, headers={"ETag": etag_of(4)})


SHOWN = refusals(RoleMissing, RecipeNotFound)
SHOWN[200] = ResponseSpec(RecipeView, description="As it stands now.", generate_examples=False)
SHOWN.versioned.add(200)


@get("/v1/shown/{recipe:str}", guards=[requires("representative", "auditor"), requires("operator")], responses=SHOWN)
async def show(recipe: FromPath[str]) -> Response[RecipeView]:
    """Show a recipe."""
    return Response(RecipeView(recipe, (), 3), headers={"ETag": etag_of(3)})


@get("/v1/recipes", responses=refusals(CursorMalformed))
async def recipes(page: NamedDependency[PageRequest], kind: Kind = None) -> Response[Page[int]]:
    """List the recipes, all or of one kind. This kitchen has ten, and each is of every kind."""
    assert kind in {None, "sweet", "sour", "secret"}
    last = int(page.after[0]) if page.after else 0
    numbers = [number for number in range(1, 11) if number > last]
    return page.answer(numbers[: page.limit + 1], lambda number: (number,))


@get("/v1/others", responses=refusals(CursorMalformed))
async def others(page: NamedDependency[PageRequest], kind: Kind = None) -> Response[Page[int]]:
    assert kind == "sweet"
    return page.answer([], lambda number: (number,))


@get("/v1/me", responses=refusals())
async def me(caller: NamedDependency[Caller], trace: NamedDependency[RequestTrace]) -> dict[str, Any]:
    return {"caller": msgspec.to_builtins(caller), "traceparent": trace.traceparent}


@get("/v1/shelves", responses=refusals())
async def shelf(room: FromQuery[str], height: Annotated[int, QueryParameter(name="height", ge=1, le=3)]) -> str:
    return f"{room} {height}"


def drawer(
    class_: Annotated[Literal["top", "bottom"] | None, QueryParameter(name="class", required=False)] = None,
    from_: Annotated[int, QueryParameter(name="from", required=False, ge=1)] = 1,
) -> dict[str, object]:
    return {"class_": class_, "from_": from_}


@get("/v1/drawers", responses=refusals(), dependencies={"drawer": Provide(drawer, sync_to_thread=False)})
async def drawers(drawer: NamedDependency[dict[str, object]]) -> dict[str, object]:
    return drawer


@post("/v1/fingerprint", responses=refusals(IdempotencyKeyMalformed))
async def fingerprint(
    idempotency: NamedDependency[IdempotencyKey | None],
    dry: Annotated[bool, QueryParameter(name="dry")] = False,  # noqa: FBT002  # a query parameter, always by name
) -> dict[str, str | None]:
    assert dry in {True, False}
    if idempotency is None:
        return {"key": None}
    return {
        "key": idempotency.key,
        "caller": idempotency.caller,
        "fingerprint": idempotency.fingerprint.hex(),
    }


@post("/v1/tastings", status_code=200, responses=refusals(IdempotencyKeyNotTaken))
async def taste() -> str:
    return "sweet"


@get("/v1/failures/{kind:str}", responses=refusals(OvenCold))
async def failure(kind: FromPath[str]) -> None:
    if kind == "bug":
        message = "the password is hunter2"
        raise ZeroDivisionError(message)
    if kind == "undeclared":
        raise RecipeBurnt
    raise OvenCold


ROUTES = [change, show, recipes, others, me, shelf, drawers, fingerprint, taste, failure]
