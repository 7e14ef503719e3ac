"""What may be done with a party, and what then happened."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

import msgspec

from services.agreements.creation import create
from services.agreements.errors import PartyIsInactive, PeriodEmpty, PowerMissing
from services.agreements.gates import Asking, Gate, Standing
from services.agreements.parties.errors import (
    CountryUnknown,
    LeiInvalid,
    NobodyMayAppoint,
    NotTheirRepresentatives,
    PartyIdDiffersInCase,
    PowersRepeated,
    RepresentativeUnknown,
    RorInvalid,
    TooManyRepresentatives,
)
from services.agreements.parties.model import Party, PartyStatus, Representation
from services.agreements.repetition import already
from shared.errors import DomainError
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
from shared.identifiers import is_country, is_lei, is_ror

Events = tuple[Event, ...]
MAX_REPRESENTATIVES = 200


class RegisterParty(msgspec.Struct, frozen=True, kw_only=True):
    """An operator's command: operators speak for no party."""

    gate: ClassVar[Gate] = Gate(power=None, standing=Standing.ANY)

    party: str
    kind: PartyKind
    legal_name: str
    country: str
    ror: str | None = None
    lei: str | None = None
    local_ids: tuple[str, ...] = ()


class VerifyParty(msgspec.Struct, frozen=True, kw_only=True):
    gate: ClassVar[Gate] = Gate(power=None, standing=Standing.ANY)

    operator: str
    method: VerificationMethod
    evidence_hash: str


class DeactivateParty(msgspec.Struct, frozen=True, kw_only=True):
    gate: ClassVar[Gate] = Gate(power=None, standing=Standing.ANY)

    operator: str
    reason: str


class ReactivateParty(msgspec.Struct, frozen=True, kw_only=True):
    gate: ClassVar[Gate] = Gate(power=None, standing=Standing.ANY)

    operator: str
    reason: str


class _ForRepresentatives(msgspec.Struct, frozen=True, kw_only=True):
    """A command of an operator (`by_party` is None), of whom no gate asks anything, or of a representative."""

    gate: ClassVar[Gate] = Gate(power="APPOINT", new=True, standing=Standing.ANY)

    by: str
    by_party: str | None
    today: date
    person: str


class AppointRepresentative(_ForRepresentatives, frozen=True, kw_only=True):
    powers: tuple[Power, ...]
    period: Period


class RevokeRepresentative(_ForRepresentatives, frozen=True, kw_only=True):
    to: date


def register_party(state: Party | None, command: RegisterParty, *, namesake: str | None = None) -> Events:
    if command.ror is not None and not is_ror(command.ror):
        raise RorInvalid(got=command.ror)
    if command.lei is not None and not is_lei(command.lei):
        raise LeiInvalid(got=command.lei)
    if not is_country(command.country):
        raise CountryUnknown(got=command.country)
    registered = PartyRegistered(
        party=command.party,
        kind=command.kind,
        legal_name=command.legal_name,
        country=command.country,
        ror=command.ror,
        lei=command.lei,
        local_ids=command.local_ids,
    )
    # Parties registered before this was asked stay as they are.
    if state is None and namesake is not None:
        raise PartyIdDiffersInCase(expected=namesake, got=command.party)
    return create(state, registered, party=command.party)


def verify_party(state: Party, command: VerifyParty) -> Events:
    check_not_inactive(state)
    if known := state.verification:
        recorded = {"method": known.method, "evidence_hash": known.evidence_hash}
        said = {"method": command.method, "evidence_hash": command.evidence_hash}
        return already(recorded, said, party=state.party)
    return (
        PartyVerified(
            party=state.party, by=command.operator, method=command.method, evidence_hash=command.evidence_hash
        ),
    )


def deactivate_party(state: Party, command: DeactivateParty) -> Events:
    if state.status is PartyStatus.INACTIVE:
        return already({"reason": state.deactivated_because}, {"reason": command.reason}, party=state.party)
    return (PartyDeactivated(party=state.party, by=command.operator, reason=command.reason),)


def reactivate_party(state: Party, command: ReactivateParty) -> Events:
    if state.status is not PartyStatus.INACTIVE:
        return already({"reason": state.reactivated_because}, {"reason": command.reason}, party=state.party)
    return (PartyReactivated(party=state.party, by=command.operator, reason=command.reason),)


def appoint_representative(state: Party, command: AppointRepresentative) -> Events:
    _check_may_name(state, command)
    check_not_inactive(state)
    if not command.powers or len(set(command.powers)) != len(command.powers):
        raise PowersRepeated(got=list(command.powers))
    if command.period.is_empty():
        raise PeriodEmpty(got=str(command.period))
    named = Representation(powers=command.powers, period=command.period)
    if state.representatives.get(command.person) == named:
        return ()
    if command.person not in state.representatives and len(state.representatives) >= MAX_REPRESENTATIVES:
        raise TooManyRepresentatives(expected=f"at most {MAX_REPRESENTATIVES}", party=state.party)
    _check_somebody_may_appoint(state, {**state.representatives, command.person: named}, command)
    return (
        RepresentativeAppointed(
            party=state.party,
            person=command.person,
            powers=command.powers,
            period=command.period,
            appointed_by=command.by,
        ),
    )


def revoke_representative(state: Party, command: RevokeRepresentative) -> Events:
    """End a person's powers, today or on a later day: what was done with them before was done with them."""
    _check_may_name(state, command)
    known = state.representatives.get(command.person)
    if known is None:
        raise RepresentativeUnknown(party=state.party, person=command.person)
    if command.to < command.today:
        raise PeriodEmpty(expected=f"{command.today} or later", got=command.to)
    if known.period.end is not None and known.period.end <= command.to:
        return already({"to": known.period.end}, {"to": command.to}, party=state.party, person=command.person)
    ended = msgspec.structs.replace(known, period=Period(start=known.period.start, end=command.to))
    if command.by_party is not None:
        # An operator may leave a party without anybody, and names whoever comes next.
        _check_somebody_may_appoint(state, {**state.representatives, command.person: ended}, command)
    return (RepresentativeRevoked(party=state.party, person=command.person, to=command.to, revoked_by=command.by),)


def power_refused(party: Party, gate: Gate, asking: Asking) -> DomainError | None:
    """Return what a person is refused who wants to do something for a party on a day.

    A party that has never named a representative is spoken for by whoever its issuer gives a token.
    """
    if gate.new and party.status is PartyStatus.INACTIVE:
        return PartyIsInactive(party=party.party)
    if gate.power is None or not party.representatives:
        return None
    named = party.representatives.get(asking.person)
    if named is None or not named.allows(gate.power, asking.today):
        return PowerMissing(expected=gate.power, party=party.party, person=asking.person)
    return None


def check_not_inactive(party: Party) -> None:
    if party.status is PartyStatus.INACTIVE:
        raise PartyIsInactive(party=party.party)


def _check_somebody_may_appoint(
    state: Party, after: Mapping[str, Representation], command: _ForRepresentatives
) -> None:
    """Raise NobodyMayAppoint where a party would begin with, or put itself into, the hands of an operator."""
    begins = not state.representatives
    if not begins and (command.by_party is None or not _appoints(state.representatives, command.today)):
        return
    if not _appoints(after, command.today):
        raise NobodyMayAppoint(expected="APPOINT", party=state.party, person=command.person)


def _appoints(representatives: Mapping[str, Representation], today: date) -> bool:
    return any(each.allows("APPOINT", today) for each in representatives.values())


def _check_may_name(state: Party, command: _ForRepresentatives) -> None:
    if command.by_party is None:
        return
    if command.by_party != state.party:
        raise NotTheirRepresentatives(expected=state.party, got=command.by_party)
    asking = Asking(person=command.by, party=command.by_party, today=command.today)
    if refusal := power_refused(state, command.gate, asking):
        raise refusal
