"""What is claimed in a dispute, and by how much claims exceed the whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import singledispatchmethod

from services.ledger.rules.history import Shares
from shared.events.dispute import (
    DisputeOpened,
    DisputePositionFiled,
    DisputeResolutionConfirmed,
    DisputeResolutionProposed,
)
from shared.events.registry import Event
from shared.ratio import parse_shares


@dataclass
class Outcome:
    """Shares that were laid down as the end of a dispute, and which parties say that they are."""

    shares: Mapping[str, str]
    basis: str
    said_by: set[str]

    def stands_among(self, parties: frozenset[str]) -> bool:
        """Tell whether enough parties say so: all to what they settle, two to a decision, one to a court's."""
        if self.basis in {"SETTLEMENT", "MEDIATION"}:
            return parties <= self.said_by
        return self.basis == "COURT" or len(self.said_by & parties) >= min(2, len(parties))


@dataclass
class Dispute:
    """The positions taken about an asset, and the outcomes laid down, by what binds them."""

    asset: str
    parties: frozenset[str]
    adopted: Shares
    positions: dict[str, Shares] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def ends_with(self, shares: Mapping[str, str]) -> bool:
        """Tell whether these shares are an outcome that stands."""
        return any(each.shares == shares and each.stands_among(self.parties) for each in self.outcomes.values())

    def take_position(self, party: str, position: Shares) -> None:
        """Keep a party's newest position."""
        self.positions[party] = position

    def overclaim(self) -> Fraction:
        """Return by how much the claims exceed the whole: each holder's own, or else what was adopted for it."""
        claims = {**self.adopted, **{party: position.get(party, Fraction(0)) for party, position in self._taken()}}
        return max(sum(claims.values(), start=Fraction(0)) - 1, Fraction(0))

    def _taken(self) -> list[tuple[str, Shares]]:
        return sorted(self.positions.items())


class DisputeBook:
    """The disputes that entries tell of."""

    def __init__(self) -> None:
        self.opened: dict[str, Dispute] = {}

    def read(self, data: Event) -> None:
        """Take in what an event says."""
        self._read(data)

    @singledispatchmethod
    def _read(self, data: Event) -> None:
        """Pass over an event that says nothing of this."""

    @_read.register
    def _(self, data: DisputeOpened) -> None:
        adopted = parse_shares(data.adopted) if data.adopted else {}
        dispute = self.opened[data.dispute] = Dispute(data.asset, frozenset(data.parties), adopted)
        dispute.take_position(data.opened_by, parse_shares(data.position))

    @_read.register
    def _(self, data: DisputePositionFiled) -> None:
        if dispute := self.opened.get(data.dispute):
            dispute.take_position(data.party, parse_shares(data.position))

    @_read.register
    def _(self, data: DisputeResolutionProposed) -> None:
        if dispute := self.opened.get(data.dispute):
            dispute.outcomes[data.resolution_hash] = Outcome(data.outcome, data.basis, {data.party})

    @_read.register
    def _(self, data: DisputeResolutionConfirmed) -> None:
        dispute = self.opened.get(data.dispute)
        if dispute and (outcome := dispute.outcomes.get(data.resolution_hash)):
            outcome.said_by.add(data.party)
