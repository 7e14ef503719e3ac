"""A contribution, as its events made it."""

from enum import StrEnum

import msgspec

from services.agreements.contributions.errors import ContributionNotFound
from services.agreements.creation import origin_of
from shared.contracts.contribution import (
    ContributionAttested,
    ContributionConfirmed,
    ContributionContent,
    ContributionCorrected,
    ContributionRecorded,
    ContributionWithdrawn,
)
from shared.log.aggregate import Aggregate
from shared.log.events import Event


class ContributionStatus(StrEnum):
    RECORDED = "RECORDED"
    PARTLY_ATTESTED = "PARTLY_ATTESTED"
    CONFIRMED = "CONFIRMED"
    WITHDRAWN = "WITHDRAWN"


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    agreement: str
    content: ContributionContent
    content_hash: str
    recorded_by_party: str
    recorded_by: str
    attesting_parties: tuple[str, ...]
    # Who attested, by party; emptied by a correction.
    attested_by: dict[str, str]
    status: ContributionStatus
    origin: str

    @property
    def parties(self) -> tuple[str, ...]:
        return (self.recorded_by_party, *self.attesting_parties)

    @property
    def counts(self) -> bool:
        """Tell whether it counts for its invention (R2): confirmed, and inventive."""
        return self.status is ContributionStatus.CONFIRMED and self.content.kind == "INVENTIVE"


def evolve(state: Contribution | None, event: Event) -> Contribution:
    if isinstance(event, ContributionRecorded):
        return _content_in_force(event, origin_of(event))
    assert state is not None
    match event:
        case ContributionCorrected():
            return _content_in_force(event, state.origin)
        case ContributionAttested():
            attested_by = {**state.attested_by, event.party: event.person}
            status = ContributionStatus.PARTLY_ATTESTED
            return msgspec.structs.replace(state, attested_by=attested_by, status=status)
        case ContributionConfirmed():
            return msgspec.structs.replace(state, status=ContributionStatus.CONFIRMED)
        case ContributionWithdrawn():
            return msgspec.structs.replace(state, status=ContributionStatus.WITHDRAWN)
    return state


def content_of(event: ContributionRecorded | ContributionCorrected) -> ContributionContent:
    """Return what an attestation of this event's content binds."""
    return ContributionContent(
        contribution=event.contribution,
        project=event.project,
        invention=event.invention,
        element=event.element,
        contributor=event.contributor,
        kind=event.kind,
        credit_roles=event.credit_roles,
        points=event.points,
        conceived_on=event.conceived_on,
        description_hash=event.description_hash,
        evidence=event.evidence,
    )


def _content_in_force(event: ContributionRecorded | ContributionCorrected, origin: str) -> Contribution:
    return Contribution(
        agreement=event.agreement,
        content=content_of(event),
        content_hash=event.content_hash,
        recorded_by_party=event.recorded_by_party,
        recorded_by=event.recorded_by,
        attesting_parties=event.attesting_parties,
        attested_by={},
        status=ContributionStatus.RECORDED,
        origin=origin,
    )


CONTRIBUTION = Aggregate("contribution", Contribution, evolve, ContributionNotFound)
