"""What waits for the caller's party, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from services.agreements.fields import Id
from services.agreements.parties.errors import PartyNotFound
from services.agreements.requests import ListRequest
from services.agreements.responses import answering, finding
from services.agreements.tasks.awaited import WAITING_FOR
from services.agreements.tasks.handling import Tasks, me
from services.agreements.tasks.keeping import asked_besides
from services.agreements.tasks.store import Listed, TaskList
from services.agreements.tasks.views import MeView, TaskView
from shared.forms import choice, form
from shared.ids import ID_FORM
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import Handler
from shared.web.auth import Caller, requires
from shared.web.pages import Page, PageRequest, texts_of
from shared.web.refusals import CursorMalformed

_NAMES: Final = sorted(each.name for waiting in WAITING_FOR.values() for each in waiting.awaited)
_Agreement = Annotated[str, form(f"({ID_FORM}|{NO_AGREEMENT})", "an id, or _ for what is about no agreement", "MOU")]
OfAgreement = Annotated[
    _Agreement | None,
    QueryParameter(name="agreement", required=False, description="The agreement that it is about; `_` for none."),
]
OfParty = Annotated[
    Id | None,
    QueryParameter(
        name="party", required=False, description="The one that is asked: yours, or one for which it may speak."
    ),
]
_Name = Annotated[str, choice(_NAMES, "the name of a task")]
Called = Annotated[_Name | None, QueryParameter(name="task", required=False, description="What waits, by its name.")]
_MOST_PAGES_TRIED: Final = 3
_FIRST: Final = Listed("", datetime.min.replace(tzinfo=UTC), "", "", "", "")


@get("/v1/tasks", guards=[requires("representative")], responses=finding())
async def list_tasks(
    pages: NamedDependency[ListRequest],
    tasks: NamedDependency[TaskList],
    agreement: OfAgreement = None,
    task: Called = None,
    party: OfParty = None,
) -> Response[Page[TaskView]]:
    """List what waits for the caller's party, or for one that it may speak for; what has waited longest first."""
    waiting = Tasks(pages.handler, pages.by.party, pages.now)
    parties = [each for each in await waiting.parties() if party in {None, each}]
    found: list[tuple[Listed, TaskView]] = []
    after, stopped_at = _start_of(pages.page), None
    # First: what is followed meanwhile stands in the list by then.
    besides = await asked_besides(pages.handler, tasks)
    # Whether something can be done is found out by trying it: of thousands that cannot be today a few pages are tried.
    for _ in range(_MOST_PAGES_TRIED):
        listed = await tasks.of(parties, after, agreement=agreement, name=task, limit=pages.limit, besides=besides)
        found += [(each, view) for each in listed if (view := await waiting.shown(each))]
        stopped_at = _key_of(listed[-1]) if len(listed) == pages.limit else None
        if len(found) >= pages.limit or stopped_at is None:
            break
        after = listed[-1]
    answer = pages.page.answer(found, lambda each: _key_of(each[0]), stopped_at=stopped_at)
    return Response(Page([view for _, view in answer.content.items], answer.content.next), headers=answer.headers)


@get("/v1/me", guards=[requires("representative", "operator")], responses=answering(MeView, PartyNotFound))
async def show_me(
    handler: NamedDependency[Handler], caller: NamedDependency[Caller], now: NamedDependency[datetime]
) -> MeView:
    """Show who the caller is here: its party, its powers today, and for whom else it may speak."""
    return await me(handler, caller, now)


def _key_of(listed: Listed) -> tuple[str, ...]:
    return (listed.since.isoformat(), listed.stream, listed.name, listed.subject, listed.party)


def _start_of(page: PageRequest) -> Listed:
    """Return after what a page begins; raises CursorMalformed for a cursor that says nothing of it."""
    if page.after is None:
        return _FIRST
    try:
        since, *others = texts_of(page, 5)
        moment = datetime.fromisoformat(since)
        # The times that a page ended at are written in one way alone: any other may be out of what can be stored.
        if moment.utcoffset() != timedelta() or moment.isoformat() != since:
            raise CursorMalformed
    except ValueError:
        raise CursorMalformed from None
    stream, name, subject, party = others
    return Listed(party, moment, stream, name, subject, "")


ROUTES = Router("/", route_handlers=[list_tasks, show_me], tags=["tasks"])
