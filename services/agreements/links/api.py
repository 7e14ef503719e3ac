"""Private links over HTTP: issued to the program that hands them on, and what came of them."""

import msgspec
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.contributions.errors import (
    ContentHashMismatch,
    ContributionIsWithdrawn,
    ContributionNotFound,
    ContributorHasAnswered,
    ContributorsNotAsked,
)
from services.agreements.fields import Id
from services.agreements.links import handling
from services.agreements.links.bodies import IssueLinkBody
from services.agreements.links.model import address_of
from services.agreements.links.store import LinkStore
from services.agreements.links.views import LinkView, VoiceView
from services.agreements.participants.errors import ParticipantNotFound
from services.agreements.people.errors import (
    PeopleUnavailable,
    PersonErased,
    PersonHasNoAddress,
    PersonNotFound,
    PersonUnreadable,
)
from services.agreements.people.register import People
from services.agreements.requests import QuestionRequest, names_ids
from services.agreements.responses import answering
from shared.web.answers import NEVER_KEPT
from shared.web.auth import requires
from shared.web.refusals import IdempotencyKeyNotTaken

_NEVER_KEPT = {"Cache-Control": NEVER_KEPT}


# It takes no key: the answer is a secret, which is kept nowhere to be given again. A repeat issues another link, unless
# it is for the same letter.
@post(
    "/",
    status_code=200,
    responses=answering(
        LinkView,
        ContributionNotFound,
        ContributionIsWithdrawn,
        ContentHashMismatch,
        ContributorHasAnswered,
        ContributorsNotAsked,
        ParticipantNotFound,
        PersonNotFound,
        PersonErased,
        PersonHasNoAddress,
        PeopleUnavailable,
        PersonUnreadable,
        IdempotencyKeyNotTaken,
    ),
)
async def issue_contributor_link(
    data: JSONBody[IssueLinkBody],
    people: NamedDependency[People],
    links: NamedDependency[LinkStore],
    question: NamedDependency[QuestionRequest],
) -> Response[bytes]:
    """Issue the private link of the person named in a contribution; every earlier one opens nothing any more.

    It is good for thirty days and one answer. Whoever has it answers for the person: it goes to nobody else. For one
    `letter` it stays the same link for as long as it is good, and of somebody without an e-mail address none is issued.
    """
    token, view = await handling.issue(question.reader, people, links, data, question.now)
    issued = msgspec.structs.replace(view, link=address_of(token))
    return Response(msgspec.json.encode(issued), media_type="application/json", headers=_NEVER_KEPT)


@get(
    "/{contribution:str}/voice",
    responses=answering(VoiceView, ContributionNotFound, PeopleUnavailable, PersonUnreadable),
)
async def show_voice(
    contribution: FromPath[Id],
    people: NamedDependency[People],
    links: NamedDependency[LinkStore],
    question: NamedDependency[QuestionRequest],
) -> Response[bytes]:
    """Show what the person named in a contribution says of what is recorded now."""
    view = await handling.voice_of(question.reader, people, links, contribution, question.by)
    return Response(msgspec.json.encode(view), media_type="application/json", headers=_NEVER_KEPT)


ROUTES = Router(
    "/v1/contributor-links",
    guards=[requires("notifier")],
    route_handlers=[issue_contributor_link],
    tags=["contributions"],
)
VOICES = Router(
    "/v1/contributions",
    guards=[requires("representative"), names_ids],
    route_handlers=[show_voice],
    tags=["contributions"],
)
