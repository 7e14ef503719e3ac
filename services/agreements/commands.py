"""What every command brings with it: who commands, and on which legal day."""

from datetime import date

import msgspec


class Representative(msgspec.Struct, frozen=True):
    """A person who speaks for a party."""

    person: str
    party: str


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A wish, complete: deciding on it needs nothing but the states it concerns."""

    by: Representative
    today: date


class HoldersCommand(Command, frozen=True, kw_only=True):
    """What a holder says itself, or has said for it by the party that controls it."""

    holder: str
