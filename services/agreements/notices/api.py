"""Proof of notice over HTTP: for whoever delivers it, and for nobody else."""

from functools import partial

import msgspec
from litestar import Response, Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from services.agreements.errors import RecordedOtherwise
from services.agreements.fields import published
from services.agreements.notices import decisions, errors, handling
from services.agreements.notices.bodies import NoticeBody
from services.agreements.notices.model import NOTICE, Notice
from services.agreements.notices.views import NoticeView, view_of
from services.agreements.requests import CommandRequest
from services.agreements.responses import reporting
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


def _represent(state: Notice, version: int) -> bytes:
    return msgspec.json.encode(view_of(state, version))


ROUTES = Router("/", route_handlers=[record_notice], tags=["notices"])
