"""How this service answers: the aggregate's view as it stands, its version as ETag, and pages of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict, TypeVar

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from services.agreements.commands import Representative
from shared.calendar import legal_day
from shared.errors import DomainError
from shared.ids import is_id
from shared.log.aggregate import Aggregate
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import (
    CommandContext,
    Handler,
    IdempotencyKeyReused,
    IfMatch,
    KeptChanging,
    Outcome,
    Represent,
    VersionMismatch,
    Work,
)
from shared.log.store import LogEntry, LogUnavailable
from shared.web.auth import Caller, Connection
from shared.web.etag import etag_of
from shared.web.json_answer import JsonAnswer
from shared.web.pages import Page, PageRequest, start_of
from shared.web.refusals import (
    CursorMalformed,
    IdempotencyKeyMalformed,
    IfMatchMalformed,
    IfMatchRequired,
    Refusals,
    RoleMissing,
    RouteUnknown,
    refusals,
)

V = TypeVar("V", bound=msgspec.Struct)
_CREATED = 201
_OK = 200

_EVERY_COMMAND = (RoleMissing, IdempotencyKeyMalformed, IdempotencyKeyReused, KeptChanging, LogUnavailable)
_EVERY_CHANGE = (*_EVERY_COMMAND, IfMatchRequired, IfMatchMalformed, VersionMismatch)


class Said(TypedDict):
    by: Representative
    today: date


def speaker(caller: Caller) -> Representative:
    """Return for whom a representative's token speaks."""
    assert caller.party is not None, "a representative's token names a party"
    return Representative(caller.subject, caller.party)


def said(context: CommandContext) -> Said:
    """Return what every command brings with it."""
    assert context.actor_party is not None, "a representative's token names a party"
    return Said(by=Representative(context.actor, context.actor_party), today=legal_day(context.now))


def view_of(view: type[V], state: msgspec.Struct, version: int) -> V:
    """Return the fields of a state that a view shows, and the version they are from."""
    fields = {name: getattr(state, name) for name in view.__struct_fields__ if name != "version"}
    return view(**fields, version=version)


def representing(view: type[msgspec.Struct]) -> Represent:
    return lambda state, version: msgspec.json.encode(view_of(view, state, version))


async def names_ids(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Guard a router's addresses: a segment that cannot be an id names nothing, and no database is asked about it."""
    if not all(is_id(str(segment)) for segment in connection.path_params.values()):
        raise RouteUnknown(got=connection.scope["path"])


@dataclass(frozen=True)
class ChangeRequest:
    """A request to change what exists: who asks, and which version they decided on."""

    handler: Handler
    context: CommandContext
    if_match: int

    @property
    def said(self) -> Said:
        return said(self.context)

    async def record(
        self, work: Work, subject: str, represent: Represent, *, queue: str | None = None
    ) -> Response[bytes]:
        """Decide on the subject, which must be at the version asked for, and record.

        Commands in one queue, the subject's own unless told otherwise, wait for one another instead of conflicting.
        """
        if_match = IfMatch(subject, self.if_match)
        outcome = await self.handler.handle(
            work, self.context, represent=represent, target=queue or subject, if_match=if_match
        )
        return changed(outcome)


def change(
    handler: NamedDependency[Handler], command: NamedDependency[CommandContext], if_match: NamedDependency[int]
) -> ChangeRequest:
    """Provide `change: NamedDependency[ChangeRequest]`."""
    return ChangeRequest(handler, command, if_match)


def created(outcome: Outcome, location: Callable[[dict[str, Any]], str]) -> Response[bytes]:
    """Answer a creation. The address is taken from the answer: a replayed one has the id of the first time."""
    new = outcome.position is not None or outcome.replayed
    response = changed(outcome)
    response.status_code = _CREATED if new else _OK
    response.headers["Location"] = location(msgspec.json.decode(outcome.answer))
    return response


def changed(outcome: Outcome) -> Response[bytes]:
    response = _json(outcome.answer, outcome.version)
    if outcome.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def shown(view: type[msgspec.Struct], state: msgspec.Struct, version: int) -> Response[bytes]:
    return _json(representing(view)(state, version), version)


async def listed(
    handler: Handler, page: PageRequest, aggregate: Aggregate[Any], view: type[V], agreement: str = NO_AGREEMENT
) -> Response[Page[V]]:
    """Answer a page of the aggregates in an agreement, in the order in which they came to be."""
    entries = await handler.store.read_created(
        aggregate.name, agreements=[agreement], after=start_of(page), limit=page.limit + 1
    )
    return await page_of(handler, page, aggregate, view, entries)


async def page_of(
    handler: Handler, page: PageRequest, aggregate: Aggregate[Any], view: type[V], entries: Sequence[LogEntry]
) -> Response[Page[V]]:
    """Answer a page of the aggregates whose first events these are, one more than the page holds."""
    answer = page.answer(entries, lambda entry: (entry.id,))
    views = []
    for entry in answer.content.items:
        state, version = await handler.read(aggregate, str(entry.originator_id).partition(":")[2])
        views.append(view_of(view, state, version))
    return Response(Page(views, answer.content.next), headers=answer.headers)


def creating(view: type[msgspec.Struct], *own: type[DomainError]) -> Refusals:
    """Declare the answers of a route that creates: the view, or a refusal."""
    return _declared(refusals(*_EVERY_COMMAND, *own), {_CREATED: view, _OK: view})


def changing(view: type[msgspec.Struct], *own: type[DomainError]) -> Refusals:
    """Declare the answers of a route that changes what exists: the view, or a refusal."""
    return _declared(refusals(RouteUnknown, *_EVERY_CHANGE, *own), {_OK: view})


def showing(view: type[msgspec.Struct], *own: type[DomainError]) -> Refusals:
    """Declare the answers of a route that reads one: the view, or a refusal."""
    return _declared(refusals(RoleMissing, RouteUnknown, LogUnavailable, *own), {_OK: view})


def listing(*own: type[DomainError]) -> Refusals:
    """Declare the refusals of a route that lists."""
    return refusals(RoleMissing, LogUnavailable, CursorMalformed, *own)


def _declared(declared: Refusals, views: dict[int, type[msgspec.Struct]]) -> Refusals:
    for status, view in views.items():
        declared[status] = ResponseSpec(data_container=view, generate_examples=False, description="As it stands now.")
    return declared


def _json(body: bytes, version: int) -> Response[bytes]:
    return JsonAnswer(body, headers={"ETag": etag_of(version)})
