"""The page behind a private link: outside the API and its tokens, for whoever has the link.

A GET shows and changes nothing, as programs follow links that people are sent; only the forms' POST answers.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import MediaType, Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from services.agreements.commands import Representative
from services.agreements.contributions import errors
from services.agreements.contributions import handling as contributions
from services.agreements.contributions.voices import VOICE, ConfirmAsContributor, ContestAsContributor
from services.agreements.errors import DayNotReached
from services.agreements.links import handling
from services.agreements.links.bodies import ConfirmForm, ContestForm
from services.agreements.links.model import PATH, SECRET_MARK, Page, address_of, is_of_the_form, token_hash
from services.agreements.links.page import POLICY, Refused, notice_of, page_of
from services.agreements.links.store import LinkStore
from services.agreements.links.views import VoiceView
from services.agreements.people.register import People
from services.agreements.responses import reporting
from shared.calendar import legal_day
from shared.errors import Conflict, DomainError, Invalid, NotFound, TooLarge, TooMany, Unavailable
from shared.languages import Language
from shared.log.handle import CommandContext, Decided, Handler, Reader, Work
from shared.ratio import NotARatio
from shared.telemetry import logger
from shared.web.allowances import Allowances
from shared.web.auth import PUBLIC, Caller
from shared.web.refusals import BodyTooLarge, Malformed
from shared.web.trace import RequestTrace
from shared.web.violations import violations_of

# For the person who answers, and a few programs that look at the link before; it comes back by the clock.
VISITS_PER_SECOND: Final = 2.0
VISITS_SAVED: Final = 60.0
_LONGEST_WAIT_SECONDS: Final = 1.0
_FORM_BYTES: Final = 16 * 1024
_FIELDS: Final = 8
_FORM: Final = "application/x-www-form-urlencoded"
_OK, _SEE_OTHER, _NOT_FOUND, _CONFLICT, _TOO_LARGE = 200, 303, 404, 409, 413
_UNREADABLE, _TOO_MANY, _UNAVAILABLE = 422, 429, 503
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "X-Robots-Tag": "noindex, nofollow",
}

F = TypeVar("F", bound=ConfirmForm)
AnyRequest = Request[Any, Any, Any]
_log = logger()


class _NotAForm(Exception):
    """What came is not what the page's form sends."""


def visitors() -> Allowances:
    """Return what each address may ask of the pages of one process."""
    return Allowances(per_second=VISITS_PER_SECOND, saved=VISITS_SAVED, longest_wait_seconds=_LONGEST_WAIT_SECONDS)


@dataclass(frozen=True)
class Visit:
    """A request for the page, with all that it takes to answer it."""

    request: AnyRequest
    handler: Handler
    people: People
    links: LinkStore
    visitors: Allowances
    now: datetime
    # The empty text for what is no link of ours, which opens nothing like every other that does not.
    token: str

    @property
    def address(self) -> str:
        return address_of(self.token)

    async def opened(self) -> Page | None:
        """Return what the link opens; raises AllowanceSpent for an address that asks on and on."""
        client = self.request.client
        await self.visitors.admit(Caller(f"address:{client.host if client else ''}"))
        # Also of what cannot be a token: whoever guesses learns nothing of how they look.
        return await handling.opened(self.handler, self.links, self.token, self.now)

    async def recorded(self, page: Page, work: Work) -> None:
        """Record an answer, which is the person's own and no party's."""
        trace: RequestTrace = self.request.scope["state"]["trace"]
        context = CommandContext(
            actor=page.link.person,
            actor_party=None,
            now=self.now,
            correlation_id=trace.correlation_id,
            traceparent=trace.traceparent,
        )
        target = VOICE.stream(page.link.contribution)
        await self.handler.handle(work, context, represent=lambda *_: b"", target=target)
        await self.links.answered(token_hash(self.token), self.now)


def visit(  # noqa: PLR0913, PLR0917  # what answering takes
    request: AnyRequest,
    token: FromPath[str],
    handler: NamedDependency[Handler],
    people: NamedDependency[People],
    links: NamedDependency[LinkStore],
    visitors: NamedDependency[Allowances],
    now: NamedDependency[datetime],
) -> Visit:
    """Provide `visit: NamedDependency[Visit]`."""
    marked, secret = token[:1] == SECRET_MARK, token[1:]
    return Visit(request, handler, people, links, visitors, now, secret if marked else "")


@get("/{token:str}", opt=PUBLIC, include_in_schema=False)
async def show_contribution_to_contributor(visit: NamedDependency[Visit]) -> Response[bytes]:
    """Show what is recorded of the work of whoever has the link."""
    try:
        page = await visit.opened()
    except DomainError as refusal:
        return _refused(refusal)
    return _gone() if page is None else _shown(page, visit)


@post(
    "/{token:str}/confirm",
    opt=PUBLIC,
    include_in_schema=False,
    responses=reporting(
        VoiceView,
        ConfirmAsContributor,
        errors.ContributionNotFound,
        errors.ContributionIsWithdrawn,
        errors.ContentHashMismatch,
        errors.ContributorHasAnswered,
        errors.ContributorsNotAsked,
    ),
)
async def confirm_contribution_as_contributor(visit: NamedDependency[Visit]) -> Response[bytes]:
    """Record that the person named confirms exactly what the page has shown."""

    async def confirm(page: Page, _form: ConfirmForm) -> Work:
        link = page.link
        command = ConfirmAsContributor(
            by=Representative(link.person, link.party),
            today=legal_day(visit.now),
            content_hash=link.content_hash,
            shown_hash=page.shown.hash,
        )
        return lambda reader: contributions.confirm_as_contributor(reader, link.contribution, command)

    return await _answered(visit, ConfirmForm, confirm)


@post(
    "/{token:str}/contest",
    opt=PUBLIC,
    include_in_schema=False,
    responses=reporting(
        VoiceView,
        ContestAsContributor,
        errors.ContributionNotFound,
        errors.ContributionIsWithdrawn,
        errors.ContentHashMismatch,
        errors.ContributorHasAnswered,
        errors.ContributorsNotAsked,
        errors.PointsMissing,
        errors.PointsOnNonInventive,
        DayNotReached,
        NotARatio,
    ),
)
async def contest_contribution_as_contributor(visit: NamedDependency[Visit]) -> Response[bytes]:
    """Record that the person named contests exactly what the page has shown, and what would be right."""

    async def contest(page: Page, form: ContestForm) -> Work:
        link = page.link
        command = ContestAsContributor(
            by=Representative(link.person, link.party),
            today=legal_day(visit.now),
            content_hash=link.content_hash,
            shown_hash=page.shown.hash,
            ground=form.ground,
            proposed_points=form.points,
            proposed_conceived_on=form.proposed_conceived_on,
            statement_hash=handling.hash_of(form.statement),
        )

        async def work(reader: Reader) -> Decided:
            decided = await contributions.contest_as_contributor(reader, link.contribution, command)
            # Before it is recorded, or what the log has a hash of could be lost; and not before it is known that it
            # will be: what is refused is kept nowhere.
            if form.statement is not None:
                await handling.keep_statement(visit.people, visit.links, link, form.statement)
            return decided

        return work

    return await _answered(visit, ContestForm, contest)


async def _answered(visit: Visit, form_type: type[F], answer: Callable[[Page, F], Awaitable[Work]]) -> Response[bytes]:
    """Record an answer once, if it comes from the page that shows what stands recorded."""
    try:
        fields = _fields(visit.request, await _body(visit.request))
        page = await visit.opened()
    except _NotAForm:
        return _told("invalid", _UNREADABLE)
    except DomainError as refusal:
        return _refused(refusal)
    if page is None:
        return _gone()
    if page.spoken is not None or page.link.answered_at is not None:
        return _answered_twice(page)
    if not is_of_the_form(fields.get("form", ""), page.link, page.shown):
        return _told("changed", _CONFLICT, page.link.language, again=visit.address)
    return await _recorded(visit, page, fields, form_type, answer)


async def _recorded(
    visit: Visit,
    page: Page,
    fields: Mapping[str, str],
    form_type: type[F],
    answer: Callable[[Page, F], Awaitable[Work]],
) -> Response[bytes]:
    """Record what somebody answers who has not answered yet."""
    if wrong := {each.pointer.split("/")[1] for each in violations_of(fields, form_type)}:
        return _asked_again(page, visit, fields, wrong)
    form = msgspec.convert(fields, form_type, strict=False)
    try:
        await visit.recorded(page, await answer(page, form))
    except DayNotReached:
        return _asked_again(page, visit, fields, {"proposed_conceived_on"})
    except Invalid:  # of a number of points that is none, or none that the contribution can have
        return _asked_again(page, visit, fields, {"proposed_points"})
    except errors.ContributorHasAnswered:
        return _answered_twice(page)
    except DomainError as refusal:
        return _refused(refusal)
    _log.info("A contributor answered", action="contributor-answered", contribution=page.link.contribution)
    headers = {**_HEADERS, "Location": visit.address}
    return Response(b"", status_code=_SEE_OTHER, headers=headers, media_type=MediaType.HTML)


def _answered_twice(page: Page) -> Response[bytes]:
    return _told("answered_twice", _CONFLICT, page.link.language)


async def _body(request: AnyRequest) -> bytes:
    body = await request.body()
    if len(body) > _FORM_BYTES:
        raise BodyTooLarge(expected=f"at most {_FORM_BYTES} bytes")
    return body


def _fields(request: AnyRequest, body: bytes) -> Mapping[str, str]:
    """Return what a form says; raises _NotAForm for what a browser would not send. What is left empty is not said."""
    kind, _ = request.content_type
    if kind != _FORM:
        raise _NotAForm
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_FIELDS,
        )
    except ValueError:
        raise _NotAForm from None
    fields = dict(pairs)
    if not fields or len(fields) < len(pairs):
        raise _NotAForm
    # Browsers send line breaks as two characters.
    written = {name: value.replace("\r\n", "\n").strip() for name, value in fields.items()}
    return {name: value for name, value in written.items() if value}


def _shown(page: Page, visit: Visit, *, refused: Refused | None = None, status: int = _OK) -> Response[bytes]:
    return _html(page_of(page, visit.address, legal_day(visit.now), refused=refused), status)


def _asked_again(page: Page, visit: Visit, fields: Mapping[str, str], wrong: Collection[str]) -> Response[bytes]:
    """Answer with the page as it was filled in, and say at each field what is wrong with it."""
    return _shown(page, visit, refused=Refused(fields, wrong), status=_UNREADABLE)


def _gone() -> Response[bytes]:
    """Answer what is unknown, over, replaced, or was corrected since: one page, in every language there is."""
    return _told("gone", _NOT_FOUND)


def _told(words: str, status: int, *languages: Language, again: str | None = None) -> Response[bytes]:
    return _html(notice_of(words, *languages, again=again), status)


def _refused(refusal: DomainError) -> Response[bytes]:
    match refusal:
        case TooMany():
            answer = _told("too_many", _TOO_MANY)
            answer.headers["Retry-After"] = str(refusal.retry_after_seconds)
            return answer
        case Unavailable():
            return _told("unavailable", _UNAVAILABLE)
        case TooLarge():
            return _told("too_large", _TOO_LARGE)
        case NotFound() | errors.ContributorsNotAsked():
            return _gone()
        case Malformed():
            return _told("invalid", _UNREADABLE)
        case Conflict():
            # It changed at this very moment, or the agreement does not stand as it has to.
            return _told("unavailable", _CONFLICT)
    raise refusal


def _html(body: bytes, status: int) -> Response[bytes]:
    return Response(body, status_code=status, headers=dict(_HEADERS), media_type=MediaType.HTML)


ROUTES = Router(
    PATH,
    dependencies={"visit": Provide(visit, sync_to_thread=False)},
    route_handlers=[
        show_contribution_to_contributor,
        confirm_contribution_as_contributor,
        contest_contribution_as_contributor,
    ],
)
