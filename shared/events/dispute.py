"""What happens to a dispute about an asset, from the claim that opens it to its end.

What it forbids meanwhile is told on the asset's own stream: `AssetFrozen`, `AssetUnfrozen`.
"""

from datetime import date
from typing import Literal

from shared.events.registry import Event, event
from shared.events.terms import LadderStep, Rung

DisputeKind = Literal["AUTHORSHIP", "SHARE", "HOLDER"]
DisputeBasis = Literal["SETTLEMENT", "EXPERT", "MEDIATION", "ARBITRATION", "COURT"]


@event("agreements.DisputeOpened.v1", entity="dispute")
class DisputeOpened(Event, frozen=True, kw_only=True):
    """A party claims other shares; the adopted shares, if any, count as a position too.

    `position` is a full share vector. The ladder is that of the terms on the day; its first step runs to `due_on`,
    None if it has no clock.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    kind: DisputeKind
    opened_by: str
    person: str
    position: dict[str, str]
    adopted: dict[str, str] | None
    element: str | None
    summary_hash: str
    opened_on: date
    ladder: tuple[Rung, ...]
    step: LadderStep
    due_on: date | None


@event("agreements.DisputePositionFiled.v1", entity="dispute")
class DisputePositionFiled(Event, frozen=True, kw_only=True):
    """A party said which shares are right in its view; it replaces the party's earlier position."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    party: str
    person: str
    position: dict[str, str]


@event("agreements.DisputeEvidenceFiled.v1", entity="dispute")
class DisputeEvidenceFiled(Event, frozen=True, kw_only=True):
    """A party put a document in evidence; the document stays outside the log."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    party: str
    person: str
    hash: str


@event("agreements.DisputeEscalated.v1", entity="dispute")
class DisputeEscalated(Event, frozen=True, kw_only=True):
    """The dispute went on to another step of the ladder (`rung` counts from 0): its clock ran out.

    Evidence for the step before is taken no more.
    """

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    step: LadderStep
    rung: int
    started_on: date
    due_on: date | None


@event("agreements.DisputeResolutionProposed.v1", entity="dispute")
class DisputeResolutionProposed(Event, frozen=True, kw_only=True):
    """A party laid down an outcome, which is its own assent; `resolution_hash` binds outcome, basis and document."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    outcome: dict[str, str]
    basis: DisputeBasis
    document_hash: str
    resolution_hash: str
    party: str
    person: str


@event("agreements.DisputeResolutionConfirmed.v1", entity="dispute")
class DisputeResolutionConfirmed(Event, frozen=True, kw_only=True):
    """A party confirmed exactly the outcome with this hash."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    resolution_hash: str
    party: str
    person: str


@event("agreements.DisputeResolved.v1", entity="dispute")
class DisputeResolved(Event, frozen=True, kw_only=True):
    """The outcome stands; the asset's stream tells by `DeterminationAdopted` that it is the asset's shares."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    outcome: dict[str, str]
    basis: DisputeBasis
    document_hash: str
    determination: str


@event("agreements.DisputeWithdrawn.v1", entity="dispute")
class DisputeWithdrawn(Event, frozen=True, kw_only=True):
    """The party that opened the dispute gave it up; the shares stay what they were."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    party: str
    reason: str


@event("agreements.DisputeLapsed.v1", entity="dispute")
class DisputeLapsed(Event, frozen=True, kw_only=True):
    """The ladder ended without an outcome; the shares stay what they were."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    lapsed_on: date
