"""A party as callers see it."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.parties.model import PARTY, Party, PartyStatus, Representation
from services.agreements.things import Can, Found, Thing
from shared.events.party import PartyKind


class PartyView(msgspec.Struct, frozen=True, kw_only=True):
    party: str
    kind: PartyKind
    """What sort of organisation it is."""
    legal_name: str
    country: str
    ror: str | None
    lei: str | None
    local_ids: tuple[str, ...]
    status: PartyStatus
    representatives: dict[str, Representation]
    version: int
    can: Can | UnsetType = UNSET


def _found_by(state: Party, _since: date) -> Found:
    """Return by what it is found in lists."""
    return {"status": (state.status,)}


PARTIES = Thing(PARTY, PartyView, "/v1/parties/{party}", _found_by)
