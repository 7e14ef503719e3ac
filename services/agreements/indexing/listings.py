"""What is listed: under which headings a thing stands, by its state and by whose it may be to read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from services.agreements.affiliations.model import DeclarationStatus, PartyDeclaration
from services.agreements.affiliations.views import DECLARATIONS
from services.agreements.background.views import ITEMS
from services.agreements.contracts.model import Agreement
from services.agreements.contracts.views import AGREEMENTS
from services.agreements.contributions.views import CONTRIBUTIONS
from services.agreements.disputes.model import Dispute
from services.agreements.disputes.views import DISPUTES
from services.agreements.headings import (
    EVERYBODY,
    LEFT,
    MEMBER,
    UNANSWERED,
    Heading,
    of_agreement,
    of_party,
    of_registrar,
)
from services.agreements.inventions.model import Invention
from services.agreements.inventions.views import INVENTIONS
from services.agreements.licences.views import LICENCES
from services.agreements.opportunities.views import OPPORTUNITIES
from services.agreements.ownership.account import named_in
from services.agreements.participants.views import PARTICIPANTS
from services.agreements.parties.views import PARTIES
from services.agreements.projects.views import PROJECTS
from services.agreements.things import Thing
from services.agreements.transfers.views import TRANSFERS

# Whatever is so on any day: what is found under a heading is looked at again by the day on which it is asked for.
_ANY_DAY: Final = date.min


class Around(NamedTuple):
    """What one has to know besides a thing's state to say who may read it."""

    agreement: Agreement
    assets: Sequence[Invention]


def _nothing(_state: object) -> Iterable[str]:
    return ()


class Listing(NamedTuple):
    """A kind of thing that belongs to agreements, and who may read one besides the parties of its agreement.

    `named` are those whom its state names; whoever has to do with the `assets` that it is about may read it too.
    """

    thing: Thing[Any]
    named: Callable[[Any], Iterable[str]] = _nothing
    assets: Callable[[Any], Iterable[str]] = _nothing
    # Not even the parties of its agreement may, unless they are named.
    secret: bool = False

    def headings(self, state: Any, around: Around) -> set[Heading]:  # noqa: ANN401  # of the thing's type
        agreement = around.agreement
        readers = {*self.named(state), *(each for asset in around.assets for each in _concerned_by(asset))}
        found = _under(
            {of_party(each) for each in readers if self.secret or each not in agreement.parties}, self.thing, state
        )
        if not self.secret:
            own = _under({of_agreement(agreement.agreement)}, self.thing, state)
            # What is looked up among an agreement's things is not looked up by it again.
            found |= {each for each in own if each.name != AGREEMENTS.aggregate.name}
        return found


def of_agreements(state: Agreement) -> set[Heading]:
    """Return under which headings an agreement stands: those of its parties, and of whoever is asked to join it."""
    asked = state.open_amendment.acceding if state.open_amendment else ()
    found = _under({of_party(each) for each in (*state.parties, *asked)}, AGREEMENTS, state)
    found |= {Heading(of_party(each), MEMBER) for each in state.parties}
    found |= {Heading(of_party(each), LEFT) for each in state.left}
    registrar = state.terms_in_force and state.terms_in_force.terms.dispute.registrar
    return found | {Heading(of_registrar(registrar))} if registrar else found


def of_parties(state: Any) -> set[Heading]:  # noqa: ANN401  # of the party's type
    """Return under which headings a party stands, which everybody may read."""
    return _under({EVERYBODY}, PARTIES, state)


def of_declarations(state: PartyDeclaration) -> set[Heading]:
    """Return under which headings a declaration stands: those of the two whom it is about."""
    found = _under({of_party(each) for each in state.ends}, DECLARATIONS, state)
    is_open = state.status is DeclarationStatus.OPEN
    return found | {Heading(of_party(state.declared_by), UNANSWERED)} if is_open else found


def _under(scopes: Iterable[str], thing: Thing[Any], state: Any) -> set[Heading]:  # noqa: ANN401  # of the thing's type
    values = {("", ""), *((name, each) for name, found in thing.found_by(state, _ANY_DAY).items() for each in found)}
    return {Heading(scope, name, value) for scope in scopes for name, value in values}


def _concerned_by(asset: Invention) -> set[str]:
    """Return whom an invention may concern besides its parties: more than `concerned_by` finds, and sooner."""
    proposed = {*asset.open.shares, *asset.open.attesting_parties} if asset.open else set()
    return named_in(asset.account) | proposed


def _of_dispute(state: Dispute) -> Iterable[str]:
    registrar = state.resolution.registrar if state.resolution else None
    return (*state.taking_part, *([registrar] if registrar else []))


LISTINGS: Final = {
    each.thing.aggregate.name: each
    for each in (
        Listing(ITEMS, lambda item: (item.owner_party,)),
        Listing(OPPORTUNITIES, lambda opportunity: opportunity.parties, secret=True),
        Listing(PROJECTS),
        Listing(PARTICIPANTS, lambda participant: filter(None, (participant.home_party, participant.host_party))),
        Listing(INVENTIONS, assets=lambda invention: (invention.invention,)),
        Listing(
            CONTRIBUTIONS,
            lambda contribution: (contribution.recorded_by_party, *contribution.attesting_parties),
            lambda contribution: filter(None, (contribution.content.invention,)),
        ),
        Listing(TRANSFERS, lambda transfer: transfer.named, lambda transfer: transfer.assets),
        Listing(LICENCES, lambda licence: licence.named, lambda licence: licence.scope.assets),
        Listing(DISPUTES, _of_dispute, lambda dispute: (dispute.asset,)),
    )
}
# By which of their filters those are found that have to do with an invention.
ABOUT_INVENTIONS: Final = {
    CONTRIBUTIONS.aggregate.name: "invention",
    **{each.aggregate.name: "asset" for each in (TRANSFERS, LICENCES, DISPUTES)},
}
# What belongs to no agreement stands where it says itself.
BY_ITSELF: Final[Mapping[str, tuple[Thing[Any], Callable[[Any], set[Heading]]]]] = {
    thing.aggregate.name: (thing, headings)
    for thing, headings in ((AGREEMENTS, of_agreements), (PARTIES, of_parties), (DECLARATIONS, of_declarations))
}
ENTITIES: Final = frozenset({*LISTINGS, *BY_ITSELF})
