"""What happens to parties: the organisations that agree, own and are told."""

from typing import Literal

from shared.log.events import Event, event

PartyKind = Literal["UNIVERSITY", "APPLIED_RESEARCH_INSTITUTE", "COMPANY", "GOVERNMENT", "FUNDER", "OTHER"]


@event("agreements.PartyRegistered.v1", entity="party")
class PartyRegistered(Event, frozen=True, kw_only=True):
    """An operator entered an organisation; it belongs to no agreement yet."""

    party: str
    kind: PartyKind
    legal_name: str
    country: str
    ror: str | None
    lei: str | None
    local_ids: tuple[str, ...]
