"""Lists of what belongs to agreements: of one or, where none is named, of all that the caller's party may see."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from litestar import Response

from services.agreements.contracts.handling import seen_by
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contracts.sight import See, list_seen
from services.agreements.contracts.views import AGREEMENTS, AgreementView
from services.agreements.finding import Filters, Look, list_under, lookup
from services.agreements.headings import EVERY, LEFT, MEMBER, Heading, of_agreement, of_party, of_registrar
from services.agreements.requests import ListRequest
from services.agreements.things import Thing
from shared.log.envelope import NO_AGREEMENT
from shared.web.pages import Page

V = TypeVar("V", bound=msgspec.Struct)


async def list_found(  # noqa: PLR0913  # keyword-only; who else reads, and what there is to see
    pages: ListRequest,
    thing: Thing[V],
    see: See,
    agreement: str | None,
    filters: Filters,
    *,
    all_are_there: bool = True,
    registrars_read: bool = False,
) -> Response[Page[V]]:
    """Show a page of the things that are asked for, as far as the caller's party may see them.

    Those of one agreement, or of all. To a party that neither is nor was in the agreement, and may see none of these
    things of it, it does not exist: AgreementNotFound.
    """
    if agreement is not None and not any(filters.values()):
        return await list_seen(pages, thing, agreement, see, all_are_there=all_are_there)
    mine, look = await memberships(pages, registrars_read=registrars_read), _seeing(pages, see)
    asked = {**filters, "agreement": agreement}
    if agreement is None:
        return await list_under(pages, thing, headings_of(pages, mine, filters), look, asked, agreements=mine)
    if agreement in mine:
        headings = [_of_agreement(agreement, filters, left=mine[agreement])]
        return await list_under(pages, thing, headings, look, asked, agreements=[agreement])
    # Of something else than nothing it is told whatever it asks for.
    await list_seen(pages.first(), thing, agreement, see, all_are_there=all_are_there)
    own = Heading(of_party(pages.by.party), *lookup(filters))
    return await list_under(pages, thing, [own], look, asked, agreements=())


async def list_known(
    pages: ListRequest, thing: Thing[V], see: See, agreement: str | None, filters: Filters
) -> Response[Page[V]]:
    """Show a page of what is known to those alone that it names, be it of one agreement or of all."""
    mine, asked = await memberships(pages), {**filters, "agreement": agreement}
    own = of_party(pages.by.party)
    headings = [Heading(own, *lookup(asked)), *([Heading(own)] if any(mine.values()) else [])]
    return await list_under(pages, thing, headings, _seeing(pages, see), asked, agreements=[NO_AGREEMENT, *mine])


async def list_own(pages: ListRequest, filters: Filters) -> Response[Page[AgreementView]]:
    """Show a page of the agreements that the caller's party is in, was in or is asked to join."""
    own = of_party(pages.by.party)
    headings = [Heading(own, *lookup(filters)), Heading(own, LEFT)]
    return await list_under(pages, AGREEMENTS, headings, _seeing(pages, seen_by), filters)


def headings_of(pages: ListRequest, mine: Mapping[str, bool], filters: Filters) -> list[Heading]:
    """Return under which headings everything stands that the caller's party may see, whatever it is in."""
    own = Heading(of_party(pages.by.party), *lookup(filters))
    return [own, *(_of_agreement(agreement, filters, left=left) for agreement, left in mine.items())]


async def memberships(pages: ListRequest, *, registrars_read: bool = False) -> dict[str, bool]:
    """Return the agreements of the caller's party, and of each whether it leaves or has left it.

    Where a registrar reads as much as a party does, those as well for which it is that.
    """
    party, index = pages.by.party, pages.index
    headings = [Heading(of_party(party), MEMBER), *([Heading(of_registrar(party))] if registrars_read else [])]
    touched = await index.touched(AGREEMENT.name, agreements=None)
    listed = await index.under(AGREEMENT.name, headings, after=0, limit=EVERY)
    left = await index.under(AGREEMENT.name, [Heading(of_party(party), LEFT)], after=0, limit=EVERY)
    mine = {each.identifier: each in left for each in listed}
    reader = pages.reader
    for each in touched:
        state = await reader(AGREEMENT, each.identifier)
        registrar = state.terms_in_force and state.terms_in_force.terms.dispute.registrar
        if party in state.parties or (registrars_read and party == registrar):
            mine[each.identifier] = party in state.left
        else:
            mine.pop(each.identifier, None)
    return mine


def _of_agreement(agreement: str, filters: Filters, *, left: bool) -> Heading:
    # What a party that has left sees is as it was, which no heading says any more: all of it is looked at.
    return Heading(of_agreement(agreement)) if left else Heading(of_agreement(agreement), *lookup(filters))


def _seeing(pages: ListRequest, see: See) -> Look:
    return lambda reader, identifier: see(reader, identifier, pages.by)
