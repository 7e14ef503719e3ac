"""What happens in a project once it runs: what parties put in, what was reached, what may not be shared.

Beside the project's own stream, so that reports never stand in the way of decisions on the project.
"""

from collections.abc import Sized
from datetime import date
from typing import Any, TypeVar

import msgspec

from services.agreements.commands import Command
from services.agreements.errors import DayNotReached, IdentifierTaken, NotAProjectParty
from services.agreements.projects.errors import ProjectNotFound
from services.agreements.projects.model import Project
from shared.contracts.progress import (
    DeliverableAccepted,
    ExportScreeningRecorded,
    MilestoneReached,
    ResourceCommitted,
    ResourceKind,
    ScreeningResult,
)
from shared.contracts.values import Money
from shared.errors import Conflict, Invalid
from shared.log.aggregate import Aggregate
from shared.log.events import Event

Events = tuple[Event, ...]
T = TypeVar("T", bound=msgspec.Struct)
MAX_REPORTS = 1_000


class SharingRestricted(Conflict):
    """An export screening of the project, or of this person in it, does not allow sharing; `regime` names which."""


class MoneyExpected(Invalid):
    """A commitment of cash says how much, above zero; other commitments say what in a note."""


class MilestoneReportedAlready(Conflict):
    """The milestone has been reported, on another day or with other evidence."""


class ScreeningOutdated(Invalid):
    """A screening holds for at least one more day."""


class TooManyReports(Conflict):
    """At most 1000 reports of each kind are kept of a project."""


# -- nouns ----------------------------------------------------------------------------------------------------------


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    commitment: str
    party: str
    kind: ResourceKind
    money: Money | None
    note: str | None


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    party: str
    reached_on: date
    evidence_hash: str


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    party: str
    document_hash: str


class Screening(msgspec.Struct, frozen=True, kw_only=True):
    """What a party found of the project, or of one `person` in it, under a regime."""

    party: str
    regime: str
    person: str | None
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
            return {"commitments": (*state.commitments, _said(event, Commitment))}
        case MilestoneReached():
            return {"milestones": (*state.milestones, _said(event, Milestone))}
        case DeliverableAccepted():
            return {"deliverables": (*state.deliverables, _said(event, Acceptance))}
    new = _said(event, Screening)
    return {"screenings": (*(each for each in state.screenings if _about(each) != _about(new)), new)}


def _said(event: Event, as_type: type[T]) -> T:
    return as_type(**{name: getattr(event, name) for name in as_type.__struct_fields__})


def _about(screening: Screening) -> tuple[str, str, str | None]:
    return (screening.party, screening.regime, screening.person)


PROGRESS = Aggregate("progress", Progress, evolve, ProjectNotFound)


# -- verbs ----------------------------------------------------------------------------------------------------------


class CommitResource(Command, frozen=True, kw_only=True):
    commitment: str
    kind: ResourceKind
    money: Money | None = None
    note: str | None = None


class ReachMilestone(Command, frozen=True, kw_only=True):
    code: str
    reached_on: date
    evidence_hash: str


class AcceptDeliverable(Command, frozen=True, kw_only=True):
    code: str
    document_hash: str


class RecordScreening(Command, frozen=True, kw_only=True):
    regime: str
    classification: str
    result: ScreeningResult
    person: str | None = None
    valid_to: date | None = None


def commit_resource(state: Progress | None, project: Project, command: CommitResource) -> Events:
    _check_party(project, command)
    if (command.money is not None) != (command.kind == "CASH") or (command.money and command.money.minor <= 0):
        raise MoneyExpected(got=command.kind, project=project.project)
    committed = ResourceCommitted(
        **_where(project, command),
        commitment=command.commitment,
        kind=command.kind,
        money=command.money,
        note=command.note,
    )
    known = state.commitments if state else ()
    if _said(committed, Commitment) in known:
        return ()
    if any(each.commitment == command.commitment for each in known):
        raise IdentifierTaken(commitment=command.commitment)
    _check_room(known, project)
    return (committed,)


def reach_milestone(state: Progress | None, project: Project, command: ReachMilestone) -> Events:
    _check_party(project, command)
    if command.reached_on > command.today:
        raise DayNotReached(expected=f"at most {command.today}", got=command.reached_on, project=project.project)
    known = state.milestones if state else ()
    for each in known:
        if each.code == command.code:
            if (each.reached_on, each.evidence_hash) == (command.reached_on, command.evidence_hash):
                return ()
            raise MilestoneReportedAlready(got=command.code, project=project.project)
    _check_room(known, project)
    return (
        MilestoneReached(
            **_where(project, command),
            code=command.code,
            reached_on=command.reached_on,
            evidence_hash=command.evidence_hash,
        ),
    )


def accept_deliverable(state: Progress | None, project: Project, command: AcceptDeliverable) -> Events:
    """Accept a deliverable for a party; another document under the same code is another version of it."""
    _check_party(project, command)
    accepted = DeliverableAccepted(**_where(project, command), code=command.code, document_hash=command.document_hash)
    known = state.deliverables if state else ()
    if _said(accepted, Acceptance) in known:
        return ()
    _check_room(known, project)
    return (accepted,)


def record_screening(state: Progress | None, project: Project, command: RecordScreening) -> Events:
    _check_party(project, command)
    if command.valid_to is not None and command.valid_to <= command.today:
        raise ScreeningOutdated(expected=f"after {command.today}", got=command.valid_to, project=project.project)
    screened = ExportScreeningRecorded(
        **_where(project, command),
        regime=command.regime,
        classification=command.classification,
        result=command.result,
        person=command.person,
        valid_to=command.valid_to,
    )
    new = _said(screened, Screening)
    known = state.screenings if state else ()
    if new in known:
        return ()
    if _about(new) not in {_about(each) for each in known}:
        _check_room(known, project)
    return (screened,)


def check_may_share(state: Progress | None, day: date, person: str | None = None) -> None:
    """Raise unless every screening of the project, and of the person if one is named, allows sharing on the day.

    A project that nobody has screened is not restricted. A clearance that has run out is none: it must be renewed.
    """
    for each in state.screenings if state else ():
        if each.person not in {None, person}:
            continue
        if each.result != "CLEAR" or (each.valid_to is not None and each.valid_to <= day):
            got = each.result if each.result != "CLEAR" else f"CLEAR until {each.valid_to}"
            raise SharingRestricted(got=got, regime=each.regime, party=each.party)


def _where(project: Project, command: Command) -> dict[str, Any]:
    return {
        "agreement": project.agreement,
        "project": project.project,
        "parties": project.parties,
        "party": command.by.party,
    }


def _check_party(project: Project, command: Command) -> None:
    if command.by.party not in project.parties:
        raise NotAProjectParty(expected=list(project.parties), got=command.by.party, project=project.project)


def _check_room(known: Sized, project: Project) -> None:
    if len(known) >= MAX_REPORTS:
        raise TooManyReports(expected=f"at most {MAX_REPORTS}", project=project.project)
