"""Who takes part in a project, and by which instruments what they conceive may belong to a party."""

from dataclasses import dataclass, field
from functools import singledispatchmethod

from services.ledger.rules.history import Instrument, Person
from shared.events.participant import IpInstrumentRecorded, ParticipantEngaged
from shared.events.registry import Event
from shared.ratio import parse_ratio


@dataclass
class _Participant:
    instruments: list[Instrument] = field(default_factory=list)
    appointment_split: dict[str, str] | None = None


class People:
    """The participants that entries tell of, by project."""

    def __init__(self) -> None:
        self._participants: dict[str, dict[str, _Participant]] = {}

    def read(self, data: Event) -> None:
        """Take in what an event says."""
        self._read(data)

    def of(self, project: str) -> dict[str, Person]:
        """Return a project's participants with their instruments."""
        return {person: _as_fact(each) for person, each in self._participants.get(project, {}).items()}

    @singledispatchmethod
    def _read(self, data: Event) -> None:
        """Pass over an event that says nothing of this."""

    @_read.register
    def _(self, data: ParticipantEngaged) -> None:
        self._participant(data.project, data.person).appointment_split = data.appointment_split

    @_read.register
    def _(self, data: IpInstrumentRecorded) -> None:
        instrument = Instrument(
            data.kind, data.assignee_party, data.signed_on, data.covers.start, data.covers.end, data.instrument
        )
        self._participant(data.project, data.person).instruments.append(instrument)

    def _participant(self, project: str, person: str) -> _Participant:
        return self._participants.setdefault(project, {}).setdefault(person, _Participant())


def _as_fact(participant: _Participant) -> Person:
    split = participant.appointment_split
    return Person(
        tuple(participant.instruments),
        {party: parse_ratio(ratio) for party, ratio in split.items()} if split else None,
    )
