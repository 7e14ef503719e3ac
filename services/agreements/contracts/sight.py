"""What a party may see of what is held, licensed or disputed: by its agreement, by what it holds, by taking part."""

from collections.abc import Awaitable, Callable, Container, Mapping
from typing import Any, TypeVar

import msgspec
from litestar import Response

from services.agreements.commands import Representative
from services.agreements.contracts.errors import AgreementNotFound
from services.agreements.contracts.model import AGREEMENT, Agreement
from services.agreements.requests import ListRequest
from services.agreements.things import Thing
from shared.errors import NotFound
from shared.events.concerned import WITHIN_AN_AGREEMENT, Question
from shared.log.handle import Reader
from shared.log.store import LogEntry
from shared.web.pages import Page

V = TypeVar("V", bound=msgspec.Struct)
# Who is in what besides an agreement, by the kinds of the circles.
Others = Callable[[], Awaitable[Mapping[str, Container[str]]]]
# Reads one thing for somebody, and raises its NotFound for whoever may not see it.
See = Callable[[Reader, str, Representative], Awaitable[Any]]
_SCAN = 500


async def seen_in(  # noqa: PLR0913  # keyword-only; what is told to whom it does not exist, and for whom else one looks
    reader: Reader,
    agreement: str,
    by: Representative,
    question: Question,
    others: Others,
    *,
    hidden: NotFound,
    holder: str | None = None,
) -> Agreement:
    """Return the agreement of something, if the representative's party may see that, or a holder that it speaks for.

    To others it does not exist, by the refusal `hidden`.
    """
    state = await reader(AGREEMENT, agreement)
    # Hardly anybody else asks, so nothing more is read.
    if WITHIN_AN_AGREEMENT.admits(by.party, agreement=state.parties):
        return state
    circles = await others()
    eyes = (by.party,) if holder is None else (by.party, holder)
    if not any(question.admits(party, agreement=state.parties, **circles) for party in eyes):
        raise hidden
    return state


async def list_seen(pages: ListRequest, thing: Thing[V], agreement: str, see: See) -> Response[Page[V]]:
    """Show a page of the things in an agreement that the caller's party may see; raises AgreementNotFound.

    To a party that is not in the agreement and may see none of them, the agreement does not exist.
    """
    state = await pages.reader(AGREEMENT, agreement)
    if WITHIN_AN_AGREEMENT.admits(pages.by.party, agreement=state.parties):
        return await pages.all_in(thing, agreement)
    found = await _seen(pages, thing, agreement, see, after=pages.after, limit=pages.limit)
    if not found and not (pages.after and await _seen(pages, thing, agreement, see, after=0, limit=1)):
        raise AgreementNotFound(agreement=agreement)
    return await pages.shown(thing, found)


async def _seen(  # noqa: PLR0913  # keyword-only; from where and how many
    pages: ListRequest, thing: Thing[V], agreement: str, see: See, *, after: int, limit: int
) -> list[LogEntry]:
    found: list[LogEntry] = []
    while len(found) < limit:
        entries = await pages.handler.store.read_created(
            thing.aggregate.name, agreements=[agreement], after=after, limit=_SCAN
        )
        found += [entry for entry in entries if await _sees(pages, entry, see)]
        if len(entries) < _SCAN:
            break
        after = entries[-1].id
    return found[:limit]


async def _sees(pages: ListRequest, entry: LogEntry, see: See) -> bool:
    try:
        await see(pages.reader, str(entry.originator_id).partition(":")[2], pages.by)
    except NotFound:
        return False
    return True
