"""A party's feed over HTTP: in pages that may be waited for, as server-sent events, and where it ends."""

import time
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from services.notifications.errors import InboxUnavailable, NumberNotReached
from services.notifications.feeds.checkpoints import Checkpoints
from services.notifications.feeds.feed import PartyFeed
from services.notifications.feeds.items import FeedItem
from services.notifications.sse import After, LastEventId, as_stream, end_of_stream, paying, resumed_after
from shared.log.chain import LOG, chain_text
from shared.web.allowances import Allowances
from shared.web.auth import Caller, bearer_token, requires
from shared.web.refusals import ParameterMistyped, RoleMissing, TooManyStreams, refusals

READERS: Final = ("representative", "partner")
LARGEST_PAGE: Final = 200
LONGEST_WAIT_SECONDS: Final = 30

Limit = Annotated[
    int,
    QueryParameter(name="limit", required=False, ge=1, le=LARGEST_PAGE, description="How many events at most."),
]
Wait = Annotated[
    int,
    QueryParameter(
        name="wait",
        required=False,
        ge=0,
        le=LONGEST_WAIT_SECONDS,
        description="For how many seconds to wait for an event where there is none yet.",
    ),
]


class FeedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that concerns your party."""

    number: int
    """Its number in your feed, from 1 without a gap."""
    position: int
    """Its position in the log: as an entry of the ledger it has the same."""
    log: str
    """The log that `position` counts; `0` is the only one."""
    type: str
    """The versioned name of the event."""
    subject: str
    """The subject under which it is published: `moiety.v1.<agreement>.<entity>.<Event>`."""
    body: str
    """The event as it was published, character by character; its bytes in UTF-8 are what the ledger hashed."""
    chain: str
    """The chain of your feed up to it: SHA-256 of the one before and of the event's leaf in the ledger's tree."""


class FeedPage(msgspec.Struct, frozen=True):
    """What follows in your feed, in order and without a gap; go on after the last one's number."""

    events: list[FeedEvent]
    """The events; none where nothing has come yet."""


class FeedHead(msgspec.Struct, frozen=True, kw_only=True):
    """Where your feed ends."""

    number: int
    """The number of its last event; 0 before the first."""
    position: int
    """Where in the log its last event is; 0 before the first."""
    log: str
    """The log that `position` counts; `0` is the only one."""
    chain: str
    """The chain up to its last event; whoever received all of them computes the same."""
    checkpoint: str | None
    """A signed note of the ledger's (C2SP tlog-checkpoint) whose tree holds all these events; null for as long as the
    ledger has not entered the last of them, or does not answer.
    """


class _Told(msgspec.Struct):
    type: str


@get(
    "/v1/feed",
    guards=[requires(*READERS)],
    responses=refusals(RoleMissing, NumberNotReached, TooManyStreams, InboxUnavailable),
)
async def read_feed(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    party_feed: NamedDependency[PartyFeed],
    allowances: NamedDependency[Allowances],
    after: After = 0,
    limit: Limit = 100,
    wait: Wait = 0,
) -> FeedPage:
    """Read what concerns your party above a number, in order; with `wait`, once there is something, or nothing."""
    if wait:
        allowances.open_stream(caller, request.scope)
    items = await party_feed.next(party_of(caller), after, limit=limit, wait_seconds=wait)
    return FeedPage([shown(item) for item in items])


@get(
    "/v1/feed/stream",
    guards=[requires(*READERS)],
    responses=refusals(RoleMissing, ParameterMistyped, NumberNotReached, TooManyStreams),
    media_type="text/event-stream",
)
async def stream_feed(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    party_feed: NamedDependency[PartyFeed],
    allowances: NamedDependency[Allowances],
    after: After = 0,
    last_event_id: LastEventId = None,
) -> ServerSentEvent:
    """Follow what concerns your party as server-sent events, first what is above the number given, then live.

    An event's `id` is its `number`. The stream ends when the token expires, and after five minutes at the latest, when
    the token is asked for again; resume with `Last-Event-ID`.
    """
    after = resumed_after(after, last_event_id, what="an event's number")
    await party_feed.check_reached(party_of(caller), after)
    until = end_of_stream(bearer_token(request.scope["headers"]), time.time())
    allowances.open_stream(caller, request.scope)
    items = party_feed.follow(party_of(caller), after=after, until=until, pay=paying(allowances, caller))
    return as_stream(items, _message)


@get("/v1/feed/head", guards=[requires(*READERS)], responses=refusals(RoleMissing, InboxUnavailable))
async def read_feed_head(
    caller: NamedDependency[Caller],
    party_feed: NamedDependency[PartyFeed],
    checkpoints: NamedDependency[Checkpoints],
) -> FeedHead:
    """Read where your feed ends, and what the ledger signed that covers it."""
    head = await party_feed.head(party_of(caller))
    return FeedHead(
        number=head.number,
        position=head.position,
        log=LOG,
        chain=chain_text(head.chain),
        # Amid what is brought to whoever comes, events before the last one have later positions.
        checkpoint=await checkpoints.covering(head.came_with),
    )


ROUTES: Final = [Router("/", route_handlers=[read_feed, stream_feed, read_feed_head], tags=["feed"])]


def party_of(caller: Caller) -> str:
    """Return the party that a caller speaks for."""
    assert caller.party is not None  # a token for one of these roles names a party, or it is refused
    return caller.party


def shown(item: FeedItem) -> FeedEvent:
    """Return an event of a feed as its party reads it."""
    return FeedEvent(
        number=item.number,
        position=item.position,
        log=LOG,
        type=msgspec.json.decode(item.body, type=_Told).type,
        subject=item.subject,
        body=item.body.decode(),
        chain=chain_text(item.chain),
    )


def _message(item: FeedItem) -> ServerSentEventMessage:
    return ServerSentEventMessage(id=item.number, data=msgspec.json.encode(shown(item)))
