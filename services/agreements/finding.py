"""Lists by what is asked for: the filters that callers name, and how what they find is looked up and looked at."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar import Response
from litestar.params import QueryParameter
from msgspec import Meta

from services.agreements.fields import Holder, Id
from services.agreements.headings import Heading, Located
from services.agreements.requests import ListRequest
from services.agreements.things import Thing
from shared.calendar import legal_day
from shared.errors import NotFound
from shared.forms import form
from shared.log.handle import Reader
from shared.web.pages import Page

V = TypeVar("V", bound=msgspec.Struct)
# Reads one thing for whoever asks, and raises its NotFound for whoever may not see it.
Look = Callable[[Reader, str], Awaitable[Any]]
Filters = Mapping[str, str | None]
"""What is asked for, by the filters' names; None where nothing is."""

# At most so many things are looked at for one page. Whoever may see few of those that there are gets a short one, and
# where to go on.
MOST_LOOKED_AT: Final = 400
# What few things have in common is looked up, and of those what else is asked for.
_FEWEST_FIRST: Final = ("invention", "asset", "project", "holder", "owner", "agreement", "status", "party")


def _filter(name: str, description: str) -> QueryParameter:
    return QueryParameter(name=name, required=False, description=description)


def _naming(name: str, description: str) -> QueryParameter:
    """Return a filter by something that has an id."""
    return _filter(name, f"{description} One that names nothing of yours finds nothing.")


OfAgreement = Annotated[
    Id | None,
    _filter(
        "agreement",
        "The agreement that it belongs to; left out, all that you may see. One that is not yours is a 404.",
    ),
]
OfProject = Annotated[Id | None, _naming("project", "The project that it belongs to.")]
OfInvention = Annotated[Id | None, _naming("invention", "The invention that it is about.")]
OfAsset = Annotated[Id | None, _naming("asset", "The asset that it is about.")]
OfHolder = Annotated[Holder | None, _filter("holder", "Who holds a share of it, today or from a later day on.")]
OfOwner = Annotated[Id | None, _naming("owner", "The party that brought it in.")]


def taking_part(members: str) -> QueryParameter:
    """Return the filter by a party that takes part in a thing, or is asked something about it, by its state."""
    return _naming("party", f"A party that takes part in it or is asked about it: {members}.")


HAS_STATUS: Final = _filter("status", "The status that it has.")


def one_of(statuses: type[StrEnum], *never: StrEnum) -> Meta:
    """Return the form of a status that a thing may have."""
    names = [each.value for each in statuses if each not in never]
    return form(f"({'|'.join(names)})", f"one of {', '.join(names)}", names[0])


def lookup(filters: Filters) -> tuple[str, str]:
    """Return the one filter, and its value, by which things are looked up; two empty texts for none."""
    asked = {name: value for name, value in filters.items() if value is not None}
    return next(((name, asked[name]) for name in _FEWEST_FIRST if name in asked), ("", ""))


async def list_under(  # noqa: PLR0913  # keyword-only; where else to look
    pages: ListRequest,
    thing: Thing[V],
    headings: Sequence[Heading],
    look: Look,
    filters: Filters,
    *,
    agreements: Collection[str] | None = None,
) -> Response[Page[V]]:
    """Show a page of what is found, as far as the caller's party may see it.

    `headings` have to be such that what it may see stands under one of them; what happened in `agreements` since the
    index was kept, or in any for None, is looked at besides.
    """
    found, stopped_at = await _found(pages, thing, headings, look, filters, agreements=agreements)
    answer = pages.page.answer(found, lambda each: (each[0],), stopped_at=None if stopped_at is None else (stopped_at,))
    return Response(Page([view for _, view in answer.content.items], answer.content.next), headers=answer.headers)


async def _found(  # noqa: PLR0913  # keyword-only; where else to look
    pages: ListRequest,
    thing: Thing[V],
    headings: Sequence[Heading],
    look: Look,
    filters: Filters,
    *,
    agreements: Collection[str] | None,
) -> tuple[list[tuple[int, V]], int | None]:
    """Return what is found, by the position where it began, and where the search stopped if it did before the end."""
    reader, entity, today = pages.reader, thing.aggregate.name, legal_day(pages.now)
    # First: what is followed meanwhile stands under its headings by then.
    touched = await pages.index.touched(entity, agreements=None if agreements is None else sorted(agreements))
    asked = {name: value for name, value in filters.items() if value is not None}
    found: list[tuple[int, V]] = []
    after, looked_at = pages.after, 0
    while len(found) < pages.limit and looked_at < MOST_LOOKED_AT:
        most = min(pages.limit, MOST_LOOKED_AT - looked_at)
        listed = await pages.index.under(entity, headings, after=after, limit=most)
        candidates = sorted({*listed, *(each for each in touched if each.position > after)})[:most]
        for each in candidates:
            view = await _as_seen(reader, thing, look, each)
            if view is not None and _matches(thing, view[0], today, asked):
                found.append((each.position, view[1]))
        looked_at += len(candidates)
        if len(candidates) < most:
            return found, None
        after = candidates[-1].position
    return found, after


async def _as_seen(reader: Reader, thing: Thing[V], look: Look, located: Located) -> tuple[Any, V] | None:
    try:
        found = await look(reader, located.identifier)
    except NotFound:
        return None
    state = found[0] if isinstance(found, tuple) else found
    return state, thing.view_of(state, reader.version(thing.aggregate, located.identifier))


def _matches(thing: Thing[Any], state: Any, today: date, asked: Mapping[str, str]) -> bool:  # noqa: ANN401
    if not asked:
        return True
    found_by = thing.found_by(state, today)
    return all(value in found_by[name] for name, value in asked.items())
