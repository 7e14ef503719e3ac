"""A participant as their agreement's parties see them: a pseudonym, a role, the instruments."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.participants.model import PARTICIPANT, Participant, ParticipantStatus, StudentConditions
from services.agreements.things import Can, Found, Thing
from shared.events.participant import Instrument, ParticipantRole
from shared.events.values import Period


class ParticipantView(msgspec.Struct, frozen=True, kw_only=True):
    person: str
    project: str
    agreement: str
    role: ParticipantRole
    home_party: str
    host_party: str | None
    appointment_split: dict[str, str] | None
    period: Period
    instruments: tuple[Instrument, ...]
    orcid_hash: str | None
    student_conditions: StudentConditions | None
    status: ParticipantStatus
    left_on: date | None
    version: int
    can: Can | UnsetType = UNSET


def _found_by(state: Participant, _since: date) -> Found:
    """Return by what it is found in lists."""
    return {
        "agreement": (state.agreement,),
        "status": (state.status,),
        "project": (state.project,),
        "party": {
            *filter(None, (state.home_party, state.host_party)),
            *(each.assignee_party for each in state.instruments),
        },
    }


PARTICIPANTS = Thing(PARTICIPANT, ParticipantView, "/v1/participants/{project}/{person}", _found_by)
