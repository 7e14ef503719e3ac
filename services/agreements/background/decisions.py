"""What may be done with background, and what then happened."""

from datetime import date
from typing import Any

import msgspec

from services.agreements.background.errors import (
    BackgroundDeclaredAlready,
    BackgroundIsContested,
    BackgroundIsWithdrawn,
    BackgroundWithdrawalBackdated,
    NotTheOwner,
    OwnBackground,
    ReferenceEmpty,
)
from services.agreements.background.model import BackgroundItem, Objection, item_id, spelling_of
from services.agreements.commands import Command
from services.agreements.contracts.model import Agreement
from services.agreements.creation import origin_of
from services.agreements.gates import Gate, Standing
from services.agreements.repetition import already
from shared.events.background import (
    AccessPurpose,
    BackgroundAgreed,
    BackgroundContested,
    BackgroundDeclared,
    BackgroundKind,
    BackgroundRestricted,
    BackgroundWithdrawn,
)
from shared.events.registry import Event

Events = tuple[Event, ...]


class DeclareBackground(Command, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", standing=Standing.ACTIVE_TODAY, member=True)

    agreement: str
    kind: BackgroundKind
    ref: str
    restrictions: tuple[str, ...] = ()
    evidence_hash: str


class AgreeToBackground(Command, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", standing=Standing.ANY, member=True)


class ContestBackground(Command, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", standing=Standing.ANY, member=True)

    reason: str


class RestrictBackground(Command, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", standing=Standing.ANY, member=True)

    restrictions: tuple[str, ...]
    excluded_purposes: tuple[AccessPurpose, ...] = ()


class WithdrawBackground(Command, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", standing=Standing.ANY, member=True)

    effective_on: date
    reason: str


def declare_background(state: BackgroundItem | None, agreement: Agreement, command: DeclareBackground) -> Events:
    """Declare an item; what another party has declared already is contested from then on."""
    if not spelling_of(command.ref):
        raise ReferenceEmpty(got=command.ref)
    if state is not None and state.owner_party != command.by.party:
        _check_not_withdrawn(state, command.today)
        claim = Objection(reason=None, claims=True, evidence_hash=command.evidence_hash)
        return _contested(state, agreement, command, claim)
    declared = BackgroundDeclared(
        agreement=agreement.agreement,
        item=item_id(agreement.agreement, command.ref),
        parties=agreement.members_on(command.today),
        owner_party=command.by.party,
        kind=command.kind,
        ref=command.ref,
        restrictions=command.restrictions,
        evidence_hash=command.evidence_hash,
    )
    if state is None:
        return (declared,)
    if state.origin == origin_of(declared):
        return ()
    raise BackgroundDeclaredAlready(item=state.item)


def agree_to_background(state: BackgroundItem, agreement: Agreement, command: AgreeToBackground) -> Events:
    _check_another(state, command)
    _check_not_withdrawn(state, command.today)
    if command.by.party in state.agreed_by:
        return ()
    return (
        BackgroundAgreed(**where(state, agreement, command.today), party=command.by.party, person=command.by.person),
    )


def contest_background(state: BackgroundItem, agreement: Agreement, command: ContestBackground) -> Events:
    _check_another(state, command)
    _check_not_withdrawn(state, command.today)
    return _contested(state, agreement, command, Objection(reason=command.reason, claims=False, evidence_hash=None))


def restrict_background(state: BackgroundItem, agreement: Agreement, command: RestrictBackground) -> Events:
    check_owner(state, command)
    _check_not_withdrawn(state, command.today)
    excluded = tuple(sorted(set(command.excluded_purposes)))
    if state.restricted and (state.restrictions, state.excluded_purposes) == (command.restrictions, excluded):
        return ()
    return (
        BackgroundRestricted(
            **where(state, agreement, command.today), restrictions=command.restrictions, excluded_purposes=excluded
        ),
    )


def withdraw_background(state: BackgroundItem, agreement: Agreement, command: WithdrawBackground) -> Events:
    check_owner(state, command)
    if state.withdrawn_on == command.effective_on:
        return already({"reason": state.withdrawn_because}, {"reason": command.reason}, item=state.item)
    if state.withdrawn_on is not None:
        raise BackgroundIsWithdrawn(got=state.withdrawn_on, item=state.item)
    if command.effective_on < command.today:
        raise BackgroundWithdrawalBackdated(expected=f"{command.today} or later", got=command.effective_on)
    return (
        BackgroundWithdrawn(
            **where(state, agreement, command.today), effective_on=command.effective_on, reason=command.reason
        ),
    )


def check_usable(state: BackgroundItem, day: date) -> None:
    """Raise unless it is clear whose an item is, and its owner still brings it in on the day."""
    if state.withdrawn_on is not None and state.withdrawn_on <= day:
        raise BackgroundIsWithdrawn(got=state.withdrawn_on, item=state.item)
    if state.contested_by:
        raise BackgroundIsContested(item=state.item, by=sorted(state.contested_by))


def check_owner(state: BackgroundItem, command: Command) -> None:
    if command.by.party != state.owner_party:
        raise NotTheOwner(expected=state.owner_party, got=command.by.party, item=state.item)


def where(state: BackgroundItem, agreement: Agreement, today: date) -> dict[str, Any]:
    """Return what every event on an item says first."""
    return {"agreement": state.agreement, "item": state.item, "parties": agreement.members_on(today)}


def _contested(state: BackgroundItem, agreement: Agreement, command: Command, why: Objection) -> Events:
    if state.contested_by.get(command.by.party) == why:
        return ()
    return (
        BackgroundContested(
            **where(state, agreement, command.today), party=command.by.party, **msgspec.structs.asdict(why)
        ),
    )


def _check_another(state: BackgroundItem, command: Command) -> None:
    if command.by.party == state.owner_party:
        raise OwnBackground(got=command.by.party, item=state.item)


def _check_not_withdrawn(state: BackgroundItem, day: date) -> None:
    if state.withdrawn_on is not None and state.withdrawn_on <= day:
        raise BackgroundIsWithdrawn(got=state.withdrawn_on, item=state.item)
