"""The log itself over HTTP: for services that the stream left behind, and for auditors."""

import base64
from typing import Annotated

import msgspec
from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from services.agreements.answers import showing
from shared.log.handle import Handler
from shared.log.store import LogEntry
from shared.web.auth import requires
from shared.web.pages import LAST_POSITION

LARGEST_BATCH = 1_000

After = Annotated[
    int, QueryParameter(name="after", ge=0, le=LAST_POSITION, description="The position after which to begin.")
]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=LARGEST_BATCH, description="How many events at most.")]


class FeedEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A recorded event; `body` is the published bytes in base64."""

    position: int
    subject: str
    body: str
    traceparent: str | None = None


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events above the position asked for, in order and without a gap; `last_position` is the log's."""

    events: list[FeedEvent]
    last_position: int


@get("/", guards=[requires("service", "auditor")], responses=showing(FeedPage))
async def read_events(
    handler: NamedDependency[Handler], after: After = 0, limit: Limit = LARGEST_BATCH
) -> Response[bytes]:
    """Read the log from a position on."""
    entries = await handler.store.read_log(after=after, limit=limit)
    # Read after the events, so that it is never below the last of them.
    last_position = await handler.store.last_position()
    page = FeedPage(events=[_event(entry) for entry in entries], last_position=last_position)
    return Response(msgspec.json.encode(page), media_type="application/json")


def _event(entry: LogEntry) -> FeedEvent:
    return FeedEvent(
        position=entry.id,
        subject=entry.subject,
        body=base64.b64encode(entry.state).decode(),
        traceparent=entry.traceparent,
    )


ROUTES = Router("/v1/events", route_handlers=[read_events], tags=["events"])
