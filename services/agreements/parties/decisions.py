"""What may be done with a party, and what then happened."""

import msgspec

from services.agreements.creation import create
from services.agreements.parties.model import Party
from shared.contracts.party import PartyKind, PartyRegistered
from shared.log.events import Event


class RegisterParty(msgspec.Struct, frozen=True, kw_only=True):
    """An operator's command: operators speak for no party."""

    party: str
    kind: PartyKind
    legal_name: str
    country: str
    ror: str | None = None
    lei: str | None = None
    local_ids: tuple[str, ...] = ()


def register_party(state: Party | None, command: RegisterParty) -> tuple[Event, ...]:
    registered = PartyRegistered(
        party=command.party,
        kind=command.kind,
        legal_name=command.legal_name,
        country=command.country,
        ror=command.ror,
        lei=command.lei,
        local_ids=command.local_ids,
    )
    return create(state, registered, party=command.party)
