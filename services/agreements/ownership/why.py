"""Why a holder holds what it holds: from the holding down to people, instruments, contributions and transfers."""

from datetime import date
from fractions import Fraction

import msgspec

from services.agreements.inventions.determine import WHOLE, parent_of
from services.agreements.inventions.model import Invention
from services.agreements.ownership.account import Account, Movement, Regime, holdings_on
from shared.contracts.invention import (
    CountedContribution,
    Derivation,
    DeterminationInputs,
    DeterminationProposed,
    PersonShare,
)
from shared.ratio import format_ratio


class ElementPart(msgspec.Struct, frozen=True, kw_only=True):
    """What a person contributed to an element: the element's part of the invention, the person's part of that.

    `contributions` are those that counted, with the content attested; where no elements are weighed, all of them.
    """

    element: str
    element_share: str
    person_share: str
    contributions: tuple[CountedContribution, ...]


class PersonPart(msgspec.Struct, frozen=True, kw_only=True):
    """A person whose share passed to the holder, by which instruments, and what it is made of."""

    person: str
    share: str
    instruments: tuple[str, ...]
    elements: tuple[ElementPart, ...]


class TransferPart(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer to or from the holder, and what it left the holder with."""

    transfer: str
    source: str = msgspec.field(name="from")
    to: str
    effective_on: date
    change: str
    holding: str


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, from the top: the holding, the determination under it and its derivation, the transfers since.

    `people` is empty where the shares follow from no contribution: they were agreed, or decided in a dispute.
    """

    asset: str
    holder: str
    on: date
    holding: str
    determination: str | None
    version: int | None
    inputs_hash: str | None
    determined: str
    percent: str | None
    people: tuple[PersonPart, ...]
    transfers: tuple[TransferPart, ...]
    disputes: tuple[str, ...]


def last_change(account: Account) -> date:
    """Return the last day on which the asset's holdings change, as far as is known."""
    starts = [regime.start for regime in account.regimes]
    return max([account.conceived_on, *starts, *(each.effective_on for each in account.movements)])


def regime_on(account: Account, day: date) -> Regime | None:
    """Return the determined shares that hold on a day, before any transfer."""
    begun = [regime for regime in account.regimes if regime.start <= day]
    return begun[-1] if begun and day >= account.conceived_on else None


def why(asset: Invention, holder: str, day: date, proposed: DeterminationProposed | None) -> Why:
    """Explain a holding on a day; `proposed` is the proposal of the shares that hold then, if they were proposed."""
    regime = regime_on(asset.account, day)
    derivation = proposed.derivation if proposed else None
    return Why(
        asset=asset.invention,
        holder=holder,
        on=day,
        holding=_share(holdings_on(asset.account, day), holder),
        determination=regime.determination if regime else None,
        version=proposed.version if proposed else None,
        inputs_hash=proposed.inputs_hash if proposed else None,
        determined=regime.shares.get(holder, "0/1") if regime else "0/1",
        percent=derivation.percent.get(holder) if derivation else None,
        people=people_of(proposed.inputs, proposed.derivation, holder) if proposed else (),
        transfers=_transfers(asset.account, holder, day),
        disputes=tuple(sorted(asset.disputes)),
    )


def people_of(inputs: DeterminationInputs, derivation: Derivation, holder: str) -> tuple[PersonPart, ...]:
    """Return whose shares passed to a holder, by which of their instruments, and the contributions they are made of."""
    return tuple(
        PersonPart(
            person=each.person,
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
    return tuple(
        ElementPart(
            element=each.element,
            element_share=each.share,
            person_share=each.contributors[person],
            contributions=tuple(
                counted
                for counted in inputs.contributions
                if counted.contributor == person and each.element in {counted.element, WHOLE}
            ),
        )
        for each in derivation.elements
        if person in each.contributors
    )


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
