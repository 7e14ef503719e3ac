"""A participant, as its events made it: one person in one project."""

from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.creation import origin_of
from services.agreements.participants.errors import ParticipantNotFound
from shared.events.participant import (
    Instrument,
    IpInstrumentRecorded,
    ParticipantEngaged,
    ParticipantLeft,
    ParticipantRole,
    StudentConditionsRecorded,
)
from shared.events.registry import Event
from shared.events.values import Period
from shared.log.aggregate import Aggregate


class ParticipantStatus(StrEnum):
    ENGAGED = "ENGAGED"
    LEFT = "LEFT"


class StudentConditions(msgspec.Struct, frozen=True, kw_only=True):
    """What a student was given, on which a university's claim to their inventions may rest."""

    stipend: bool
    material_resources: bool
    guidance: bool
    grant: bool
    document_hash: str | None


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    agreement: str
    project: str
    parties: tuple[str, ...]
    person: str
    role: ParticipantRole
    home_party: str
    host_party: str | None
    appointment_split: dict[str, str] | None
    period: Period
    # By the instrument's id, with its document's hash; bounded by TooManyInstruments.
    instruments: tuple[Instrument, ...]
    document_hashes: tuple[str, ...]
    orcid_hash: str | None
    student_conditions: StudentConditions | None
    status: ParticipantStatus
    # The first day on which the person takes part no more.
    left_on: date | None
    origin: str


def evolve(state: Participant | None, event: Event) -> Participant:
    if isinstance(event, ParticipantEngaged):
        return Participant(
            agreement=event.agreement,
            project=event.project,
            parties=event.parties,
            person=event.person,
            role=event.role,
            home_party=event.home_party,
            host_party=event.host_party,
            appointment_split=event.appointment_split,
            period=event.period,
            instruments=(),
            document_hashes=(),
            orcid_hash=event.orcid_hash,
            student_conditions=None,
            status=ParticipantStatus.ENGAGED,
            left_on=None,
            origin=origin_of(event),
        )
    assert state is not None
    changes: dict[str, object] = {}
    match event:
        case IpInstrumentRecorded():
            changes["instruments"] = (*state.instruments, instrument_of(event))
            changes["document_hashes"] = (*state.document_hashes, event.document_hash)
        case StudentConditionsRecorded():
            changes["student_conditions"] = StudentConditions(
                stipend=event.stipend,
                material_resources=event.material_resources,
                guidance=event.guidance,
                grant=event.grant,
                document_hash=event.document_hash,
            )
        case ParticipantLeft():
            changes["status"] = ParticipantStatus.LEFT
            changes["left_on"] = event.on
    return msgspec.structs.replace(state, **changes)


def instrument_of(event: IpInstrumentRecorded) -> Instrument:
    return Instrument(
        instrument=event.instrument,
        kind=event.kind,
        assignee_party=event.assignee_party,
        signed_on=event.signed_on,
        covers=event.covers,
    )


def participant_id(project: str, person: str) -> str:
    """Return a participant's id; ids hold no dot, so no two pairs share one."""
    return f"{project}.{person}"


PARTICIPANT = Aggregate("participant", Participant, evolve, ParticipantNotFound)
