"""A dispute, as its events made it, and when its ladder's clock runs out."""

from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.disputes.errors import DisputeNotFound
from shared.calendar import days_after
from shared.events.dispute import (
    DisputeBasis,
    DisputeEscalated,
    DisputeEvidenceFiled,
    DisputeKind,
    DisputeLapsed,
    DisputeOpened,
    DisputePositionFiled,
    DisputeResolutionConfirmed,
    DisputeResolutionProposed,
    DisputeResolved,
    DisputeWithdrawn,
)
from shared.events.registry import Event
from shared.events.terms import LadderStep, Rung
from shared.log.aggregate import Aggregate


class DisputeStatus(StrEnum):
    OPENED = "OPENED"
    EVIDENCE = "EVIDENCE"
    ESCALATED = "ESCALATED"
    RESOLVED = "RESOLVED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    party: str
    hash: str
    step: LadderStep


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome, and who has confirmed it: by party, its proposer first."""

    outcome: dict[str, str]
    basis: DisputeBasis
    document_hash: str
    resolution_hash: str
    confirmed_by: dict[str, str]


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    dispute: str
    agreement: str
    project: str
    parties: tuple[str, ...]
    asset: str
    kind: DisputeKind
    opened_by: str
    opened_on: date
    element: str | None
    summary_hash: str
    # What whoever opened it said at first.
    claimed: dict[str, str]
    # The newest position of each party, and the shares that were adopted when the dispute was opened.
    positions: dict[str, dict[str, str]]
    adopted: dict[str, str] | None
    evidence: tuple[Evidence, ...]
    ladder: tuple[Rung, ...]
    rung: int
    step: LadderStep
    due_on: date | None
    resolution: Resolution | None
    withdrawn_because: str | None
    status: DisputeStatus

    @property
    def taking_part(self) -> frozenset[str]:
        """Whom it was about when it was opened, and whom somebody has named since: by a position or by an outcome."""
        named = {holder for position in self.positions.values() for holder in position}
        outcome = self.resolution.outcome if self.resolution else ()
        return frozenset({*self.parties, *self.positions, *named, *outcome})

    @property
    def is_open(self) -> bool:
        return self.status in {DisputeStatus.OPENED, DisputeStatus.EVIDENCE, DisputeStatus.ESCALATED}


_ENDED = {
    DisputeResolved: DisputeStatus.RESOLVED,
    DisputeWithdrawn: DisputeStatus.WITHDRAWN,
    DisputeLapsed: DisputeStatus.LAPSED,
}


def evolve(state: Dispute | None, event: Event) -> Dispute:
    if isinstance(event, DisputeOpened):
        return _opened(event)
    assert state is not None
    changes: dict[str, object] = {}
    match event:
        case DisputePositionFiled():
            changes["positions"] = {**state.positions, event.party: event.position}
        case DisputeEvidenceFiled():
            filed = Evidence(party=event.party, hash=event.hash, step=state.step)
            changes["evidence"] = (*state.evidence, filed)
            if state.status is DisputeStatus.OPENED:
                changes["status"] = DisputeStatus.EVIDENCE
        case DisputeEscalated():
            changes |= {"step": event.step, "rung": event.rung, "due_on": event.due_on}
            changes["status"] = DisputeStatus.ESCALATED
        case DisputeResolutionProposed():
            changes["resolution"] = _resolution(event)
        case DisputeResolutionConfirmed() if state.resolution is not None:
            confirmed_by = {**state.resolution.confirmed_by, event.party: event.person}
            changes["resolution"] = msgspec.structs.replace(state.resolution, confirmed_by=confirmed_by)
        case DisputeResolved() | DisputeWithdrawn() | DisputeLapsed():
            changes["status"] = _ENDED[type(event)]
            changes["withdrawn_because"] = event.reason if isinstance(event, DisputeWithdrawn) else None
    return msgspec.structs.replace(state, **changes)


def next_due(state: Dispute) -> date | None:
    """Return the day after the last one of the ladder's step; None if it has no clock, or the dispute is over."""
    return state.due_on if state.is_open else None


def due_after(rung: Rung, start: date) -> date | None:
    return None if rung.days is None else days_after(start, rung.days)


def _resolution(event: DisputeResolutionProposed) -> Resolution:
    return Resolution(
        outcome=event.outcome,
        basis=event.basis,
        document_hash=event.document_hash,
        resolution_hash=event.resolution_hash,
        confirmed_by={event.party: event.person},
    )


def _opened(event: DisputeOpened) -> Dispute:
    return Dispute(
        dispute=event.dispute,
        agreement=event.agreement,
        project=event.project,
        parties=event.parties,
        asset=event.asset,
        kind=event.kind,
        opened_by=event.opened_by,
        opened_on=event.opened_on,
        element=event.element,
        summary_hash=event.summary_hash,
        claimed=event.position,
        positions={event.opened_by: event.position},
        adopted=event.adopted,
        evidence=(),
        ladder=event.ladder,
        rung=0,
        step=event.step,
        due_on=event.due_on,
        resolution=None,
        withdrawn_because=None,
        status=DisputeStatus.OPENED,
    )


DISPUTE = Aggregate("dispute", Dispute, evolve, DisputeNotFound)
