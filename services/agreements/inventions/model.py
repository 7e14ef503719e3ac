"""An invention, as its events made it; its determination is part of it."""

from datetime import date
from enum import StrEnum
from typing import Any, Literal

import msgspec

from services.agreements.creation import origin_of
from services.agreements.inventions.errors import InventionIsRetired, InventionNotFound
from services.agreements.notices.model import Silence, last_days, over_after
from services.agreements.ownership.account import Account, Movement, Regime, with_regime, without
from shared.calendar import day_after
from shared.events.dispute import DisputeKind
from shared.events.invention import (
    AssetFrozen,
    AssetLicensed,
    AssetUnfrozen,
    DeterminationAdopted,
    DeterminationAttestationDeemed,
    DeterminationAttested,
    DeterminationEscalated,
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
from shared.events.licence import LicenceKind, Scope
from shared.events.registry import Event
from shared.events.retirement import (
    InventionRetired,
    RetirementConsentGiven,
    RetirementOpposed,
    RetirementProposed,
)
from shared.events.terms import Act, CalendarTerms, ConsentRule, NoticeMethod
from shared.log.aggregate import Aggregate


class InventionStatus(StrEnum):
    DISCLOSED = "DISCLOSED"
    UNDER_DETERMINATION = "UNDER_DETERMINATION"
    DETERMINED = "DETERMINED"
    RETIRED = "RETIRED"


class OpenDetermination(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that waits for the other parties."""

    determination: str
    version: int
    """The number of the determination of this invention, from 1."""
    inputs_hash: str
    det_hash: str
    shares: dict[str, str]
    proposed_by_party: str
    proposed_by: str
    attesting_parties: tuple[str, ...]
    attested_by: dict[str, str]
    mode: Redetermination = "AB_INITIO"
    effective_on: date | None = None
    """The legal day from which the shares are to hold; null for the day of conception."""
    # After which day silence attests, or how many days after notice by what, and whose did.
    deemed_on: date | None = None
    deemed_after: int | None = None
    notice_method: NoticeMethod = "INBOX"
    deemed: tuple[str, ...] = ()
    silence: Silence | None = None
    """Until when silence about it attests nothing yet, by the notice that there is; null where it never does."""

    @property
    def silent(self) -> tuple[str, ...]:
        """The parties that were asked and have not attested."""
        return tuple(each for each in self.attesting_parties if each not in {*self.attested_by, *self.deemed})

    @property
    def silent_until(self) -> dict[str, date]:
        """The last day on which each party may speak that was asked and has not attested, as far as it is on notice."""
        return last_days(self.silent, said_day=self.deemed_on, silence=self.silence)


class AdoptedDetermination(msgspec.Struct, frozen=True, kw_only=True):
    """The determination that says whose the invention is."""

    determination: str
    version: int
    """The number of the determination of this invention, from 1."""
    inputs_hash: str
    det_hash: str
    shares: dict[str, str]
    effective_on: date
    mode: Redetermination = "AB_INITIO"


class Retirement(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal to give the invention up, and who has consented: by party, its proposer first."""

    proposed_by_party: str
    reason: str
    """Why the invention is to be given up."""
    rule: ConsentRule
    """What giving it up needs from the other holders."""
    noticed_on: date
    retires_on: date | None
    consents: dict[str, str]
    """Who consented: the person, by holder; its proposer first."""
    notice_method: NoticeMethod | None = None
    notice_to: tuple[str, ...] = ()
    calendar: CalendarTerms | None = None
    silence: Silence | None = None
    """Until when those may oppose that are on notice of it; null where the rule gives no time, or a day is said."""

    @property
    def silent_until(self) -> dict[str, date]:
        """The last day of each holder that is on notice and has not consented."""
        known = self.silence.until if self.silence else {}
        return {holder: known[holder] for holder in self.notice_to if holder in known and holder not in self.consents}

    @property
    def due_on(self) -> date | None:
        """The day on which the invention is given up by itself; None while somebody is not on notice, or for never."""
        if self.notice_method is None:
            return self.retires_on
        return day_after(over_after(self.silence, (each for each in self.notice_to if each not in self.consents)))

    @classmethod
    def of(cls, event: RetirementProposed) -> "Retirement":
        return cls(
            proposed_by_party=event.party,
            reason=event.reason,
            rule=event.rule,
            noticed_on=event.noticed_on,
            retires_on=event.retires_on,
            consents={event.party: event.person},
            notice_method=event.notice_method,
            notice_to=event.notice_to,
            calendar=event.calendar,
        )


class Freeze(msgspec.Struct, frozen=True, kw_only=True):
    """An open dispute, and which acts it forbids meanwhile."""

    kind: DisputeKind
    """What is disputed: who contributed (`AUTHORSHIP`), how large the shares are (`SHARE`) or who holds one
    (`HOLDER`).
    """
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
    # When its parties are told that its shares are still not determined.
    escalates_on: date | None
    retirement: Retirement | None
    retired_on: date | None
    retired_because: str | None
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
        case DeterminationRejected():
            changes = _void(state)
        case DeterminationAdopted():
            # Others may hold it now than those who were asked whether to give it up.
            changes = {"open": None, "escalates_on": None, "retirement": None}
            changes |= {"adopted": _adopted(event), "status": InventionStatus.DETERMINED}
            changes["account"] = with_regime(state.account, regime_of(event))
        case _:
            changes = _evolve_determination(state, event)
    return msgspec.structs.replace(state, **changes)


def _evolve_determination(state: Invention, event: Event) -> dict[str, Any]:
    """Return what changes while shares wait to be determined."""
    match event:
        case DeterminationProposed():
            # Proposing does not stop the clock that runs since it was disclosed.
            escalates_on = state.escalates_on or event.escalates_on
            under = InventionStatus.UNDER_DETERMINATION
            return {"open": _opened(event), "status": under, "escalates_on": escalates_on}
        case DeterminationAttested() if state.open is not None:
            attested_by = {**state.open.attested_by, event.party: event.person}
            deemed = tuple(party for party in state.open.deemed if party != event.party)
            return {"open": msgspec.structs.replace(state.open, attested_by=attested_by, deemed=deemed)}
        case DeterminationAttestationDeemed() if state.open is not None:
            return {"open": msgspec.structs.replace(state.open, deemed=(*state.open.deemed, event.party))}
        case DeterminationEscalated():
            return {"escalates_on": None}
    return _evolve_ownership(state, event)


def _evolve_ownership(state: Invention, event: Event) -> dict[str, Any]:
    """Return what transfers, disputes and licences change."""
    match event:
        case OwnershipTransferred():
            movements = (*state.account.movements, movement_of(event))
            account = msgspec.structs.replace(state.account, movements=movements)
            return {"account": account, "retirement": None}
        case TransferRescinded():
            return {"account": without(state.account, event.transfer), "retirement": None}
        case AssetFrozen():
            freeze = Freeze(kind=event.kind, actions=event.actions)
            # Nobody is silent in a dispute.
            spoken = {"deemed_on": None, "deemed_after": None, "silence": None}
            opened = msgspec.structs.replace(state.open, **spoken) if state.open else None
            return {"disputes": {**state.disputes, event.dispute: freeze}, "open": opened, "retirement": None}
        case AssetUnfrozen():
            return {"disputes": {name: each for name, each in state.disputes.items() if name != event.dispute}}
        case AssetLicensed():
            burden = Burden(kind=event.kind, licensee=event.licensee, scope=event.scope)
            return {"licences": {**state.licences, event.licence: burden}}
    return _evolve_retirement(state, event)


def _evolve_retirement(state: Invention, event: Event) -> dict[str, Any]:
    """Return what changes on the way to giving the invention up."""
    match event:
        case RetirementProposed():
            return {"retirement": Retirement.of(event)}
        case RetirementConsentGiven() if state.retirement is not None:
            consents = {**state.retirement.consents, event.party: event.person}
            return {"retirement": msgspec.structs.replace(state.retirement, consents=consents)}
        case RetirementOpposed():
            return {"retirement": None}
        case InventionRetired():
            ended = {"open": None, "retirement": None, "escalates_on": None}
            retired = {"retired_on": event.retired_on, "retired_because": event.reason}
            return {**ended, **retired, "status": InventionStatus.RETIRED}
    return {}


def next_due(state: Invention) -> date | None:
    """Return the next day on which time alone does something to the determination of an invention."""
    days = [state.escalates_on, silence_due(state)]
    return min((day for day in days if day is not None), default=None)


def silence_due(state: Invention) -> date | None:
    """Return the day after the last one on which a party may still speak about the open determination."""
    return day_after(min(state.open.silent_until.values(), default=None)) if state.open else None


def check_not_retired(state: Invention) -> None:
    if state.status is InventionStatus.RETIRED:
        raise InventionIsRetired(invention=state.invention, retired_on=str(state.retired_on))


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
    if state.adopted:
        return {"open": None, "status": InventionStatus.DETERMINED, "escalates_on": None}
    return {"open": None, "status": InventionStatus.DISCLOSED}


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
        escalates_on=event.escalates_on,
        retirement=None,
        retired_on=None,
        retired_because=None,
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
        deemed_on=event.deemed_on,
        deemed_after=event.deemed_after,
        notice_method=event.notice_method,
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
