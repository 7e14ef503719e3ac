"""The inbox over HTTP.

A representative reads its own party's inbox, and nobody else reads it: neither the auditor, whom the ledger tells
everything, nor the operator, who has an inbox of its own, for what stops the ledger, and sees what could not be read.
"""

import time
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from services.notifications.errors import AlertNotFound, InboxUnavailable, SequenceNotReached
from services.notifications.inbox import Inbox, InboxAlert, QuarantinedEvent, UnreadCount
from services.notifications.live import LiveInbox
from services.notifications.rules.rule import AlertClass
from services.notifications.rules.sources import OPERATOR
from services.notifications.sse import After, LastEventId, as_stream, end_of_stream, paying, resumed_after
from shared.ids import ID_PATTERN, is_id
from shared.web.allowances import Allowances
from shared.web.auth import Caller, bearer_token, requires
from shared.web.pages import Page, PageRequest, start_of
from shared.web.refusals import (
    CursorMalformed,
    IdempotencyKeyNotTaken,
    ParameterMistyped,
    RoleMissing,
    TooManyStreams,
    refusals,
)

_OWNERS: Final = ("representative", "operator")

AlertName = Annotated[str, PathParameter(schema_extra={"pattern": ID_PATTERN})]
Unread = Annotated[
    bool,
    QueryParameter(
        name="unread", required=False, description="If true, only what nobody acknowledged yet; if false, all."
    ),
]
OfClass = Annotated[
    AlertClass | None,
    QueryParameter(
        name="class", required=False, description="Only of this class, which says what weight in law it has."
    ),
]
NeedsYou = Annotated[
    bool | None,
    QueryParameter(name="needs_you", required=False, description="Only what waited for you, or only what did not."),
]


@get("/v1/inbox", guards=[requires(*_OWNERS)], responses=refusals(RoleMissing, CursorMalformed, InboxUnavailable))
async def read_inbox(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    caller: NamedDependency[Caller],
    inbox: NamedDependency[Inbox],
    page: NamedDependency[PageRequest],
    unread: Unread = False,  # noqa: FBT002  # query parameters, always given by name
    class_: OfClass = None,
    needs_you: NeedsYou = None,
) -> Response[Page[InboxAlert]]:
    """List your party's alerts, or the operators', the newest first."""
    alerts = await inbox.newest(
        _recipient(caller),
        before=start_of(page) or None,
        limit=page.limit + 1,
        unread=unread,
        class_=class_,
        needs_you=needs_you,
    )
    return page.answer(alerts, lambda alert: [alert.sequence])


@get("/v1/inbox/unread-count", guards=[requires(*_OWNERS)], responses=refusals(RoleMissing, InboxUnavailable))
async def count_unread(caller: NamedDependency[Caller], inbox: NamedDependency[Inbox]) -> UnreadCount:
    """Count your alerts that nobody acknowledged yet."""
    return await inbox.count_unread(_recipient(caller))


@post(
    "/v1/inbox/{alert:str}/acknowledge",
    status_code=200,
    guards=[requires(*_OWNERS)],
    responses=refusals(RoleMissing, AlertNotFound, InboxUnavailable, IdempotencyKeyNotTaken),
)
async def acknowledge(alert: AlertName, caller: NamedDependency[Caller], inbox: NamedDependency[Inbox]) -> InboxAlert:
    """Take note of an alert. Who did so first, and when, is kept; doing it again changes nothing."""
    if not is_id(alert):  # names nothing, and the database is not asked about what no text of its could be
        raise AlertNotFound(alert=alert)
    return await inbox.acknowledge(_recipient(caller), alert, by=caller.subject)


@get(
    "/v1/inbox/stream",
    guards=[requires(*_OWNERS)],
    responses=refusals(RoleMissing, ParameterMistyped, SequenceNotReached, TooManyStreams),
    media_type="text/event-stream",
)
async def stream_inbox(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    live_inbox: NamedDependency[LiveInbox],
    allowances: NamedDependency[Allowances],
    after: After = 0,
    last_event_id: LastEventId = None,
) -> ServerSentEvent:
    """Follow your alerts as server-sent events, first those above the number given, then live.

    An event's `id` is the alert's `sequence`. The stream ends when the token expires, and after five minutes at the
    latest, when the token is asked for again; resume with `Last-Event-ID`.
    """
    after = resumed_after(after, last_event_id, what="an alert's sequence")
    await live_inbox.check_reached(_recipient(caller), after)
    until = end_of_stream(bearer_token(request.scope["headers"]), time.time())
    allowances.open_stream(caller, request.scope)
    alerts = live_inbox.follow(_recipient(caller), after=after, until=until, pay=paying(allowances, caller))
    return as_stream(alerts, _message)


@get(
    "/v1/quarantine", guards=[requires("operator")], responses=refusals(RoleMissing, CursorMalformed, InboxUnavailable)
)
async def read_quarantine(
    inbox: NamedDependency[Inbox], page: NamedDependency[PageRequest]
) -> Response[Page[QuarantinedEvent]]:
    """List the events that could not be read, so that nobody was alerted of them."""
    events = await inbox.quarantine(after=start_of(page), limit=page.limit + 1)
    return page.answer(events, lambda event: [event.position])


ROUTES: Final = [
    Router("/", route_handlers=[read_inbox, count_unread, acknowledge, stream_inbox], tags=["inbox"]),
    Router("/", route_handlers=[read_quarantine], tags=["quarantine"]),
]


def _recipient(caller: Caller) -> str:
    """Return whose inbox a caller reads: its party's, or else the one that all operators share."""
    if "representative" not in caller.roles:
        return OPERATOR
    assert caller.party is not None  # a token for a representative names a party, or it is refused
    return caller.party


def _message(alert: InboxAlert) -> ServerSentEventMessage:
    return ServerSentEventMessage(id=alert.sequence, data=msgspec.json.encode(alert))
