"""What happens in a project once it runs: what parties put in, what was reached, what may not be shared.

The stream is `progress:<project>`, beside the project's own, so that reports never stand in the way of decisions.
"""

from datetime import date
from typing import Literal

from shared.events.registry import Event, event
from shared.events.values import Money

ResourceKind = Literal["CASH", "IN_KIND", "FACILITY"]
ScreeningResult = Literal["CLEAR", "RESTRICTED", "LICENCE_REQUIRED"]


@event("agreements.ResourceCommitted.v1", entity="progress")
class ResourceCommitted(Event, frozen=True, kw_only=True):
    """A party promised the project money, work or the use of something."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    party: str
    commitment: str
    kind: ResourceKind
    money: Money | None
    note: str | None


@event("agreements.MilestoneReached.v1", entity="progress")
class MilestoneReached(Event, frozen=True, kw_only=True):
    """A party reported a milestone, with evidence."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    party: str
    code: str
    reached_on: date
    evidence_hash: str


@event("agreements.DeliverableAccepted.v1", entity="progress")
class DeliverableAccepted(Event, frozen=True, kw_only=True):
    """A party accepted a deliverable as it is in the document with this hash."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    party: str
    code: str
    document_hash: str


@event("agreements.ExportScreeningRecorded.v1", entity="progress")
class ExportScreeningRecorded(Event, frozen=True, kw_only=True):
    """A party screened the project, or one person in it, under a regime; its newest result of each counts.

    Unless it is CLEAR, nothing may be shared. `valid_to` is the day from which a CLEAR must be renewed.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    party: str
    regime: str
    classification: str
    result: ScreeningResult
    person: str | None
    valid_to: date | None
