"""A party, as its events made it."""

import msgspec

from services.agreements.creation import origin_of
from services.agreements.parties.errors import PartyNotFound
from shared.contracts.party import PartyKind, PartyRegistered
from shared.log.aggregate import Aggregate
from shared.log.events import Event


class Party(msgspec.Struct, frozen=True, kw_only=True):
    party: str
    kind: PartyKind
    legal_name: str
    country: str
    ror: str | None
    lei: str | None
    local_ids: tuple[str, ...]
    origin: str


def evolve(state: Party | None, event: Event) -> Party:
    match event:
        case PartyRegistered():
            return Party(
                party=event.party,
                kind=event.kind,
                legal_name=event.legal_name,
                country=event.country,
                ror=event.ror,
                lei=event.lei,
                local_ids=event.local_ids,
                origin=origin_of(event),
            )
    assert state is not None
    return state


PARTY = Aggregate("party", Party, evolve, PartyNotFound)
