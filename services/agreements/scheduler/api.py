"""What is coming that time alone will do, over HTTP, for who reminds of it."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final

import msgspec
from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from services.agreements.responses import listing
from services.agreements.scheduler.deadlines import Coming, Deadline, DeadlineList, end_of_notice
from services.agreements.scheduler.views import DeadlineView, TodayView
from shared.calendar import legal_day
from shared.log.handle import Handler
from shared.log.latest import Latest
from shared.web.auth import requires
from shared.web.pages import Page, PageRequest, texts_of
from shared.web.refusals import CursorMalformed, RoleMissing, refusals

MOST_DAYS: Final = 366
_DAY: Final = timedelta(days=1)

Within = Annotated[
    int, QueryParameter(name="within", ge=0, le=MOST_DAYS, description="How many days from today to look ahead.")
]


@get("/", guards=[requires("service")], responses=listing())
async def list_deadlines(
    page: NamedDependency[PageRequest],
    deadlines: NamedDependency[DeadlineList],
    now: NamedDependency[datetime],
    within: Within = 30,
) -> Response[Page[DeadlineView]]:
    """List what happens by itself in the next days, the soonest first, for the service that reminds of it.

    The list is kept by following the log: what was recorded a moment ago may not stand in it yet.
    """
    today = legal_day(now)
    found = await deadlines.coming(_start_of(page, today), until=today + timedelta(days=within), limit=page.limit + 1)
    views = [_view(each, today, now) for each in found]
    return page.answer(views, lambda each: ((each.last_day + _DAY).isoformat(), each.stream))


@get("/announced", guards=[requires("service")], responses=listing())
async def list_announced(
    page: NamedDependency[PageRequest],
    deadlines: NamedDependency[DeadlineList],
    handler: NamedDependency[Handler],
    now: NamedDependency[datetime],
    within: Within = 30,
) -> Response[Page[DeadlineView]]:
    """List what may be done once a notice is over in the next days, by the thing: a transfer, or a licence.

    Time does nothing to it then, so it is not among the other deadlines; nor is it here once that day has passed. Where
    few are found of many that are looked at, a page has fewer than there is room for, and says where to go on.
    """
    today = legal_day(now)
    listed, latest = await deadlines.announced(_stream_of(page), limit=page.limit), Latest(handler, {})
    found = [deadline for each in listed if (deadline := await end_of_notice(latest, each))]
    views = [_view(each, today, now) for each in found if 0 <= (each.last_day - today).days <= within]
    stopped_at = [listed[-1].stream] if len(listed) == page.limit else None
    return page.answer(views, lambda each: [each.stream], stopped_at=stopped_at)


@get("/today", guards=[requires("service")], responses=refusals(RoleMissing))
async def read_today(now: NamedDependency[datetime]) -> TodayView:
    """Say which legal day it is, for the service that counts days by this service's clock."""
    return TodayView(today=legal_day(now), as_of=now)


def _view(deadline: Deadline, today: date, now: datetime) -> DeadlineView:
    return DeadlineView(**msgspec.structs.asdict(deadline), today=today, as_of=now)


def _start_of(page: PageRequest, today: date) -> Coming:
    """Return after what a page begins: the first with what may still be otherwise today."""
    if page.after is None:
        return Coming(today + _DAY, "")  # what time does today has happened, or is about to
    day, stream = texts_of(page, 2)
    try:
        return Coming(date.fromisoformat(day), stream)
    except ValueError:
        raise CursorMalformed from None


def _stream_of(page: PageRequest) -> str:
    return "" if page.after is None else texts_of(page, 1)[0]


ROUTES = Router("/v1/deadlines", route_handlers=[list_deadlines, list_announced, read_today], tags=["deadlines"])
