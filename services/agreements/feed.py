"""The log itself over HTTP: for services that the stream left behind, for auditors, and for each party its part."""

from typing import Annotated, Final

import msgspec
from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from services.agreements.concern import Concern
from services.agreements.headings import ListsBehind
from services.agreements.requests import speaker
from services.agreements.responses import answering
from shared.bus.feed import FeedEvent, FeedPage, as_base64
from shared.log.chain import chain_text
from shared.log.envelope import decode
from shared.log.handle import Handler
from shared.log.store import LogEntry
from shared.positions import LAST_POSITION
from shared.web.auth import Caller, requires

LARGEST_BATCH: Final = 1_000
FOR_A_PARTY: Final = ("representative", "partner")
# Whoever has one of these reads everything, whatever else it has.
_WHOLE: Final = frozenset({"service", "auditor"})

After = Annotated[
    int, QueryParameter(name="after", ge=0, le=LAST_POSITION, description="The position after which to begin.")
]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=LARGEST_BATCH, description="How many events at most.")]


@get(
    "/",
    guards=[requires("service", "auditor", *FOR_A_PARTY)],
    responses=answering(FeedPage, ListsBehind),
)
async def read_events(
    handler: NamedDependency[Handler],
    caller: NamedDependency[Caller],
    concern: NamedDependency[Concern],
    after: After = 0,
    limit: Limit = LARGEST_BATCH,
) -> Response[bytes]:
    """Read the log from a position on; as a party, what of it concerns yours by now.

    For a party at most 1,000 events are looked at for one page: go on after `read_to`, which may be above the last of
    them. What comes to concern it later, because it joins or gets a share, stands below what it has read; its feed, in
    notifications, brings it that as well.
    """
    if _WHOLE.isdisjoint(caller.roles):
        page = await _of_party(handler, concern, speaker(caller).party, after, limit)
    else:
        page = await _of_all(handler, after, limit)
    return Response(msgspec.json.encode(page), media_type="application/json")


async def _of_all(handler: Handler, after: int, limit: int) -> FeedPage:
    entries = await handler.store.read_log(after=after, limit=limit)
    chain = entries[-1].chain if entries else await handler.store.chain_at(after)
    # Read after the events, so that it is never below the last of them.
    head = await handler.store.head()
    return FeedPage(
        events=tuple(map(_event, entries)),
        last_position=head.position,
        chain=None if chain is None else chain_text(chain),
        read_to=entries[-1].id if entries else after,
    )


async def _of_party(handler: Handler, concern: Concern, party: str, after: int, limit: int) -> FeedPage:
    entries = await handler.store.read_log(after=after, limit=LARGEST_BATCH)
    concerning = await concern.concerning(party, [(entry.id, decode(entry.state)) for entry in entries])
    told = {position for position, _ in concerning[:limit]}
    more = len(concerning) > limit
    head = await handler.store.head()
    return FeedPage(
        events=tuple(_event(entry) for entry in entries if entry.id in told),
        last_position=head.position,
        read_to=max(told) if more else entries[-1].id if entries else after,
    )


def _event(entry: LogEntry) -> FeedEvent:
    return FeedEvent(
        position=entry.id,
        subject=entry.subject,
        body=as_base64(entry.state),
        traceparent=entry.traceparent,
    )


ROUTES = Router("/v1/events", route_handlers=[read_events], tags=["events"])
