"""What may be reported of a project."""

from collections.abc import Sized
from datetime import date
from typing import Any

from services.agreements.commands import Command
from services.agreements.errors import DayNotReached, IdentifierTaken, NotAProjectParty
from services.agreements.gates import Gate, Standing
from services.agreements.progress.errors import (
    MilestoneReportedAlready,
    MoneyExpected,
    ScreeningOutdated,
    SharingRestricted,
    TooManyReports,
)
from services.agreements.progress.model import Acceptance, Commitment, Progress, Screening, about, said_in
from services.agreements.projects.model import Project
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

Events = tuple[Event, ...]
MAX_REPORTS = 1_000


class CommitResource(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ACTIVE_TODAY, member=True)

    commitment: str
    kind: ResourceKind
    money: Money | None = None
    note: str | None = None


class ReachMilestone(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ACTIVE_TODAY, member=True)

    code: str
    reached_on: date
    evidence_hash: str


class AcceptDeliverable(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ACTIVE_TODAY, member=True)

    code: str
    document_hash: str


class RecordScreening(Command, frozen=True, kw_only=True):
    # What it says binds all who would share, and lifts what the party said before.
    gate = Gate(power="SIGN", standing=Standing.ACTIVE_TODAY, member=True)

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
    if said_in(committed, Commitment) in known:
        return ()
    _check_room(known, project)
    if any(each.commitment == command.commitment for each in known):
        raise IdentifierTaken(commitment=command.commitment)
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
    if said_in(accepted, Acceptance) in known:
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
    new = said_in(screened, Screening)
    known = state.screenings if state else ()
    if new in known:
        return ()
    if about(new) not in {about(each) for each in known}:
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
