"""Answers to events about ownership over HTTP: for parties' systems, and for whoever reads what is contested."""

from functools import partial

import msgspec
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.acknowledgements import decisions, errors, handling
from services.agreements.acknowledgements.bodies import AcknowledgeBody
from services.agreements.acknowledgements.model import ACKNOWLEDGEMENT, Answers
from services.agreements.acknowledgements.views import (
    AcknowledgementView,
    ContestsView,
    acknowledgement_of,
    contests_of,
)
from services.agreements.errors import RecordedOtherwise
from services.agreements.fields import Id
from services.agreements.inventions.errors import InventionNotFound
from services.agreements.requests import CommandRequest, ReadRequest, names_ids
from services.agreements.responses import reporting, showing
from shared.ratio import NotARatio, SharesDoNotSumToOne
from shared.web import answers
from shared.web.auth import requires
from shared.web.etag import etag_of


@post(
    "/v1/acknowledgements",
    status_code=200,
    guards=[requires("representative", "partner")],
    responses=reporting(
        AcknowledgementView,
        decisions.Acknowledge,
        InventionNotFound,
        errors.NoSuchOwnershipEvent,
        errors.HoldingsDiffer,
        errors.NothingContested,
        errors.NothingWorkedOut,
        NotARatio,
        SharesDoNotSumToOne,
        RecordedOtherwise,
    ),
)
async def acknowledge(data: JSONBody[AcknowledgeBody], command: NamedDependency[CommandRequest]) -> Response[bytes]:
    """Answer an event about ownership with what your party's system worked out from it, and whether that stands.

    The same answer to the same event, however often it is given, is recorded once. Who has contested may accept later.
    """
    said = command.said
    acknowledging = decisions.Acknowledge(
        **said,
        asset=data.asset,
        event=data.event,
        position=data.position,
        held_on=data.effective,
        holdings=data.holdings,
        verdict=data.verdict,
        note_hash=data.note_hash,
    )

    def represent(state: Answers, version: int) -> bytes:
        return msgspec.json.encode(acknowledgement_of(state, version, said["by"].party, data.event))

    outcome = await command.handler.handle(
        partial(handling.acknowledge, command=acknowledging),
        command.context,
        represent=represent,
        target=ACKNOWLEDGEMENT.stream(data.asset),
    )
    return answers.recorded(outcome)


@get(
    "/v1/assets/{asset:str}/contests",
    guards=[requires("representative", "partner"), names_ids],
    responses=showing(ContestsView, InventionNotFound),
)
async def show_contests(asset: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show which events about an asset are contested: what stands, what is held against it, and by whom."""
    state = await handling.answers_of(read.reader, asset, read.by)
    version = read.reader.version(ACKNOWLEDGEMENT, asset)
    body = msgspec.json.encode(contests_of(state, version))
    return answers.represented(body, etag_of(version), read.if_none_match)


ROUTES = Router("/", route_handlers=[acknowledge, show_contests], tags=["ownership"])
