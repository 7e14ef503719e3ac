"""A party, as its events made it."""

from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.creation import origin_of
from services.agreements.parties.errors import PartyNotFound
from shared.events.party import (
    PartyDeactivated,
    PartyKind,
    PartyReactivated,
    PartyRegistered,
    PartyVerified,
    Power,
    RepresentativeAppointed,
    RepresentativeRevoked,
    VerificationMethod,
)
from shared.events.registry import Event
from shared.events.values import Period
from shared.log.aggregate import Aggregate


class PartyStatus(StrEnum):
    REGISTERED = "REGISTERED"
    VERIFIED = "VERIFIED"
    INACTIVE = "INACTIVE"


class Representation(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may do for the party, and on which days."""

    powers: tuple[Power, ...]
    period: Period

    def allows(self, power: Power, day: date) -> bool:
        return power in self.powers and self.period.covers(day)


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """How an operator found that an organisation is who it says."""

    method: VerificationMethod
    evidence_hash: str


class Party(msgspec.Struct, frozen=True, kw_only=True):
    party: str
    kind: PartyKind
    legal_name: str
    country: str
    ror: str | None
    lei: str | None
    local_ids: tuple[str, ...]
    status: PartyStatus
    # By person. Whoever was revoked stays, so that a party that once named its representatives always has.
    representatives: dict[str, Representation]
    verification: Verification | None
    deactivated_because: str | None
    reactivated_because: str | None
    origin: str


def evolve(state: Party | None, event: Event) -> Party:
    if isinstance(event, PartyRegistered):
        return Party(
            party=event.party,
            kind=event.kind,
            legal_name=event.legal_name,
            country=event.country,
            ror=event.ror,
            lei=event.lei,
            local_ids=event.local_ids,
            status=PartyStatus.REGISTERED,
            representatives={},
            verification=None,
            deactivated_because=None,
            reactivated_because=None,
            origin=origin_of(event),
        )
    assert state is not None
    changes: dict[str, object] = {}
    match event:
        case PartyVerified():
            changes["status"] = PartyStatus.VERIFIED
            changes["verification"] = Verification(method=event.method, evidence_hash=event.evidence_hash)
        case PartyDeactivated():
            changes["status"] = PartyStatus.INACTIVE
            changes["deactivated_because"] = event.reason
        case PartyReactivated():
            changes["status"] = PartyStatus.VERIFIED if state.verification else PartyStatus.REGISTERED
            changes["reactivated_because"] = event.reason
        case RepresentativeAppointed():
            named = Representation(powers=event.powers, period=event.period)
            changes["representatives"] = {**state.representatives, event.person: named}
        case RepresentativeRevoked() if known := state.representatives.get(event.person):
            ended = msgspec.structs.replace(known, period=Period(start=known.period.start, end=event.to))
            changes["representatives"] = {**state.representatives, event.person: ended}
    return msgspec.structs.replace(state, **changes)


PARTY = Aggregate("party", Party, evolve, PartyNotFound)
