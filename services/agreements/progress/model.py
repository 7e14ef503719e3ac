"""What happens in a project once it runs: what parties put in, what was reached, what may not be shared.

Beside the project's own stream, so that reports never stand in the way of decisions on the project.
"""

from datetime import date
from typing import TypeVar

import msgspec

from services.agreements.projects.errors import ProjectNotFound
from shared.events.progress import (
    DeliverableAccepted,
    ExportScreeningRecorded,
    MilestoneReached,
    ResourceCommitted,
    ResourceKind,
    ScreeningResult,
)
from shared.events.registry import Event
from shared.events.values import Money
from shared.log.aggregate import Aggregate

T = TypeVar("T", bound=msgspec.Struct)


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    commitment: str
    party: str
    kind: ResourceKind
    """What is put in: money (`CASH`), something else (`IN_KIND`) or the use of a facility (`FACILITY`)."""
    money: Money | None
    note: str | None


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    """The code of the milestone in the project's plan."""
    party: str
    """The party that reported it."""
    reached_on: date
    evidence_hash: str


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    """The code of the deliverable in the project's plan."""
    party: str
    """The party that accepted it."""
    document_hash: str


class Screening(msgspec.Struct, frozen=True, kw_only=True):
    """What a party found of the project, or of one `person` in it, under a regime."""

    party: str
    regime: str
    person: str | None
    """The pseudonym of the person the finding is about; null where it is about the project."""
    classification: str
    result: ScreeningResult
    valid_to: date | None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    agreement: str
    commitments: tuple[Commitment, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    deliverables: tuple[Acceptance, ...] = ()
    # The newest of each party, regime and person.
    screenings: tuple[Screening, ...] = ()


def evolve(state: Progress | None, event: Event) -> Progress:
    match event:
        case ResourceCommitted() | MilestoneReached() | DeliverableAccepted() | ExportScreeningRecorded():
            known = state or Progress(project=event.project, agreement=event.agreement)
            return msgspec.structs.replace(known, **_changes(known, event))
    assert state is not None
    return state


def _changes(
    state: Progress, event: ResourceCommitted | MilestoneReached | DeliverableAccepted | ExportScreeningRecorded
) -> dict[str, object]:
    match event:
        case ResourceCommitted():
            return {"commitments": (*state.commitments, said_in(event, Commitment))}
        case MilestoneReached():
            return {"milestones": (*state.milestones, said_in(event, Milestone))}
        case DeliverableAccepted():
            return {"deliverables": (*state.deliverables, said_in(event, Acceptance))}
    new = said_in(event, Screening)
    return {"screenings": (*(each for each in state.screenings if about(each) != about(new)), new)}


def said_in(event: Event, as_type: type[T]) -> T:
    return as_type(**{name: getattr(event, name) for name in as_type.__struct_fields__})


def about(screening: Screening) -> tuple[str, str, str | None]:
    return (screening.party, screening.regime, screening.person)


PROGRESS = Aggregate("progress", Progress, evolve, ProjectNotFound)
