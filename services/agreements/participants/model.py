"""A participant, as its events made it: one person in one project."""

import msgspec

from services.agreements.creation import origin_of
from services.agreements.participants.errors import ParticipantNotFound
from shared.contracts.participant import Instrument, IpInstrumentRecorded, ParticipantEngaged, ParticipantRole
from shared.contracts.values import Period
from shared.log.aggregate import Aggregate
from shared.log.events import Event


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
            origin=origin_of(event),
        )
    assert state is not None
    if isinstance(event, IpInstrumentRecorded):
        return msgspec.structs.replace(
            state,
            instruments=(*state.instruments, instrument_of(event)),
            document_hashes=(*state.document_hashes, event.document_hash),
        )
    return state


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
