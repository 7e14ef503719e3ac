"""What may be done with a project, and what then happened."""

from datetime import date

from services.agreements.commands import Command
from services.agreements.contracts.decisions import check_parties
from services.agreements.contracts.errors import PartyNotInAgreement
from services.agreements.contracts.model import Agreement
from services.agreements.creation import create
from services.agreements.errors import DayNotReached, NotAProjectParty, PeriodEmpty
from services.agreements.projects.errors import (
    AgreementNotBinding,
    ApprovalsMissing,
    ProjectNotActive,
    ProjectOutsideAgreement,
    StartOutsideProject,
)
from services.agreements.projects.model import Project, ProjectStatus
from shared.contracts.project import ProjectApproved, ProjectCreated, ProjectStarted
from shared.contracts.values import Period
from shared.log.events import Event

Events = tuple[Event, ...]


class CreateProject(Command, frozen=True, kw_only=True):
    project: str
    agreement: str
    parties: tuple[str, ...]
    title: str
    fields: tuple[str, ...] = ()
    period: Period


class ApproveProject(Command, frozen=True, kw_only=True):
    pass


class StartProject(Command, frozen=True, kw_only=True):
    started_on: date


def create_project(state: Project | None, agreement: Agreement, command: CreateProject) -> Events:
    check_parties(command.parties)
    if strangers := set(command.parties) - set(agreement.parties):
        raise PartyNotInAgreement(expected=list(agreement.parties), got=sorted(strangers))
    if command.by.party not in command.parties:
        raise NotAProjectParty(expected=list(command.parties), got=command.by.party)
    if not (agreement.binding or agreement.ip_terms_binding):
        raise AgreementNotBinding(agreement=agreement.agreement)
    if command.period.is_empty():
        raise PeriodEmpty(got=f"{command.period.start} to {command.period.end}")
    if not command.period.within(agreement.standing.period):
        raise ProjectOutsideAgreement(agreement=agreement.agreement)
    created = ProjectCreated(
        agreement=command.agreement,
        project=command.project,
        parties=command.parties,
        created_by_party=command.by.party,
        title=command.title,
        fields=command.fields,
        period=command.period,
    )
    return create(state, created, project=command.project)


def approve_project(state: Project, command: ApproveProject) -> Events:
    check_project_party(state, command)
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
    if state.status is ProjectStatus.ACTIVE:
        return ()
    if state.status is not ProjectStatus.APPROVED:
        missing = [party for party in state.parties if party not in state.approved_by]
        raise ApprovalsMissing(project=state.project, missing=missing)
    if command.started_on > command.today:
        raise DayNotReached(expected=f"at most {command.today}", got=command.started_on, project=state.project)
    if not state.period.covers(command.started_on):
        raise StartOutsideProject(got=command.started_on, project=state.project)
    started = ProjectStarted(
        agreement=state.agreement, project=state.project, parties=state.parties, started_on=command.started_on
    )
    return (started,)


def check_project_party(project: Project, command: Command) -> None:
    if command.by.party not in project.parties:
        raise NotAProjectParty(expected=list(project.parties), got=command.by.party, project=project.project)


def check_started(project: Project) -> None:
    if project.status is not ProjectStatus.ACTIVE:
        raise ProjectNotActive(got=project.status, project=project.project)
