"""A party as callers see it."""

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.parties.model import PARTY, PartyStatus, Representation
from services.agreements.things import Can, Thing
from shared.events.party import PartyKind


class PartyView(msgspec.Struct, frozen=True, kw_only=True):
    party: str
    kind: PartyKind
    legal_name: str
    country: str
    ror: str | None
    lei: str | None
    local_ids: tuple[str, ...]
    status: PartyStatus
    representatives: dict[str, Representation]
    version: int
    can: Can | UnsetType = UNSET


PARTIES = Thing(PARTY, PartyView, "/v1/parties/{party}")
