"""What may be done with a participant, and what then happened."""

from datetime import date

from services.agreements.commands import Command
from services.agreements.creation import create
from services.agreements.errors import DayNotReached, IdentifierTaken, PeriodEmpty
from services.agreements.gates import Gate, Standing
from services.agreements.participants.errors import (
    DeedIsATransfer,
    LeftAlready,
    LeftOutsideEngagement,
    NotAStudent,
    NotTheirInstrument,
    NotTheirParticipant,
    ParticipantNotEngaged,
    SplitNotBetweenHomeAndHost,
    TooManyInstruments,
)
from services.agreements.participants.model import Participant, ParticipantStatus, StudentConditions, instrument_of
from services.agreements.projects.decisions import check_project_party, check_staffed
from services.agreements.projects.model import Project
from shared.events.participant import (
    InstrumentKind,
    IpInstrumentRecorded,
    ParticipantEngaged,
    ParticipantLeft,
    ParticipantRole,
    StudentConditionsRecorded,
)
from shared.events.registry import Event
from shared.events.values import Period
from shared.ratio import parse_shares

Events = tuple[Event, ...]
MAX_INSTRUMENTS = 50


class EngageParticipant(Command, frozen=True, kw_only=True):
    gate = Gate(power="PERSONNEL", standing=Standing.ACTIVE, member=True)

    project: str
    person: str
    role: ParticipantRole
    home_party: str
    host_party: str | None = None
    appointment_split: dict[str, str] | None = None
    period: Period
    orcid_hash: str | None = None


class RecordIpInstrument(Command, frozen=True, kw_only=True):
    gate = Gate(power="PERSONNEL", standing=Standing.ACTIVE)

    instrument: str
    kind: InstrumentKind
    assignee_party: str
    signed_on: date
    covers: Period
    document_hash: str


class RecordStudentConditions(Command, frozen=True, kw_only=True):
    gate = Gate(power="PERSONNEL", standing=Standing.ACTIVE)

    conditions: StudentConditions


class LeaveProject(Command, frozen=True, kw_only=True):
    # Not only while the agreement is active: people leave projects that have ended, too.
    gate = Gate(power="PERSONNEL", standing=Standing.ANY)

    on: date


def engage_participant(state: Participant | None, project: Project, command: EngageParticipant) -> Events:
    check_project_party(project, command)
    check_staffed(project, command.period.start)
    theirs = _parties(command.home_party, command.host_party)
    if command.by.party not in theirs:
        raise NotTheirParticipant(expected=theirs, got=command.by.party)
    if command.period.is_empty():
        raise PeriodEmpty(got=str(command.period))
    if command.appointment_split is not None:
        parse_shares(command.appointment_split)
        if set(command.appointment_split) != {command.home_party, command.host_party}:
            raise SplitNotBetweenHomeAndHost(expected=theirs, got=sorted(command.appointment_split))
    engaged = ParticipantEngaged(
        agreement=project.agreement,
        project=project.project,
        parties=project.parties,
        person=command.person,
        role=command.role,
        home_party=command.home_party,
        host_party=command.host_party,
        appointment_split=command.appointment_split,
        period=command.period,
        orcid_hash=command.orcid_hash,
    )
    return create(state, engaged, project=command.project, person=command.person)


def record_ip_instrument(state: Participant, project: Project, command: RecordIpInstrument) -> Events:
    check_project_party(project, command)
    theirs = _parties(state.home_party, state.host_party, command.assignee_party)
    if command.by.party not in theirs:
        raise NotTheirInstrument(expected=theirs, got=command.by.party)
    if command.kind == "DEED":
        raise DeedIsATransfer(got=command.kind, instrument=command.instrument)
    if command.covers.is_empty():
        raise PeriodEmpty(got=str(command.covers))
    if command.signed_on > command.today:
        raise DayNotReached(expected=f"at most {command.today}", got=command.signed_on, instrument=command.instrument)
    recorded = IpInstrumentRecorded(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        person=state.person,
        instrument=command.instrument,
        kind=command.kind,
        assignee_party=command.assignee_party,
        signed_on=command.signed_on,
        covers=command.covers,
        document_hash=command.document_hash,
    )
    known = zip(state.instruments, state.document_hashes, strict=True)
    if (instrument_of(recorded), command.document_hash) in known:
        return ()
    if len(state.instruments) >= MAX_INSTRUMENTS:
        raise TooManyInstruments(expected=f"at most {MAX_INSTRUMENTS}", person=state.person)
    if any(instrument.instrument == command.instrument for instrument in state.instruments):
        raise IdentifierTaken(instrument=command.instrument)
    return (recorded,)


def record_student_conditions(state: Participant, project: Project, command: RecordStudentConditions) -> Events:
    check_project_party(project, command)
    _check_theirs(state, command)
    if state.role != "GRAD_STUDENT":
        raise NotAStudent(got=state.role, project=state.project, person=state.person)
    if state.student_conditions == command.conditions:
        return ()
    return (
        StudentConditionsRecorded(
            agreement=state.agreement,
            project=state.project,
            parties=state.parties,
            person=state.person,
            recorded_by_party=command.by.party,
            stipend=command.conditions.stipend,
            material_resources=command.conditions.material_resources,
            guidance=command.conditions.guidance,
            grant=command.conditions.grant,
            document_hash=command.conditions.document_hash,
        ),
    )


def leave_project(state: Participant, project: Project, command: LeaveProject) -> Events:
    """Record that a person takes part no more; instruments of theirs may still become known afterwards."""
    check_project_party(project, command)
    _check_theirs(state, command)
    if state.left_on == command.on:
        return ()
    if state.status is ParticipantStatus.LEFT:
        raise LeftAlready(expected=state.left_on, got=command.on, project=state.project, person=state.person)
    if command.on > command.today:
        raise DayNotReached(expected=f"at most {command.today}", got=command.on, person=state.person)
    if command.on <= state.period.start or (state.period.end is not None and command.on > state.period.end):
        raise LeftOutsideEngagement(got=command.on, project=state.project, person=state.person)
    return (
        ParticipantLeft(
            agreement=state.agreement,
            project=state.project,
            parties=state.parties,
            person=state.person,
            recorded_by_party=command.by.party,
            on=command.on,
        ),
    )


def _check_theirs(state: Participant, command: Command) -> None:
    theirs = _parties(state.home_party, state.host_party)
    if command.by.party not in theirs:
        raise NotTheirParticipant(expected=theirs, got=command.by.party, project=state.project, person=state.person)


def _parties(*parties: str | None) -> list[str]:
    """Return the parties among these, each once: who is employed by one alone has no host."""
    return list(dict.fromkeys(filter(None, parties)))


def check_engaged(participant: Participant, day: date) -> None:
    if not participant.period.covers(day) or (participant.left_on is not None and day >= participant.left_on):
        raise ParticipantNotEngaged(got=day, project=participant.project, person=participant.person)
