"""What happens to a participant: a person in one project, under a pseudonym; names live outside the log.

A participant's stream is `participant:<project>.<person>`: the same person in another project is another participant,
so that nothing of one agreement shows in another.
"""

from datetime import date
from typing import Literal

import msgspec

from shared.events.registry import Event, event
from shared.events.values import Period

ParticipantRole = Literal["PI", "RESEARCHER", "ENGINEER", "POSTDOC", "GRAD_STUDENT", "VISITOR", "TECHNICIAN"]
InstrumentKind = Literal["PRESENT_ASSIGNMENT", "PROMISE_TO_ASSIGN", "EMPLOYMENT_LAW", "STATUTE", "DEED"]


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """Why what a person conceives may belong to a party: its kind, whom it favours, since when."""

    instrument: str
    kind: InstrumentKind
    """By what the person's inventions reach the party: an assignment, a promise of one, the law of employment, a
    statute or a deed.
    """
    assignee_party: str
    signed_on: date
    covers: Period


@event("agreements.ParticipantEngaged.v1", entity="participant")
class ParticipantEngaged(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A person takes part in a project; `appointment_split` gives the ratios of a dual appointment.

    `orcid_hash` is salted: without the salt, which is kept with the person's name and erased with it, it says nothing.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    person: str
    role: ParticipantRole
    home_party: str
    host_party: str | None
    appointment_split: dict[str, str] | None
    period: Period
    orcid_hash: str | None = None


@event("agreements.IpInstrumentRecorded.v1", entity="participant")
class IpInstrumentRecorded(Event, frozen=True, kw_only=True):
    """An instrument of a participant became known; which one carries a share is decided per invention."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    person: str
    instrument: str
    kind: InstrumentKind
    assignee_party: str
    signed_on: date
    covers: Period
    document_hash: str


@event("agreements.StudentConditionsRecorded.v1", entity="participant")
class StudentConditionsRecorded(Event, frozen=True, kw_only=True):
    """What a student was given, on which a university's claim to their inventions may rest; the newest counts."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    person: str
    recorded_by_party: str
    stipend: bool
    material_resources: bool
    guidance: bool
    grant: bool
    document_hash: str | None


@event("agreements.ParticipantLeft.v1", entity="participant")
class ParticipantLeft(Event, frozen=True, kw_only=True):
    """From the day `on` the person takes part no more; what they conceived before still counts."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    person: str
    recorded_by_party: str
    on: date
