"""What a route is asked, with what it takes to answer: a command, a change, a question, one thing, a page of them."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol, TypedDict, TypeVar, runtime_checkable

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler

from services.agreements.commands import Representative
from services.agreements.headings import Heading, Located
from services.agreements.things import Can, Thing
from shared.calendar import legal_day
from shared.errors import Conflict, Invalid
from shared.ids import is_id
from shared.log.aggregate import Aggregate
from shared.log.context import CommandContext
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import Decided, Handler, IfMatch, KeptAnswerUnreadable, Reader, Work
from shared.log.store import IdempotencyKey, LogEntry
from shared.web import answers
from shared.web.auth import Caller, Connection
from shared.web.command import command as context_of
from shared.web.etag import IfNoneMatchHeader, Named, etag_of
from shared.web.pages import Page, PageRequest, start_of
from shared.web.refusals import IfMatchRequired, RouteUnknown
from shared.web.trace import RequestTrace

V = TypeVar("V", bound=msgspec.Struct)


class Possible(Protocol):
    """Tells what a caller can do with a thing, whose state the reader has read."""

    async def __call__(  # noqa: PLR0913, PLR0917  # who asks, when, and about what
        self,
        reader: Reader,
        caller: Caller,
        now: datetime,
        aggregate: Aggregate[Any],
        identifier: str,
        state: msgspec.Struct,
    ) -> Can: ...


@runtime_checkable
class Index(Protocol):
    """What is found under which headings, as far as the log was followed."""

    async def touched(self, entity: str, *, agreements: Sequence[str] | None) -> list[Located]:
        """Return the things of agreements to which something happened since; of any agreement for None.

        Raises ListsBehind where that would be too much to look at.
        """
        ...

    async def under(self, entity: str, headings: Iterable[Heading], *, after: int, limit: int) -> list[Located]:
        """Return the first things above a position that stand under any of some headings, in order."""
        ...


class Said(TypedDict):
    """What every command brings with it."""

    by: Representative
    today: date


def speaker(caller: Caller) -> Representative:
    """Return for whom a representative's token speaks."""
    assert caller.party is not None, "a representative's token names a party"
    return Representative(caller.subject, caller.party)


async def names_ids(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Guard a router's addresses: a segment that cannot be an id names nothing, and no database is asked about it."""
    if not all(is_id(str(segment)) for segment in connection.path_params.values()):
        raise RouteUnknown(got=connection.scope["path"])


@dataclass(frozen=True)
class CommandRequest:
    """A request to record something, whatever version of anything its caller has seen."""

    handler: Handler
    context: CommandContext

    @property
    def said(self) -> Said:
        assert self.context.actor_party is not None, "a representative's token names a party"
        return Said(by=Representative(self.context.actor, self.context.actor_party), today=self.today)

    @property
    def today(self) -> date:
        return legal_day(self.context.now)

    async def create(self, thing: Thing[Any], work: Work) -> Response[bytes]:
        """Record that something came to be."""
        outcome = await self.handler.handle(work, self.context, represent=thing.represent)
        try:
            location = thing.address_in(outcome.answer)
        except (msgspec.ValidationError, KeyError):  # another answer than was given: somebody changed it
            raise KeptAnswerUnreadable from None
        return answers.recorded(outcome, location=location)

    async def record(self, thing: Thing[Any], identifier: str, work: Work) -> Response[bytes]:
        """Record on a thing, at whatever version it is."""
        target = thing.aggregate.stream(identifier)
        return answers.recorded(await self.handler.handle(work, self.context, represent=thing.represent, target=target))


@dataclass(frozen=True)
class ChangeRequest(CommandRequest):
    """A request to change what exists, and which version it was decided on."""

    if_match: Named | None

    async def record(
        self, thing: Thing[Any], identifier: str, work: Work, *, queue: str | None = None
    ) -> Response[bytes]:
        """Record on a thing, which must be at the version asked for.

        Commands in one queue, the thing's own unless told otherwise, wait for one another instead of conflicting.
        """
        subject = thing.aggregate.stream(identifier)
        outcome = await self.handler.handle(
            work if self.if_match else _unsaid(work),
            self.context,
            represent=thing.represent,
            target=queue or subject,
            if_match=IfMatch(subject, self.if_match.versions) if self.if_match else None,
        )
        return answers.recorded(outcome)


@dataclass(frozen=True)
class ReadRequest:
    """A request to see one thing, and which version its caller has."""

    reader: Reader
    caller: Caller
    if_none_match: str | None
    now: datetime
    possible: Possible

    @property
    def by(self) -> Representative:
        return speaker(self.caller)

    async def shown(
        self, thing: Thing[Any], identifier: str, state: msgspec.Struct, *, beside: Iterable[str] = ()
    ) -> Response[bytes]:
        """Show a state that the reader has read, and what the caller can do with it.

        `beside` is what it says that changes without its version.
        """
        version = self.reader.version(thing.aggregate, identifier)
        if not thing.says_what_can_be_done:
            return answers.represented(thing.represent(state, version), etag_of(version), self.if_none_match)
        can = await self.possible(self.reader, self.caller, self.now, thing.aggregate, identifier, state)
        body = msgspec.json.encode(thing.view_of(state, version, can))
        return answers.represented(body, etag_of(version, "\n".join([*can, *beside])), self.if_none_match)


@dataclass(frozen=True)
class _Asking:
    """Who asks, and what there is to read for it: as the database holds it, by nothing remembered."""

    handler: Handler
    caller: Caller

    @property
    def reader(self) -> Reader:
        return Reader(self.handler, trusting=False)

    @property
    def by(self) -> Representative:
        return speaker(self.caller)


@dataclass(frozen=True)
class QuestionRequest(_Asking):
    """A request to work something out, which records nothing: repeating it is safe without a name for it."""

    now: datetime

    @property
    def today(self) -> date:
        return legal_day(self.now)

    @property
    def said(self) -> Said:
        """What a command would bring with it if this were one."""
        return Said(by=self.by, today=self.today)


@dataclass(frozen=True)
class ListRequest(_Asking):
    """A request for a page of things."""

    page: PageRequest
    index: Index
    now: datetime

    @property
    def after(self) -> int:
        """The position after which to look."""
        return start_of(self.page)

    @property
    def limit(self) -> int:
        """How many to look for: the one too many says that there is a next page."""
        return self.page.limit + 1

    def first(self) -> "ListRequest":
        """Return the request for the first thing of the same list."""
        return replace(self, page=msgspec.structs.replace(self.page, limit=1, after=None))

    async def all_in(self, thing: Thing[V], agreement: str = NO_AGREEMENT) -> Response[Page[V]]:
        """Show a page of the things in an agreement, in the order in which they came to be."""
        entries = await self.handler.store.read_created(
            thing.aggregate.name, agreements=[agreement], after=self.after, limit=self.limit
        )
        return await self.shown(thing, entries)

    async def shown(self, thing: Thing[V], entries: Sequence[LogEntry]) -> Response[Page[V]]:
        """Show a page of the things whose first events these are."""
        answer = self.page.answer(entries, lambda entry: (entry.id,))
        views = []
        for entry in answer.content.items:
            state, version = await self.handler.read(thing.aggregate, str(entry.originator_id).partition(":")[2])
            views.append(thing.view_of(state, version))
        return Response(Page(views, answer.content.next), headers=answer.headers)


def command(
    handler: NamedDependency[Handler],
    caller: NamedDependency[Caller],
    trace: NamedDependency[RequestTrace],
    idempotency: NamedDependency[IdempotencyKey | None],
    now: NamedDependency[datetime],
) -> CommandRequest:
    """Provide `command: NamedDependency[CommandRequest]`."""
    return CommandRequest(handler, context_of(caller, trace, idempotency, now))


def _unsaid(work: Work) -> Work:
    """Return work that only finds out whether its caller would have to say which version it decided on.

    Where there is nothing to change, or nothing that this caller may, that is what it is told.
    """

    async def find_out(reader: Reader) -> Decided:
        with contextlib.suppress(Conflict, Invalid):
            await work(reader)
        raise IfMatchRequired

    return find_out


def change(command: NamedDependency[CommandRequest], if_match: NamedDependency[Named | None]) -> ChangeRequest:
    """Provide `change: NamedDependency[ChangeRequest]`."""
    return ChangeRequest(command.handler, command.context, if_match)


def read(
    handler: NamedDependency[Handler],
    caller: NamedDependency[Caller],
    now: NamedDependency[datetime],
    possible: NamedDependency[Possible],
    if_none_match_header: IfNoneMatchHeader = None,
) -> ReadRequest:
    """Provide `read: NamedDependency[ReadRequest]`."""
    return ReadRequest(Reader(handler, trusting=False), caller, if_none_match_header, now, possible)


def question(
    handler: NamedDependency[Handler], caller: NamedDependency[Caller], now: NamedDependency[datetime]
) -> QuestionRequest:
    """Provide `question: NamedDependency[QuestionRequest]`."""
    return QuestionRequest(handler, caller, now)


def pages(
    handler: NamedDependency[Handler],
    caller: NamedDependency[Caller],
    page: NamedDependency[PageRequest],
    index: NamedDependency[Index],
    now: NamedDependency[datetime],
) -> ListRequest:
    """Provide `pages: NamedDependency[ListRequest]`."""
    return ListRequest(handler, caller, page, index, now)
