"""The inbox over HTTP.

A representative reads its own party's inbox, and nobody else reads it: neither the auditor, whom the ledger tells
everything, nor the operator, who has an inbox of its own, for what stops the ledger, and sees what could not be read.
"""

import time
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import PathParameter, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from services.notifications.errors import (
    AcknowledgeFirst,
    AlertNotFound,
    InboxUnavailable,
    NotARepresentative,
    SequenceNotReached,
)
from services.notifications.inbox.listing import Wanted
from services.notifications.inbox.store import Inbox
from services.notifications.inbox.views import InboxAlert, InboxCounts, ListedAlert, QuarantinedEvent, UnreadCount
from services.notifications.live import LiveInbox
from services.notifications.rules.rule import AlertClass
from services.notifications.rules.sources import OPERATOR
from services.notifications.sse import After, LastEventId, as_stream, end_of_stream, paying, resumed_after
from shared.events.registry import registered
from shared.forms import form
from shared.ids import ID_FORM, ID_PATTERN, is_id
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

OWNERS: Final = ("representative", "operator")
# With what the types of events begin that are recorded; what else is alerted of has names of other services.
_RECORDED: Final = "agreements."

# What a thing, a type or an agreement can be called; the database is asked for nothing else.
_Name = Annotated[str, form("[A-Za-z0-9_.:-]{1,200}", "up to 200 letters, digits and any of `_.:-`", "AGR-1")]
_Subject = Annotated[
    str, form("[a-z]+:[A-Za-z0-9_.:-]{1,180}", "a kind and an id, such as transfer:XFR-1", "transfer:XFR-1")
]
_Type = Annotated[
    str,
    form(
        r"[a-z]+\.[A-Za-z]{1,100}\.v[1-9][0-9]{0,3}",
        "the versioned name of an event, such as agreements.TransferProposed.v1",
        "agreements.TransferProposed.v1",
    ),
]
_Id = Annotated[str, form(ID_FORM, "up to 64 letters, digits and hyphens, the first no hyphen", "INV-1")]
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


OfAgreement = Annotated[
    _Name | None,
    QueryParameter(
        name="agreement",
        required=False,
        description="Only of this agreement; `_` for none.",
    ),
]
OfAsset = Annotated[
    _Id | None,
    QueryParameter(
        name="asset",
        required=False,
        description="Only of events that are about this asset, whatever else they are about.",
    ),
]
OfSubject = Annotated[
    _Subject | None,
    QueryParameter(
        name="subject",
        required=False,
        description="Only with this `subject`, as in `transfer:XFR-1`.",
    ),
]
OfType = Annotated[
    _Type | None,
    QueryParameter(
        name="type",
        required=False,
        description="Only of this type, as in `agreements.TransferProposed.v1`.",
    ),
]
Read = Annotated[
    bool | None,
    QueryParameter(name="read", required=False, description="Only what you yourself have read, or only what not."),
]
PutAway = Annotated[
    bool,
    QueryParameter(
        name="archived", required=False, description="If true, only what was put away; if false, all but that."
    ),
]

Folded = Annotated[
    bool,
    QueryParameter(
        name="folded",
        required=False,
        description="If true, one line for what repeats: of one type about one thing, while nobody took note of it. "
        "Nothing is folded that is legal-critical, asks for something or waits for you.",
    ),
]
WithRepeats = Annotated[
    bool,
    QueryParameter(
        name="folded",
        required=False,
        description="If true, with the earlier alerts for which it stands where the inbox is listed with `folded`.",
    ),
]


def wanted(  # noqa: PLR0913, PLR0917  # a filter each
    unread: Unread = False,  # noqa: FBT002  # query parameters, always given by name
    class_: OfClass = None,
    needs_you: NeedsYou = None,
    agreement: OfAgreement = None,
    asset: OfAsset = None,
    subject: OfSubject = None,
    type_: OfType = None,
    read: Read = None,
    archived: PutAway = False,  # noqa: FBT002
    folded: Folded = False,  # noqa: FBT002
) -> Wanted:
    """Provide `wanted: NamedDependency[Wanted]`; raises ParameterMistyped for a type that no event has."""
    if type_ is not None and type_.startswith(_RECORDED) and type_ not in registered():
        raise ParameterMistyped(expected="the type of an event there is", got=type_, at="query.type")
    return Wanted(unread, class_, needs_you, agreement, asset, subject, type_, read, archived, folded)


@get(
    "/v1/inbox",
    guards=[requires(*OWNERS)],
    responses=refusals(RoleMissing, CursorMalformed, ParameterMistyped, InboxUnavailable),
    dependencies={"wanted": Provide(wanted, sync_to_thread=False)},
)
async def read_inbox(
    caller: NamedDependency[Caller],
    inbox: NamedDependency[Inbox],
    page: NamedDependency[PageRequest],
    wanted: NamedDependency[Wanted],
) -> Response[Page[ListedAlert]]:
    """List your party's alerts, or the operators', the newest first.

    Where few are found of much that is looked at, a page has fewer than there is room for, and says where to go on.
    """
    found = await inbox.newest(
        recipient_of(caller), caller.subject, wanted, before=start_of(page) or None, limit=page.limit + 1
    )
    stopped_at = None if found.stopped_at is None else [found.stopped_at]
    return page.answer(found.alerts, lambda alert: [alert.sequence], stopped_at=stopped_at)


@get("/v1/inbox/unread-count", guards=[requires(*OWNERS)], responses=refusals(RoleMissing, InboxUnavailable))
async def count_unread(caller: NamedDependency[Caller], inbox: NamedDependency[Inbox]) -> UnreadCount:
    """Count your alerts that nobody acknowledged yet."""
    return await inbox.count_unread(recipient_of(caller))


@post(
    "/v1/inbox/{alert:str}/acknowledge",
    status_code=200,
    guards=[requires(*OWNERS)],
    responses=refusals(RoleMissing, AlertNotFound, NotARepresentative, InboxUnavailable, IdempotencyKeyNotTaken),
)
async def acknowledge(alert: AlertName, caller: NamedDependency[Caller], inbox: NamedDependency[Inbox]) -> ListedAlert:
    """Take note of an alert. Who did so first, and when, is kept; doing it again changes nothing.

    Where it is legal-critical it is proven in the log who took note and when, and by terms with the method
    `ACKNOWLEDGED` your time to answer begins: so it takes a representative whom your party has named, if it has.
    """
    return await inbox.acknowledge(recipient_of(caller), _named(alert), by=caller.subject)


@get("/v1/inbox/counts", guards=[requires(*OWNERS)], responses=refusals(RoleMissing, InboxUnavailable))
async def count_inbox(caller: NamedDependency[Caller], inbox: NamedDependency[Inbox]) -> InboxCounts:
    """Count your alerts that nobody acknowledged yet, by class, without what was put away."""
    return await inbox.count(recipient_of(caller))


@get(
    "/v1/inbox/{alert:str}",
    guards=[requires(*OWNERS)],
    responses=refusals(RoleMissing, AlertNotFound, InboxUnavailable),
)
async def read_alert(alert: AlertName, caller: NamedDependency[Caller], inbox: NamedDependency[Inbox]) -> ListedAlert:
    """Read one of your alerts, which changes nothing: to have read it, to take note of it, is said by itself."""
    return await inbox.one(recipient_of(caller), _named(alert), by=caller.subject)


@get(
    "/v1/inbox/{alert:str}/repeats",
    guards=[requires(*OWNERS)],
    responses=refusals(RoleMissing, AlertNotFound, CursorMalformed, InboxUnavailable),
)
async def read_repeats(
    alert: AlertName, caller: NamedDependency[Caller], inbox: NamedDependency[Inbox], page: NamedDependency[PageRequest]
) -> Response[Page[ListedAlert]]:
    """List the earlier alerts for which one stands where the inbox is listed with `folded`, the newest first."""
    before = start_of(page) or None
    found = await inbox.folded(recipient_of(caller), caller.subject, _named(alert), before=before, limit=page.limit + 1)
    return page.answer(found, lambda each: [each.sequence])


@post(
    "/v1/inbox/{alert:str}/read",
    status_code=200,
    guards=[requires(*OWNERS)],
    responses=refusals(RoleMissing, AlertNotFound, InboxUnavailable, IdempotencyKeyNotTaken),
)
async def mark_read(alert: AlertName, caller: NamedDependency[Caller], inbox: NamedDependency[Inbox]) -> ListedAlert:
    """Keep that you have read an alert: you yourself, which tells your colleagues nothing and is no acknowledgement."""
    return await inbox.read(recipient_of(caller), _named(alert), by=caller.subject)


@post(
    "/v1/inbox/{alert:str}/archive",
    status_code=200,
    guards=[requires(*OWNERS)],
    responses=refusals(RoleMissing, AlertNotFound, AcknowledgeFirst, InboxUnavailable, IdempotencyKeyNotTaken),
)
async def archive(
    alert: AlertName,
    caller: NamedDependency[Caller],
    inbox: NamedDependency[Inbox],
    folded: WithRepeats = False,  # noqa: FBT002  # a query parameter, always given by name
) -> ListedAlert:
    """Put an alert away, for all of your party; a legal-critical one once it is acknowledged. Again changes nothing."""
    return await inbox.archive(recipient_of(caller), _named(alert), by=caller.subject, folded=folded)


@post(
    "/v1/inbox/{alert:str}/unarchive",
    status_code=200,
    guards=[requires(*OWNERS)],
    responses=refusals(RoleMissing, AlertNotFound, InboxUnavailable, IdempotencyKeyNotTaken),
)
async def unarchive(alert: AlertName, caller: NamedDependency[Caller], inbox: NamedDependency[Inbox]) -> ListedAlert:
    """Put an alert that was put away back among the others; one that was not stays where it is."""
    return await inbox.unarchive(recipient_of(caller), _named(alert), by=caller.subject)


@get(
    "/v1/inbox/stream",
    guards=[requires(*OWNERS)],
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
    await live_inbox.check_reached(recipient_of(caller), after)
    until = end_of_stream(bearer_token(request.scope["headers"]), time.time())
    allowances.open_stream(caller, request.scope)
    alerts = live_inbox.follow(recipient_of(caller), after=after, until=until, pay=paying(allowances, caller))
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
    Router(
        "/",
        route_handlers=[
            *(
                read_inbox,
                read_alert,
                read_repeats,
                count_inbox,
                count_unread,
                mark_read,
                acknowledge,
                archive,
                unarchive,
                stream_inbox,
            ),
        ],
        tags=["inbox"],
    ),
    Router("/", route_handlers=[read_quarantine], tags=["quarantine"]),
]


def recipient_of(caller: Caller) -> str:
    """Return whose inbox a caller reads: its party's, or else the one that all operators share."""
    if "representative" not in caller.roles:
        return OPERATOR
    assert caller.party is not None  # a token for a representative names a party, or it is refused
    return caller.party


def _named(alert: str) -> str:
    """Return the id of an alert; raises AlertNotFound for what can be none, about which no database is asked."""
    if not is_id(alert):
        raise AlertNotFound(alert=alert)
    return alert


def _message(alert: InboxAlert) -> ServerSentEventMessage:
    return ServerSentEventMessage(id=alert.sequence, data=msgspec.json.encode(alert))
