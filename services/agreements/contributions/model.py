"""A contribution, as its events made it."""

from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.contributions.errors import ContributionNotFound
from services.agreements.creation import origin_of
from services.agreements.notices.model import Silence, last_days
from shared.calendar import day_after
from shared.events.contribution import (
    ContributionAttestationDeemed,
    ContributionAttested,
    ContributionConfirmed,
    ContributionContent,
    ContributionContested,
    ContributionCorrected,
    ContributionRecorded,
    ContributionWithdrawn,
)
from shared.events.registry import Event
from shared.events.terms import NoticeMethod
from shared.log.aggregate import Aggregate


class ContributionStatus(StrEnum):
    RECORDED = "RECORDED"
    PARTLY_ATTESTED = "PARTLY_ATTESTED"
    CONFIRMED = "CONFIRMED"
    CONTESTED = "CONTESTED"
    RESOLVED = "RESOLVED"
    WITHDRAWN = "WITHDRAWN"


CONFIRMING = frozenset({ContributionStatus.CONFIRMED, ContributionStatus.RESOLVED})


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    agreement: str
    content: ContributionContent
    content_hash: str
    recorded_by_party: str
    recorded_by: str
    attesting_parties: tuple[str, ...]
    # Who attested, by party; emptied by a correction.
    attested_by: dict[str, str]
    # After which day silence attests, or how many days after notice by what, and whose did; nobody's any more once it
    # was contested.
    deemed_on: date | None
    deemed_after: int | None
    notice_method: NoticeMethod
    deemed: tuple[str, ...]
    # Who contests it, and why; attesting it after all ends a party's contest.
    contested_by: dict[str, str]
    # How many points those would give who said so.
    proposed_points: dict[str, str]
    withdrawn_because: str | None
    status: ContributionStatus
    origin: str
    # Worked out from notice where it is read for that; no event changes it but such as end it.
    silence: Silence | None = None

    @property
    def parties(self) -> tuple[str, ...]:
        return (self.recorded_by_party, *self.attesting_parties)

    @property
    def silent(self) -> tuple[str, ...]:
        """The parties that were asked and have not attested."""
        return tuple(each for each in self.attesting_parties if each not in {*self.attested_by, *self.deemed})

    @property
    def silent_until(self) -> dict[str, date]:
        """The last day on which each party may speak that was asked and has not attested, as far as it is on notice."""
        return last_days(self.silent, said_day=self.deemed_on, silence=self.silence)

    @property
    def counts(self) -> bool:
        """Tell whether it counts for its invention (R2): confirmed or resolved, and inventive."""
        return self.status in CONFIRMING and self.content.kind == "INVENTIVE"


def evolve(state: Contribution | None, event: Event) -> Contribution:
    if isinstance(event, ContributionRecorded):
        return _content_in_force(event, origin_of(event))
    assert state is not None
    if isinstance(event, ContributionCorrected):
        return _content_in_force(event, state.origin)
    changes: dict[str, object] = {}
    match event:
        case ContributionAttested():
            return _attested(state, event)
        case ContributionAttestationDeemed():
            changes["deemed"] = (*state.deemed, event.party)
            if state.status is ContributionStatus.RECORDED:
                changes["status"] = ContributionStatus.PARTLY_ATTESTED
        case ContributionContested():
            if event.party not in state.parties:
                changes["attesting_parties"] = (*state.attesting_parties, event.party)
            changes |= {"deemed_on": None, "deemed_after": None, "silence": None}
            changes["contested_by"] = {**state.contested_by, event.party: event.reason}
            others = {party: points for party, points in state.proposed_points.items() if party != event.party}
            changes["proposed_points"] = (
                others if event.proposed_points is None else {**others, event.party: event.proposed_points}
            )
            changes["attested_by"] = {party: who for party, who in state.attested_by.items() if party != event.party}
            changes["status"] = ContributionStatus.CONTESTED
        case ContributionConfirmed():
            was_contested = state.status is ContributionStatus.CONTESTED
            changes["contested_by"] = {}
            changes["status"] = ContributionStatus.RESOLVED if was_contested else ContributionStatus.CONFIRMED
        case ContributionWithdrawn():
            changes["status"] = ContributionStatus.WITHDRAWN
            changes["withdrawn_because"] = event.reason
    return msgspec.structs.replace(state, **changes)


def next_due(state: Contribution) -> date | None:
    """Return the day after the last one on which a party may still speak, while it has not and that matters."""
    if state.status not in {ContributionStatus.RECORDED, ContributionStatus.PARTLY_ATTESTED}:
        return None
    return day_after(min(state.silent_until.values(), default=None))


def _attested(state: Contribution, event: ContributionAttested) -> Contribution:
    contested_by = {party: reason for party, reason in state.contested_by.items() if party != event.party}
    # A contest leaves its mark until everybody has attested: the contribution is then resolved, not just confirmed.
    contested = state.status is ContributionStatus.CONTESTED
    return msgspec.structs.replace(
        state,
        attested_by={**state.attested_by, event.party: event.person},
        contested_by=contested_by,
        status=ContributionStatus.CONTESTED if contested else ContributionStatus.PARTLY_ATTESTED,
    )


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
        deemed_on=event.deemed_on,
        deemed_after=event.deemed_after,
        notice_method=event.notice_method,
        deemed=(),
        contested_by={},
        proposed_points={},
        withdrawn_because=None,
        status=ContributionStatus.RECORDED,
        origin=origin,
    )


CONTRIBUTION = Aggregate("contribution", Contribution, evolve, ContributionNotFound)
