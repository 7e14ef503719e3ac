"""The log itself over HTTP: for services that the stream left behind, and for auditors."""

from typing import Annotated

import msgspec
from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from services.agreements.responses import answering
from shared.bus.feed import FeedEvent, FeedPage, as_base64
from shared.log.chain import chain_text
from shared.log.handle import Handler
from shared.log.store import LogEntry
from shared.positions import LAST_POSITION
from shared.web.auth import requires

LARGEST_BATCH = 1_000

After = Annotated[
    int, QueryParameter(name="after", ge=0, le=LAST_POSITION, description="The position after which to begin.")
]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=LARGEST_BATCH, description="How many events at most.")]


@get("/", guards=[requires("service", "auditor")], responses=answering(FeedPage))
async def read_events(
    handler: NamedDependency[Handler], after: After = 0, limit: Limit = LARGEST_BATCH
) -> Response[bytes]:
    """Read the log from a position on."""
    entries = await handler.store.read_log(after=after, limit=limit)
    chain = entries[-1].chain if entries else await handler.store.chain_at(after)
    # Read after the events, so that it is never below the last of them.
    head = await handler.store.head()
    page = FeedPage(
        events=tuple(map(_event, entries)),
        last_position=head.position,
        chain=None if chain is None else chain_text(chain),
    )
    return Response(msgspec.json.encode(page), media_type="application/json")


def _event(entry: LogEntry) -> FeedEvent:
    return FeedEvent(
        position=entry.id,
        subject=entry.subject,
        body=as_base64(entry.state),
        traceparent=entry.traceparent,
    )


ROUTES = Router("/v1/events", route_handlers=[read_events], tags=["events"])
