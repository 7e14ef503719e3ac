"""What a party may see of a thing: all of it as a party of its agreement, as a holder or as one who takes part in it.

A party that has left the agreement sees of the rest what had been recorded by then. Every read and list asks here.
"""

from collections.abc import Awaitable, Callable, Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from litestar import Response

from services.agreements.commands import Representative
from services.agreements.contracts.errors import AgreementNotFound
from services.agreements.contracts.model import AGREEMENT, Agreement
from services.agreements.contracts.standing import present
from services.agreements.requests import ListRequest
from services.agreements.things import Thing
from shared.errors import NotFound
from shared.events.agreement import PartyWithdrew
from shared.events.concerned import still_in
from shared.events.questions import WITHIN_AN_AGREEMENT, Question
from shared.log.aggregate import Aggregate
from shared.log.envelope import Envelope
from shared.log.handle import Reader
from shared.log.store import LogEntry
from shared.web.pages import Page

S = TypeVar("S", bound=msgspec.Struct)
V = TypeVar("V", bound=msgspec.Struct)
# Given a thing and its agreement, who is in what besides that, by the kinds of the circles.
Others = Callable[[Any, Agreement], Awaitable[Mapping[str, Container[str]]]]
# Reads one thing for somebody, and raises its NotFound for whoever may not see it.
See = Callable[[Reader, str, Representative], Awaitable[Any]]
_SCAN = 500


class Horizon(NamedTuple):
    """Up to where a party that has left sees: it said so at an instant, and was in until a day."""

    said_at: datetime
    on: date

    def reaches(self, envelope: Envelope) -> bool:
        return still_in(left=envelope.time > self.said_at, on=self.on, recorded_at=envelope.time)


def staying(parties: Iterable[str], agreement: Agreement) -> set[str]:
    """Return those of some parties that have not left an agreement, and are not about to."""
    return {party for party in parties if party not in agreement.left}


async def horizon_of(reader: Reader, agreement: Agreement, party: str) -> Horizon:
    """Return up to where a party sees that leaves or has left."""
    stream = AGREEMENT.stream(agreement.agreement)
    said = [
        envelope.time
        for envelope in await reader.history(stream)
        if isinstance(envelope.data, PartyWithdrew) and envelope.data.party == party
    ]
    return Horizon(said[-1], agreement.left[party])


async def nobody_else(_state: object, _agreement: Agreement) -> Mapping[str, Container[str]]:
    """Name nobody: it is the agreement's parties' alone."""
    return {}


async def seen(  # noqa: PLR0913  # keyword-only: who else may, what strangers are told, and for whom else one looks
    reader: Reader,
    aggregate: Aggregate[S],
    identifier: str,
    by: Representative,
    *,
    question: Question = WITHIN_AN_AGREEMENT,
    others: Others = nobody_else,
    hidden: NotFound | None = None,
    holder: str | None = None,
) -> tuple[S, Agreement]:
    """Return a thing as far as the representative's party sees it, or a holder that it speaks for, and its agreement.

    To others it does not exist, by the refusal `hidden`.
    """
    state: Any = await reader(aggregate, identifier)
    agreement = await reader(AGREEMENT, state.agreement)
    members = present(agreement)
    # Hardly anybody else asks, so nothing more is read.
    if by.party in members:
        return state, agreement
    circles = await others(state, agreement)
    eyes = (by.party,) if holder is None else (by.party, holder)
    if any(question.admits(party, agreement=members, **circles) for party in eyes):
        return state, agreement
    hidden = hidden or aggregate.absent(**{aggregate.name: identifier})
    if by.party not in agreement.left:
        raise hidden
    horizon = await horizon_of(reader, agreement, by.party)
    state = await reader.as_of(aggregate, identifier, horizon.reaches)
    if state is None:
        raise hidden
    return state, agreement


async def list_seen(
    pages: ListRequest, thing: Thing[V], agreement: str, see: See, *, all_are_there: bool = True
) -> Response[Page[V]]:
    """Show a page of the things in an agreement, as far as the caller's party may see them; raises AgreementNotFound.

    The agreement's parties see all of them, unless some are not there yet. To a party that neither is nor was in the
    agreement, and may see none of them, the agreement does not exist.
    """
    state = await pages.reader(AGREEMENT, agreement)
    within = pages.by.party in present(state)
    if within and all_are_there:
        return await pages.all_in(thing, agreement)
    found = await _seen(pages, thing, agreement, see, after=pages.after, limit=pages.limit)
    known = found or within or pages.by.party in state.left
    if not known and not (pages.after and await _seen(pages, thing, agreement, see, after=0, limit=1)):
        raise AgreementNotFound(agreement=agreement)
    return await shown_as_seen(pages, thing, found, see)


async def shown_as_seen(
    pages: ListRequest, thing: Thing[V], entries: Sequence[LogEntry], see: See
) -> Response[Page[V]]:
    """Show a page of the things whose first events these are, each as far as the caller's party may see it."""
    answer = pages.page.answer(entries, lambda entry: (entry.id,))
    views = []
    for entry in answer.content.items:
        reader, identifier = pages.reader, _named(entry)
        found = await see(reader, identifier, pages.by)
        state = found[0] if isinstance(found, tuple) else found
        views.append(thing.view_of(state, reader.version(thing.aggregate, identifier)))
    return Response(Page(views, answer.content.next), headers=answer.headers)


async def sees(pages: ListRequest, entry: LogEntry, see: See) -> bool:
    """Tell whether the caller's party may see the thing whose first event this is."""
    try:
        await see(pages.reader, _named(entry), pages.by)
    except NotFound:
        return False
    return True


async def _seen(  # noqa: PLR0913  # keyword-only; from where and how many
    pages: ListRequest, thing: Thing[V], agreement: str, see: See, *, after: int, limit: int
) -> list[LogEntry]:
    found: list[LogEntry] = []
    while len(found) < limit:
        entries = await pages.handler.store.read_created(
            thing.aggregate.name, agreements=[agreement], after=after, limit=_SCAN
        )
        found += [entry for entry in entries if await sees(pages, entry, see)]
        if len(entries) < _SCAN:
            break
        after = entries[-1].id
    return found[:limit]


def _named(entry: LogEntry) -> str:
    return str(entry.originator_id).partition(":")[2]
