"""What callers send of participants."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, HashText, Id, PeriodBody, RatioText
from shared.events.participant import InstrumentKind, ParticipantRole


class EngageParticipantBody(Body, frozen=True, kw_only=True):
    project: Id
    person: Id
    role: ParticipantRole
    home_party: Id
    host_party: Id | None = None
    appointment_split: Annotated[dict[Id, RatioText], Meta(min_length=1, max_length=2)] | None = None
    period: PeriodBody
    orcid_hash: HashText | None = None


class RecordInstrumentBody(Body, frozen=True, kw_only=True):
    instrument: Id | None = None
    """The id it is to have; without one it is given one."""
    kind: InstrumentKind
    """By what the person's inventions reach the party: an assignment, a promise of one, the law of employment, a
    statute or a deed.
    """
    assignee_party: Id
    signed_on: date
    covers: PeriodBody
    document_hash: HashText


class StudentConditionsBody(Body, frozen=True, kw_only=True):
    stipend: bool
    material_resources: bool
    guidance: bool
    grant: bool
    document_hash: HashText | None = None
    """The hash of the document that says so; null for none."""


class LeaveProjectBody(Body, frozen=True, kw_only=True):
    on: date
    """The first day on which the person no longer takes part."""
