"""An invention, as its events made it; its determination is part of it."""

from datetime import date
from enum import StrEnum
from typing import Any, Literal

import msgspec

from services.agreements.creation import origin_of
from services.agreements.inventions.errors import InventionNotFound
from services.agreements.ownership.account import Account, Movement, Regime, with_regime, without
from shared.contracts.dispute import DisputeKind
from shared.contracts.invention import (
    AssetFrozen,
    AssetLicensed,
    AssetUnfrozen,
    DeterminationAdopted,
    DeterminationAttested,
    DeterminationProposed,
    DeterminationRejected,
    Element,
    InventionClass,
    InventionContributionCounted,
    InventionContributionDropped,
    InventionDisclosed,
    InventionElementsDefined,
    OwnershipTransferred,
    Redetermination,
    TransferRescinded,
)
from shared.contracts.licence import LicenceKind, Scope
from shared.contracts.terms import Act
from shared.log.aggregate import Aggregate
from shared.log.events import Event


class InventionStatus(StrEnum):
    DISCLOSED = "DISCLOSED"
    UNDER_DETERMINATION = "UNDER_DETERMINATION"
    DETERMINED = "DETERMINED"


class OpenDetermination(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that waits for the other parties."""

    determination: str
    version: int
    inputs_hash: str
    det_hash: str
    shares: dict[str, str]
    proposed_by_party: str
    proposed_by: str
    attesting_parties: tuple[str, ...]
    attested_by: dict[str, str]
    mode: Redetermination = "AB_INITIO"
    effective_on: date | None = None


class AdoptedDetermination(msgspec.Struct, frozen=True, kw_only=True):
    """The determination that says whose the invention is."""

    determination: str
    version: int
    inputs_hash: str
    det_hash: str
    shares: dict[str, str]
    effective_on: date
    mode: Redetermination = "AB_INITIO"


class Freeze(msgspec.Struct, frozen=True, kw_only=True):
    """An open dispute, and which acts it forbids meanwhile."""

    kind: DisputeKind
    actions: tuple[Act, ...]


class Burden(msgspec.Struct, frozen=True, kw_only=True):
    """A granted licence, and what it reaches of this asset and of others."""

    kind: LicenceKind
    licensee: str
    scope: Scope


class Invention(msgspec.Struct, frozen=True, kw_only=True):
    invention: str
    agreement: str
    project: str
    parties: tuple[str, ...]
    title: str | None
    title_hash: str | None
    conceived_on: date
    disclosed_on: date
    class_: InventionClass = msgspec.field(name="class")
    confidentiality: Literal["OPEN", "CONFIDENTIAL"]
    status: InventionStatus
    elements: tuple[Element, ...]
    # The element each counting contribution went into; bounded by TooManyContributions.
    counted: dict[str, str]
    open: OpenDetermination | None
    adopted: AdoptedDetermination | None
    # By replay of this, whose the invention is on any day.
    account: Account
    # The open disputes, by their ids.
    disputes: dict[str, Freeze]
    # The granted licences, by their ids: what of them is over, their periods say.
    licences: dict[str, Burden]
    origin: str

    @property
    def frozen(self) -> frozenset[Act]:
        """The acts that disputes forbid now."""
        return frozenset(act for freeze in self.disputes.values() for act in freeze.actions)


def evolve(state: Invention | None, event: Event) -> Invention:
    if isinstance(event, InventionDisclosed):
        return _disclosed(event)
    assert state is not None
    changes: dict[str, Any] = {}
    match event:
        case InventionElementsDefined():
            changes = {**_void(state), "elements": event.elements}
        case InventionContributionCounted():
            changes = {**_void(state), "counted": {**state.counted, event.contribution: event.element}}
        case InventionContributionDropped():
            left = {name: element for name, element in state.counted.items() if name != event.contribution}
            changes = {**_void(state), "counted": left}
        case DeterminationProposed():
            changes = {"open": _opened(event), "status": InventionStatus.UNDER_DETERMINATION}
        case DeterminationAttested() if state.open is not None:
            attested_by = {**state.open.attested_by, event.party: event.person}
            changes = {"open": msgspec.structs.replace(state.open, attested_by=attested_by)}
        case DeterminationRejected():
            changes = _void(state)
        case DeterminationAdopted():
            changes = {"open": None, "adopted": _adopted(event), "status": InventionStatus.DETERMINED}
            changes["account"] = with_regime(state.account, regime_of(event))
        case _:
            changes = _evolve_ownership(state, event)
    return msgspec.structs.replace(state, **changes)


def _evolve_ownership(state: Invention, event: Event) -> dict[str, Any]:
    """Return what transfers, disputes and licences change."""
    match event:
        case OwnershipTransferred():
            movements = (*state.account.movements, movement_of(event))
            return {"account": msgspec.structs.replace(state.account, movements=movements)}
        case TransferRescinded():
            return {"account": without(state.account, event.transfer)}
        case AssetFrozen():
            freeze = Freeze(kind=event.kind, actions=event.actions)
            return {"disputes": {**state.disputes, event.dispute: freeze}}
        case AssetUnfrozen():
            return {"disputes": {name: each for name, each in state.disputes.items() if name != event.dispute}}
        case AssetLicensed():
            burden = Burden(kind=event.kind, licensee=event.licensee, scope=event.scope)
            return {"licences": {**state.licences, event.licence: burden}}
    return {}


def movement_of(event: OwnershipTransferred) -> Movement:
    return Movement(
        transfer=event.transfer,
        source=event.source,
        to=event.to,
        amount=event.amount,
        effective_on=event.effective_on,
    )


def regime_of(event: DeterminationAdopted) -> Regime:
    start = event.effective_on if event.mode == "PROSPECTIVE" else event.conceived_on
    return Regime(determination=event.determination, start=start, shares=event.shares)


def _void(state: Invention) -> dict[str, Any]:
    """Return what an open determination's end changes: whatever it was computed from is no longer so."""
    return {"open": None, "status": InventionStatus.DETERMINED if state.adopted else InventionStatus.DISCLOSED}


def _disclosed(event: InventionDisclosed) -> Invention:
    return Invention(
        invention=event.invention,
        agreement=event.agreement,
        project=event.project,
        parties=event.parties,
        title=event.title,
        title_hash=event.title_hash,
        conceived_on=event.conceived_on,
        disclosed_on=event.disclosed_on,
        class_=event.class_,
        confidentiality=event.confidentiality,
        status=InventionStatus.DISCLOSED,
        elements=(),
        counted={},
        open=None,
        adopted=None,
        account=Account(conceived_on=event.conceived_on),
        disputes={},
        licences={},
        origin=origin_of(event),
    )


def _opened(event: DeterminationProposed) -> OpenDetermination:
    return OpenDetermination(
        determination=event.determination,
        version=event.version,
        inputs_hash=event.inputs_hash,
        det_hash=event.det_hash,
        shares=event.shares,
        proposed_by_party=event.proposed_by_party,
        proposed_by=event.proposed_by,
        attesting_parties=event.attesting_parties,
        attested_by={},
        mode=event.mode,
        effective_on=event.effective_on,
    )


def _adopted(event: DeterminationAdopted) -> AdoptedDetermination:
    return AdoptedDetermination(
        determination=event.determination,
        version=event.version,
        inputs_hash=event.inputs_hash,
        det_hash=event.det_hash,
        shares=event.shares,
        effective_on=event.effective_on,
        mode=event.mode,
    )


INVENTION = Aggregate("invention", Invention, evolve, InventionNotFound)
