"""What every command brings with it: who commands, on which legal day, and by which gate it is admitted."""

from datetime import date
from typing import ClassVar

import msgspec

from services.agreements.gates import Asking, Gate
from shared.events.background import AccessPurpose


class Representative(msgspec.Struct, frozen=True):
    """A person who speaks for a party."""

    person: str
    party: str


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A wish, complete: deciding on it needs nothing but the states it concerns."""

    gate: ClassVar[Gate]

    by: Representative
    today: date

    @property
    def about(self) -> date:
        """The legal day that it is about."""
        return self.today

    def asking(self, purpose: AccessPurpose | None = None) -> Asking:
        """Return what a gate asks about it."""
        by = self.by
        return Asking(person=by.person, party=by.party, today=self.today, about=self.about, purpose=purpose)


class HoldersCommand(Command, frozen=True, kw_only=True):
    """What a holder says itself, or has said for it by the party that controls it."""

    holder: str
