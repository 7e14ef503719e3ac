"""What may be done with a project, and what then happened."""

from collections.abc import Container
from datetime import date

from services.agreements.commands import Command
from services.agreements.contracts.decisions import check_parties
from services.agreements.contracts.errors import PartyNotInAgreement
from services.agreements.contracts.model import Agreement
from services.agreements.contracts.policy import check_revenue_steps
from services.agreements.creation import create
from services.agreements.errors import DayNotReached, IdentifierTaken, NotAProjectParty, PeriodEmpty
from services.agreements.gates import Gate, Standing
from services.agreements.projects.errors import (
    AgreementNotBinding,
    ApprovalsMissing,
    CompletionBeforeStart,
    OverrideWithoutRevenue,
    ProjectIsOver,
    ProjectNotActive,
    ProjectOutsideAgreement,
    StartOutsideProject,
)
from services.agreements.projects.model import ENDED_PROJECT, Project, ProjectStatus, next_due
from services.agreements.repetition import already
from shared.events.project import (
    PolicyOverrides,
    ProjectApproved,
    ProjectCancelled,
    ProjectCompleted,
    ProjectCreated,
    ProjectPaused,
    ProjectPeriodEnded,
    ProjectReserved,
    ProjectResumed,
    ProjectStarted,
)
from shared.events.registry import Event
from shared.events.values import Period

Events = tuple[Event, ...]


class CreateProject(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ACTIVE_TODAY, member=True)

    project: str
    agreement: str
    parties: tuple[str, ...]
    title: str
    fields: tuple[str, ...] = ()
    period: Period
    trl_start: int | None = None
    policy_overrides: PolicyOverrides | None = None


class ApproveProject(Command, frozen=True, kw_only=True):
    # What a project does otherwise than the terms binds as if it had been signed.
    gate = Gate(power="SIGN", standing=Standing.ACTIVE, member=True)


class StartProject(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", standing=Standing.ACTIVE_TODAY, member=True)

    # None is today, and a repeat that leaves it open repeats a start on whatever day.
    started_on: date | None

    @property
    def day(self) -> date:
        return self.started_on or self.today


class PauseProject(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", standing=Standing.TOOK_EFFECT, member=True)

    reason: str


class ResumeProject(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", standing=Standing.ACTIVE_TODAY, member=True)


class CompleteProject(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", standing=Standing.TOOK_EFFECT, member=True)

    # None is today, and a repeat that leaves it open repeats a completion on whatever day.
    completed_on: date | None

    @property
    def day(self) -> date:
        return self.completed_on or self.today


class CancelProject(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", standing=Standing.TOOK_EFFECT, member=True)

    reason: str


def create_project(state: Project | None, agreement: Agreement, command: CreateProject) -> Events:
    check_parties(command.parties)
    # Whoever has said that it leaves begins nothing new, whatever the day on which it is gone.
    members = [party for party in agreement.members_on(command.today) if party not in agreement.left]
    if strangers := set(command.parties) - set(members):
        raise PartyNotInAgreement(expected=members, got=sorted(strangers))
    if command.by.party not in command.parties:
        raise NotAProjectParty(expected=list(command.parties), got=command.by.party)
    if not (agreement.binding or agreement.ip_terms_binding):
        raise AgreementNotBinding(agreement=agreement.agreement)
    if command.period.is_empty():
        raise PeriodEmpty(got=str(command.period))
    if not command.period.within(agreement.effect):
        raise ProjectOutsideAgreement(
            expected=str(agreement.effect), got=str(command.period), agreement=agreement.agreement
        )
    _check_overrides(agreement, command.policy_overrides)
    created = ProjectCreated(
        agreement=command.agreement,
        project=command.project,
        parties=command.parties,
        created_by_party=command.by.party,
        title=command.title,
        fields=command.fields,
        period=command.period,
        trl_start=command.trl_start,
        policy_overrides=command.policy_overrides,
    )
    if state is not None and not state.is_there:
        if command.agreement != state.agreement or command.by.party not in state.parties:
            raise IdentifierTaken(project=command.project)
        return (created,)
    return create(state, created, project=command.project)


def reserve_project(state: Project | None, reserved: ProjectReserved) -> Events:
    """Keep an id for the project that an opportunity is to become.

    A project of theirs may be there already, in which all who know of the opportunity take part; any other is taken,
    in the same words, whosever it is.
    """
    if state is None:
        return (reserved,)
    theirs = state.is_there and state.agreement == reserved.agreement and set(reserved.parties) <= set(state.parties)
    if not theirs:
        raise IdentifierTaken(project=reserved.project)
    _check_not_over(state)
    return ()


def approve_project(state: Project, command: ApproveProject) -> Events:
    check_project_party(state, command)
    _check_not_over(state)
    if command.by.party in state.approved_by:
        return ()
    return (
        ProjectApproved(
            agreement=state.agreement,
            project=state.project,
            parties=state.parties,
            party=command.by.party,
            person=command.by.person,
        ),
    )


def start_project(state: Project, command: StartProject) -> Events:
    check_project_party(state, command)
    _check_not_over(state)
    if state.started_on is not None:
        said = {"started_on": command.started_on or state.started_on}
        return already({"started_on": state.started_on}, said, project=state.project)
    if state.status is not ProjectStatus.APPROVED:
        missing = [party for party in state.parties if party not in state.approved_by]
        raise ApprovalsMissing(project=state.project, missing=missing)
    if command.day > command.today:
        raise DayNotReached(expected=f"at most {command.today}", got=command.day, project=state.project)
    if not state.period.covers(command.day):
        raise StartOutsideProject(got=command.day, project=state.project)
    started = ProjectStarted(
        agreement=state.agreement, project=state.project, parties=state.parties, started_on=command.day
    )
    return (started,)


def pause_project(state: Project, command: PauseProject) -> Events:
    check_project_party(state, command)
    if state.status is ProjectStatus.PAUSED:
        return _stopped_already(state, command)
    check_started(state)
    paused = ProjectPaused(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        party=command.by.party,
        reason=command.reason,
    )
    return (paused,)


def resume_project(state: Project, command: ResumeProject) -> Events:
    check_project_party(state, command)
    if state.status is ProjectStatus.ACTIVE:
        return ()
    if state.status is not ProjectStatus.PAUSED:
        raise ProjectNotActive(got=state.status, project=state.project)
    resumed = ProjectResumed(
        agreement=state.agreement, project=state.project, parties=state.parties, party=command.by.party
    )
    return (resumed,)


def complete_project(state: Project, command: CompleteProject) -> Events:
    """Close a project that ran. What was conceived in it before may still be recorded and determined."""
    check_project_party(state, command)
    if state.status is ProjectStatus.COMPLETED and command.completed_on in {None, state.completed_on}:
        return ()
    _check_not_over(state)
    if state.started_on is None:
        raise ProjectNotActive(got=state.status, project=state.project)
    if command.day > command.today:
        raise DayNotReached(expected=f"at most {command.today}", got=command.day, project=state.project)
    if command.day < state.started_on:
        raise CompletionBeforeStart(expected=f"at least {state.started_on}", got=command.day)
    completed = ProjectCompleted(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        party=command.by.party,
        completed_on=command.day,
    )
    return (completed,)


def cancel_project(state: Project, command: CancelProject) -> Events:
    check_project_party(state, command)
    if state.status is ProjectStatus.CANCELLED:
        return _stopped_already(state, command)
    _check_not_over(state)
    cancelled = ProjectCancelled(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        party=command.by.party,
        reason=command.reason,
    )
    return (cancelled,)


def advance(state: Project, today: date) -> Events:
    """End a project with its period. What was conceived in it before may still be recorded and determined."""
    due_on = next_due(state)
    if due_on is None or due_on > today:
        return ()
    ended = ProjectPeriodEnded(agreement=state.agreement, project=state.project, parties=state.parties, ended_on=due_on)
    return (ended,)


def check_project_party(project: Project, command: Command, *, also: Container[str] = ()) -> None:
    """Raise NotAProjectParty unless one commands that takes part, or may as if it did."""
    if command.by.party not in project.parties and command.by.party not in also:
        raise NotAProjectParty(expected=list(project.parties), got=command.by.party, project=project.project)


def check_ever_started(project: Project) -> None:
    """Raise ProjectNotActive for a project that never began; what arose in one may be recorded after its end."""
    if project.started_on is None:
        raise ProjectNotActive(got=project.status, project=project.project)


def check_staffed(project: Project, start: date) -> None:
    """Raise ProjectNotActive unless somebody may take part in a project from a day on, recorded late if need be."""
    if project.completed_on is None or start >= project.completed_on:
        check_started(project)


def check_started(project: Project) -> None:
    if project.status is not ProjectStatus.ACTIVE:
        raise ProjectNotActive(got=project.status, project=project.project)


def _stopped_already(state: Project, command: PauseProject | CancelProject) -> Events:
    return already(state.stopped, {"party": command.by.party, "reason": command.reason}, project=state.project)


def _check_not_over(project: Project) -> None:
    if project.status in ENDED_PROJECT:
        raise ProjectIsOver(got=project.status, project=project.project)


def _check_overrides(agreement: Agreement, overrides: PolicyOverrides | None) -> None:
    if overrides is None or overrides.revenue_steps is None:
        return
    check_revenue_steps(overrides.revenue_steps, "policy_overrides.revenue_steps")
    revenue = agreement.standing.terms.revenue
    if revenue is None or ("FEE" in overrides.revenue_steps and revenue.fee is None):
        raise OverrideWithoutRevenue(got=list(overrides.revenue_steps), agreement=agreement.agreement)
