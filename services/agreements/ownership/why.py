"""Why a holder holds what it holds: from the holding down to elements, people, instruments and transfers."""

from datetime import date
from fractions import Fraction

import msgspec

from services.agreements.inventions.determine import WHOLE, parent_of, percent_of
from services.agreements.inventions.model import Invention
from services.agreements.ownership.account import Account, Movement, Regime, holdings_on
from shared.events.decided import Decided, decided, is_derived
from shared.events.invention import (
    CountedContribution,
    Derivation,
    DeterminationAdopted,
    DeterminationBasis,
    DeterminationInputs,
    DeterminationProposed,
    PersonShare,
)
from shared.ratio import format_ratio, parse_ratio, parse_shares


class ElementPart(msgspec.Struct, frozen=True, kw_only=True):
    """What a person contributed to an element: the element's part of the invention, the person's part of that.

    `contributions` are the person's that counted, with the content attested; where no elements are weighed, all of
    them. By points, the person's part is that of their points in `points`, those of everybody.
    """

    element: str
    element_share: str
    person_share: str
    contributions: tuple[CountedContribution, ...]
    """The person's contributions that counted."""
    points: str
    """The points of everybody for the element, `n/d`."""


class PersonPart(msgspec.Struct, frozen=True, kw_only=True):
    """A person whose share passed to the holder, by which instruments, and what it is made of.

    `contributed` is all that the person has; `share` is what of it reached this holder: less, where two employ the
    person.
    """

    person: str
    contributed: str
    share: str
    """What of it reached this holder: less, where two employ the person."""
    instruments: tuple[str, ...]
    """The ids of the instruments by which it passed."""
    elements: tuple[ElementPart, ...]
    """What the person contributed to each element."""


class TransferPart(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer to or from the holder, and what it left the holder with."""

    transfer: str
    source: str = msgspec.field(name="from")
    """The holder from whom the shares passed."""
    to: str
    """The holder to whom the shares passed."""
    effective_on: date
    change: str
    holding: str
    """What the holder had after it."""


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, from the top: the holding, the determination under it and its derivation, the transfers since.

    `people` is empty where the shares are not `derived` from contributions: they are alike for all parties, were
    agreed, or `decided` in a dispute; that says in which, by which document and by whose word, as `because` does in the
    ledger. `decided_in` is its dispute, and `inputs_hash` its document's. `percent` is that of `determined`.
    """

    asset: str
    holder: str
    """The holder asked about: a party, or `person:` and a pseudonym."""
    on: date
    holding: str
    determination: str | None
    """The id of the determination that gave the shares; null where there is none."""
    version: int | None
    """The number of the determination; null where there is none."""
    basis: DeterminationBasis | None
    """On what the determination rests; null where there is none."""
    derived: bool | None
    decided: Decided | None
    decided_in: str | None
    inputs_hash: str | None
    """The hash of what the shares were computed from, or of the document that decided them; null for none."""
    determined: str
    percent: str | None
    """`determined` in per cent with two decimals, for display alone; null where there is none."""
    people: tuple[PersonPart, ...]
    transfers: tuple[TransferPart, ...]
    disputes: tuple[str, ...]
    """The ids of the disputes that were open."""


def last_change(account: Account) -> date:
    """Return the last day on which the asset's holdings change, as far as is known."""
    starts = [regime.start for regime in account.regimes]
    return max([account.conceived_on, *starts, *(each.effective_on for each in account.movements)])


def regime_on(account: Account, day: date) -> Regime | None:
    """Return the determined shares that hold on a day, before any transfer."""
    begun = [regime for regime in account.regimes if regime.start <= day]
    return begun[-1] if begun and day >= account.conceived_on else None


def why(
    asset: Invention,
    holder: str,
    day: date,
    adopted: DeterminationAdopted | None,
    proposed: DeterminationProposed | None,
) -> Why:
    """Explain a holding on a day by the shares that hold then: as adopted, and as proposed if they were."""
    regime = regime_on(asset.account, day)
    determined = parse_shares(regime.shares) if regime else {}
    return Why(
        asset=asset.invention,
        holder=holder,
        on=day,
        holding=_share(holdings_on(asset.account, day), holder),
        determination=regime.determination if regime else None,
        version=adopted.version if adopted else None,
        basis=adopted.basis if adopted else None,
        derived=is_derived(adopted) if adopted else None,
        decided=decided(adopted) if adopted else None,
        decided_in=adopted.dispute if adopted else None,
        inputs_hash=adopted.inputs_hash if adopted else None,
        determined=_share(determined, holder),
        percent=percent_of(determined).get(holder),
        people=people_of(proposed.inputs, proposed.derivation, holder) if proposed else (),
        transfers=_transfers(asset.account, holder, day),
        disputes=tuple(sorted(asset.disputes)),
    )


def people_of(inputs: DeterminationInputs, derivation: Derivation, holder: str) -> tuple[PersonPart, ...]:
    """Return whose shares passed to a holder, by which of their instruments, and the contributions they are made of."""
    return tuple(
        PersonPart(
            person=each.person,
            contributed=each.share,
            share=each.holders[holder],
            instruments=_instruments(inputs, each, holder),
            elements=_elements(inputs, derivation, each.person),
        )
        for each in derivation.people
        if holder in each.holders
    )


def _instruments(inputs: DeterminationInputs, person: PersonShare, holder: str) -> tuple[str, ...]:
    """Return those that carried to this holder: of a dual appointment the others carried elsewhere."""
    assignees = {each.instrument: each.assignee_party for who in inputs.contributors for each in who.instruments}
    accrue = inputs.affiliate_accrual == "PARENT"
    return tuple(
        each
        for each in person.instruments
        if holder == (parent_of(assignees[each], inputs) if accrue else assignees[each])
    )


def _elements(inputs: DeterminationInputs, derivation: Derivation, person: str) -> tuple[ElementPart, ...]:
    parts: list[ElementPart] = []
    for element in derivation.elements:
        if person not in element.contributors:
            continue
        # Methods that know no elements count what was contributed to any.
        counted = [each for each in inputs.contributions if element.element in {WHOLE, each.element}]
        parts.append(
            ElementPart(
                element=element.element,
                element_share=element.share,
                person_share=element.contributors[person],
                contributions=tuple(each for each in counted if each.contributor == person),
                points=format_ratio(sum((parse_ratio(each.points) for each in counted), start=Fraction(0))),
            )
        )
    return tuple(parts)


def _transfers(account: Account, holder: str, day: date) -> tuple[TransferPart, ...]:
    """Return the holder's transfers by then in the order of their replay, each with what it changed."""
    parts: list[TransferPart] = []
    replayed: list[Movement] = []
    for movement in sorted(account.movements, key=lambda each: each.effective_on):
        if movement.effective_on > day:
            break
        before = holdings_on(msgspec.structs.replace(account, movements=tuple(replayed)), day)
        replayed.append(movement)
        if holder not in {movement.source, movement.to}:
            continue
        after = holdings_on(msgspec.structs.replace(account, movements=tuple(replayed)), day)
        change = after.get(holder, Fraction(0)) - before.get(holder, Fraction(0))
        parts.append(
            TransferPart(
                transfer=movement.transfer,
                source=movement.source,
                to=movement.to,
                effective_on=movement.effective_on,
                change=format_ratio(change),
                holding=_share(after, holder),
            )
        )
    return tuple(parts)


def _share(holdings: dict[str, Fraction], holder: str) -> str:
    return format_ratio(holdings.get(holder, Fraction(0)))
