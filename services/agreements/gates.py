"""What is asked before a command is decided, as data: it admits commands, declares refusals, says what can be done."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.errors import (
    AgreementNotActive,
    AgreementNotInEffect,
    PartyHasLeft,
    PartyIsInactive,
    PowerMissing,
)
from shared.errors import DomainError
from shared.events.background import AccessPurpose
from shared.events.party import Power


class Standing(StrEnum):
    """How the agreement has to stand for a command to be possible."""

    ANY = "however it stands"
    # What arose under an agreement outlives it.
    TOOK_EFFECT = "took effect once"
    # For what is recorded late: what was conceived before the end still counts, what is dated after it does not.
    WAS_IN_EFFECT = "was in effect on the day it is about"
    IN_EFFECT = "in effect, its end not reached"
    ACTIVE = "active"
    # What is held outlives the agreement, and so does its licensing where the parties said that it does.
    LICENSING = "active, or its clause `LICENSING` survives"
    # Stricter on the day of the end, which is recorded in the course of it.
    ACTIVE_TODAY = "active, its end not reached"


# Where also the day counts, and not the status alone.
_OF_A_DAY = frozenset({Standing.WAS_IN_EFFECT, Standing.IN_EFFECT, Standing.ACTIVE_TODAY})


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What a command takes of whoever gives it, and of the agreement under which it is given."""

    # The power that a party's representative needs, once the party has named any.
    power: Power | None
    # Whether it is something new, in which an inactive party takes no part.
    new: bool = False
    # Where access to background is asked for, by what for; that is asked last.
    standing: Standing | Mapping[AccessPurpose, Standing]
    # Whether who has left the agreement may do it no more.
    member: bool = False
    # Whether the decision itself asks how the agreement stands, among what it looks at: it answers first what is so
    # already, or names all that stands in the way.
    late: bool = False

    def standing_for(self, purpose: AccessPurpose | None) -> Standing:
        """Return how the agreement has to stand; where that depends on a purpose that is still open, anyhow."""
        if isinstance(self.standing, Standing):
            return self.standing
        return self.standing[purpose] if purpose else Standing.ANY

    @property
    def by_purpose(self) -> bool:
        return not isinstance(self.standing, Standing)

    @property
    def refusals(self) -> tuple[type[DomainError], ...]:
        """What whoever does not get through is told."""
        asked = {PowerMissing: self.power is not None, PartyIsInactive: self.new}
        return (*self.refusals_of_agreement, *_asked(asked))

    @property
    def refusals_of_agreement(self) -> tuple[type[DomainError], ...]:
        """What is told of these where the agreement does not stand as it has to, or the party has left it."""
        standings = {self.standing} if isinstance(self.standing, Standing) else {*self.standing.values()}
        asked = {
            AgreementNotActive: bool(standings - {Standing.ANY, Standing.IN_EFFECT}),
            AgreementNotInEffect: bool(standings & _OF_A_DAY),
            PartyHasLeft: self.member,
        }
        return _asked(asked)


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to do something, when, and what it is about as far as a gate asks."""

    person: str
    party: str
    today: date
    # The legal day that it is about; None while that is open, when any that the agreement covers will do.
    about: date | None = None
    # What access to background is for; None while that is open.
    purpose: AccessPurpose | None = None


def _asked(refusals: Mapping[type[DomainError], bool]) -> tuple[type[DomainError], ...]:
    return tuple(refusal for refusal, asked in refusals.items() if asked)
