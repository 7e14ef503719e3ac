"""What may be done with a participant, and what then happened."""

from datetime import date

from services.agreements.commands import Command
from services.agreements.creation import create
from services.agreements.errors import DayNotReached, IdentifierTaken, PeriodEmpty
from services.agreements.participants.errors import (
    InstrumentKindNotSupported,
    NotTheirInstrument,
    NotTheirParticipant,
    ParticipantNotEngaged,
    SplitNotBetweenHomeAndHost,
    TooManyInstruments,
)
from services.agreements.participants.model import Participant, instrument_of
from services.agreements.projects.decisions import check_project_party, check_started
from services.agreements.projects.model import Project
from shared.contracts.participant import InstrumentKind, IpInstrumentRecorded, ParticipantEngaged, ParticipantRole
from shared.contracts.values import Period
from shared.log.events import Event
from shared.ratio import parse_shares

Events = tuple[Event, ...]
MAX_INSTRUMENTS = 50


class EngageParticipant(Command, frozen=True, kw_only=True):
    project: str
    person: str
    role: ParticipantRole
    home_party: str
    host_party: str | None = None
    appointment_split: dict[str, str] | None = None
    period: Period


class RecordIpInstrument(Command, frozen=True, kw_only=True):
    instrument: str
    kind: InstrumentKind
    assignee_party: str
    signed_on: date
    covers: Period
    document_hash: str


def engage_participant(state: Participant | None, project: Project, command: EngageParticipant) -> Events:
    check_project_party(project, command)
    check_started(project)
    if command.by.party not in {command.home_party, command.host_party}:
        raise NotTheirParticipant(expected=[command.home_party, command.host_party], got=command.by.party)
    if command.period.is_empty():
        raise PeriodEmpty(got=f"{command.period.start} to {command.period.end}")
    if command.appointment_split is not None:
        parse_shares(command.appointment_split)
        if set(command.appointment_split) != {command.home_party, command.host_party}:
            raise SplitNotBetweenHomeAndHost(
                expected=[command.home_party, command.host_party], got=sorted(command.appointment_split)
            )
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
    )
    return create(state, engaged, project=command.project, person=command.person)


def record_ip_instrument(state: Participant, project: Project, command: RecordIpInstrument) -> Events:
    check_project_party(project, command)
    theirs = {state.home_party, state.host_party, command.assignee_party}
    if command.by.party not in theirs:
        raise NotTheirInstrument(expected=sorted(filter(None, theirs)), got=command.by.party)
    if command.kind == "DEED":
        raise InstrumentKindNotSupported(got=command.kind, instrument=command.instrument)
    if command.covers.is_empty():
        raise PeriodEmpty(got=f"{command.covers.start} to {command.covers.end}")
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
    if any(instrument.instrument == command.instrument for instrument in state.instruments):
        raise IdentifierTaken(instrument=command.instrument)
    if len(state.instruments) >= MAX_INSTRUMENTS:
        raise TooManyInstruments(expected=f"at most {MAX_INSTRUMENTS}", person=state.person)
    return (recorded,)


def check_engaged(participant: Participant, day: date) -> None:
    if not participant.period.covers(day):
        raise ParticipantNotEngaged(got=day, project=participant.project, person=participant.person)
