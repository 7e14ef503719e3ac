"""A participant as their agreement's parties see them: a pseudonym, a role, the instruments."""

import msgspec

from shared.contracts.participant import Instrument, ParticipantRole
from shared.contracts.values import Period


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
    version: int
