"""Notice over HTTP: proven by whoever delivers it, and by nobody else; seen by whoever has it, and waits for it."""

from functools import partial

import msgspec
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.errors import RecordedOtherwise
from services.agreements.fields import Id, published
from services.agreements.notices import decisions, errors, handling
from services.agreements.notices.bodies import NoticeBody
from services.agreements.notices.model import NOTICE, Notice
from services.agreements.notices.views import EventNotice, NoticeView, view_of
from services.agreements.requests import CommandRequest, QuestionRequest, names_ids
from services.agreements.responses import answering, reporting
from shared.clock import machine_clock
from shared.web import answers
from shared.web.auth import requires


@post(
    "/v1/notices",
    status_code=200,
    guards=[requires("notifier")],
    responses=reporting(
        NoticeView,
        decisions.RecordNotice,
        errors.NoticedEventNotFound,
        errors.NoticeToNobody,
        errors.NoticeOutOfTime,
        errors.NoticeOfNotice,
        RecordedOtherwise,
    ),
)
async def record_notice(data: JSONBody[NoticeBody], command: NamedDependency[CommandRequest]) -> Response[bytes]:
    """Prove that parties were delivered notice of an event, or took note of it: each once, however often it is said.

    The day of notice is that on which the proof is recorded.
    """
    recording = decisions.RecordNotice(
        today=command.today,
        event=data.event,
        position=data.position,
        event_hash=data.event_hash,
        delivered=tuple(published(each, decisions.Delivered) for each in data.delivered),
        acknowledged=tuple(published(each, decisions.Acknowledged) for each in data.acknowledged),
        said_at=machine_clock(),
    )
    work, target = partial(handling.record, command=recording), NOTICE.stream(data.event)
    outcome = await command.handler.handle(work, command.context, represent=_represent, target=target)
    return answers.recorded(outcome)


@get(
    "/v1/notices/{event:str}",
    guards=[requires("representative"), names_ids],
    responses=answering(EventNotice, errors.NoticeNotFound),
)
async def show_notice(event: FromPath[Id], question: NamedDependency[QuestionRequest]) -> EventNotice:
    """Show since when your party is on notice of an event; of one that it recorded, since when the others are as well.

    Those are the other parties of the agreement. Nothing is shown before something is proven.
    """
    return await handling.shown_to(question.reader, event, question.by)


def _represent(state: Notice, version: int) -> bytes:
    return msgspec.json.encode(view_of(state, version))


ROUTES = Router("/", route_handlers=[record_notice, show_notice], tags=["notices"])
