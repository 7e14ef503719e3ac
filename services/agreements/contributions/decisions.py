"""What may be done with a contribution, and what then happened."""

from datetime import date
from typing import Any

import msgspec

from services.agreements.attestation import Asked
from services.agreements.commands import Command
from services.agreements.contributions.errors import (
    ContentHashMismatch,
    ContributionIsConfirmed,
    ContributionIsWithdrawn,
    ElementMissing,
    ElementUnknown,
    InventionOfAnotherProject,
    NotTheRecordingParty,
    PointsMissing,
    PointsOnNonInventive,
    RecorderCorrects,
)
from services.agreements.contributions.model import CONFIRMING, Contribution, ContributionStatus, next_due
from services.agreements.creation import create, is_repeated
from services.agreements.errors import AttestationNotAsked, DayNotReached, FourEyesRequired
from services.agreements.gates import Gate, Standing
from services.agreements.inventions.model import Invention, check_not_retired
from services.agreements.participants.decisions import check_engaged
from services.agreements.participants.model import Participant
from services.agreements.projects.decisions import check_ever_started, check_project_party
from services.agreements.projects.model import Project
from services.agreements.repetition import already
from shared.canonical import content_hash
from shared.events.contribution import (
    ContributionAttestationDeemed,
    ContributionAttested,
    ContributionConfirmed,
    ContributionContent,
    ContributionContested,
    ContributionCorrected,
    ContributionKind,
    ContributionRecorded,
    ContributionWithdrawn,
    CreditRole,
    Evidence,
)
from shared.events.registry import Event
from shared.ratio import parse_ratio

Events = tuple[Event, ...]


class Particulars(msgspec.Struct, frozen=True, kw_only=True):
    """What a correction may change of a contribution."""

    element: str | None = None
    contributor: str
    kind: ContributionKind
    credit_roles: tuple[CreditRole, ...] = ()
    points: str | None = None
    conceived_on: date
    description_hash: str
    evidence: tuple[Evidence, ...] = ()


class RecordContribution(Command, frozen=True, kw_only=True):
    # Recording is the own party's attestation. Late, it counts all the same if it was conceived before the end (R20).
    gate = Gate(power="ATTEST", standing=Standing.WAS_IN_EFFECT)

    contribution: str
    project: str
    invention: str | None = None
    particulars: Particulars

    @property
    def about(self) -> date:
        return self.particulars.conceived_on


class CorrectContribution(Command, frozen=True, kw_only=True):
    gate = Gate(power="ATTEST", standing=Standing.WAS_IN_EFFECT)

    particulars: Particulars

    @property
    def about(self) -> date:
        return self.particulars.conceived_on


class AttestContribution(Command, frozen=True, kw_only=True):
    gate = Gate(power="ATTEST", standing=Standing.TOOK_EFFECT)

    content_hash: str


class ContestContribution(Command, frozen=True, kw_only=True):
    gate = Gate(power="ATTEST", standing=Standing.TOOK_EFFECT)

    content_hash: str
    reason: str
    proposed_points: str | None = None


class WithdrawContribution(Command, frozen=True, kw_only=True):
    gate = Gate(power="ATTEST", standing=Standing.TOOK_EFFECT)

    reason: str


class Circumstances(msgspec.Struct, frozen=True):
    """What a contribution's content is checked against."""

    project: Project
    invention: Invention | None
    contributor: Participant
    # None: all other parties of the project, for as long as they take.
    asked: Asked | None = None


def record_contribution(state: Contribution | None, facts: Circumstances, command: RecordContribution) -> Events:
    check_project_party(facts.project, command)
    check_ever_started(facts.project)
    content = content_with(
        command.particulars,
        contribution=command.contribution,
        project=command.project,
        invention=command.invention,
    )
    _check_content(facts, content, command.today)
    recorded = ContributionRecorded(**_fields(content, facts, command.by.party, command.by.person))
    if not is_repeated(state, recorded):
        _check_not_given_up(facts)
    return create(state, recorded, contribution=command.contribution)


def correct_contribution(state: Contribution, facts: Circumstances, command: CorrectContribution) -> Events:
    """Replace the content; whoever attested the old one has attested nothing of the new."""
    _check_recorder(state, command)
    check_standing(state)
    content = content_with(
        command.particulars,
        contribution=state.content.contribution,
        project=state.content.project,
        invention=state.content.invention,
    )
    if content == state.content:
        return ()
    _check_content(facts, content, command.today)
    _check_not_given_up(facts)
    fields = _fields(content, facts, state.recorded_by_party, command.by.person)
    return (ContributionCorrected(**fields, supersedes=state.content_hash),)


def attest_contribution(state: Contribution, *, four_eyes: bool, command: AttestContribution) -> Events:
    if command.by.party not in state.parties:
        raise AttestationNotAsked(expected=list(state.attesting_parties), got=command.by.party)
    check_standing(state)
    if command.content_hash != state.content_hash:
        raise ContentHashMismatch(
            expected=state.content_hash, got=command.content_hash, contribution=state.content.contribution
        )
    if command.by.party not in state.silent:
        return ()
    if four_eyes and command.by.person == state.recorded_by:
        raise FourEyesRequired(got=command.by.person, contribution=state.content.contribution)
    attested = ContributionAttested(
        agreement=state.agreement,
        contribution=state.content.contribution,
        project=state.content.project,
        invention=state.content.invention,
        parties=state.parties,
        party=command.by.party,
        person=command.by.person,
        content_hash=state.content_hash,
    )
    if state.silent != (command.by.party,):
        return (attested,)
    return (attested, _confirmed(state))


def advance(state: Contribution, today: date) -> Events:
    """Take silence for attestation of each party whose time to speak is over, where the terms say so."""
    if next_due(state) is None:
        return ()
    over = {party: last for party, last in state.silent_until.items() if last < today}
    deemed = (
        ContributionAttestationDeemed(
            agreement=state.agreement,
            contribution=state.content.contribution,
            project=state.content.project,
            invention=state.content.invention,
            parties=state.parties,
            party=party,
            content_hash=state.content_hash,
            deemed_on=last,
            notice=None if state.silence is None else state.silence.event,
        )
        for party, last in over.items()
    )
    return (*deemed, *((_confirmed(state),) if {*over} == {*state.silent} else ()))


def contest_contribution(state: Contribution, project: Project, command: ContestContribution) -> Events:
    """Deny exactly this content; a party that has attested it takes that back.

    A party of the project that was not asked may, too: whoever denies it has an interest in it.
    """
    check_project_party(project, command)
    contribution = state.content.contribution
    if command.by.party == state.recorded_by_party:
        raise RecorderCorrects(got=command.by.party, contribution=contribution)
    check_standing(state)
    if command.content_hash != state.content_hash:
        raise ContentHashMismatch(expected=state.content_hash, got=command.content_hash, contribution=contribution)
    if state.status in CONFIRMING:
        raise ContributionIsConfirmed(got=state.status, contribution=contribution)
    known = state.contested_by.get(command.by.party), state.proposed_points.get(command.by.party)
    if known == (command.reason, command.proposed_points):
        return ()
    check_proposed_points(state.content, command.proposed_points)
    contested = ContributionContested(
        agreement=state.agreement,
        contribution=contribution,
        project=state.content.project,
        invention=state.content.invention,
        parties=tuple(dict.fromkeys((*state.parties, command.by.party))),
        party=command.by.party,
        person=command.by.person,
        content_hash=state.content_hash,
        reason=command.reason,
        proposed_points=command.proposed_points,
    )
    return (contested,)


def withdraw_contribution(state: Contribution, command: WithdrawContribution) -> Events:
    _check_recorder(state, command)
    if state.status is ContributionStatus.WITHDRAWN:
        recorded = {"reason": state.withdrawn_because}
        return already(recorded, {"reason": command.reason}, contribution=state.content.contribution)
    return (
        ContributionWithdrawn(
            agreement=state.agreement,
            contribution=state.content.contribution,
            project=state.content.project,
            invention=state.content.invention,
            parties=state.parties,
            reason=command.reason,
        ),
    )


def check_element(invention: Invention, element: str | None) -> None:
    if element not in {known.id for known in invention.elements}:
        raise ElementUnknown(got=element, invention=invention.invention)


def content_with(
    particulars: Particulars, *, contribution: str, project: str, invention: str | None
) -> ContributionContent:
    return ContributionContent(
        contribution=contribution,
        project=project,
        invention=invention,
        element=particulars.element,
        contributor=particulars.contributor,
        kind=particulars.kind,
        credit_roles=particulars.credit_roles,
        points=particulars.points,
        conceived_on=particulars.conceived_on,
        description_hash=particulars.description_hash,
        evidence=particulars.evidence,
    )


def _check_content(facts: Circumstances, content: ContributionContent, today: date) -> None:
    if content.conceived_on > today:
        raise DayNotReached(expected=f"at most {today}", got=content.conceived_on)
    check_engaged(facts.contributor, content.conceived_on)
    if facts.invention and facts.invention.project != content.project:
        raise InventionOfAnotherProject(expected=facts.invention.project, got=content.project)
    points = parse_ratio(content.points) if content.points is not None else None
    if content.kind == "NON_INVENTIVE":
        if points is not None:
            raise PointsOnNonInventive(got=content.points, contribution=content.contribution)
    elif points is None or points.numerator <= 0:
        raise PointsMissing(expected="above 0/1", got=content.points, contribution=content.contribution)
    elif facts.invention is None or content.element is None:
        raise ElementMissing(contribution=content.contribution)
    if content.element is not None:
        if facts.invention is None:
            raise ElementMissing(contribution=content.contribution)
        check_element(facts.invention, content.element)


def _check_not_given_up(facts: Circumstances) -> None:
    if facts.invention:
        check_not_retired(facts.invention)


def check_proposed_points(content: ContributionContent, proposed: str | None) -> None:
    if proposed is None:
        return
    if content.kind == "NON_INVENTIVE":
        raise PointsOnNonInventive(got=proposed, contribution=content.contribution)
    if parse_ratio(proposed).numerator <= 0:
        raise PointsMissing(expected="above 0/1", got=proposed, contribution=content.contribution)


def _confirmed(state: Contribution) -> ContributionConfirmed:
    return ContributionConfirmed(
        agreement=state.agreement,
        contribution=state.content.contribution,
        project=state.content.project,
        invention=state.content.invention,
        parties=state.parties,
        content_hash=state.content_hash,
    )


def _fields(content: ContributionContent, facts: Circumstances, party: str, person: str) -> dict[str, Any]:
    others = tuple(other for other in facts.project.parties if other != party)
    asked = facts.asked or Asked(others)
    return {
        **msgspec.structs.asdict(content),
        "agreement": facts.project.agreement,
        "content_hash": content_hash(content),
        "recorded_by_party": party,
        "recorded_by": person,
        "attesting_parties": asked.parties,
        "deemed_after": asked.deemed_after,
        "notice_method": asked.notice_method,
    }


def _check_recorder(state: Contribution, command: Command) -> None:
    if command.by.party != state.recorded_by_party:
        raise NotTheRecordingParty(
            expected=state.recorded_by_party, got=command.by.party, contribution=state.content.contribution
        )


def check_standing(state: Contribution) -> None:
    if state.status is ContributionStatus.WITHDRAWN:
        raise ContributionIsWithdrawn(contribution=state.content.contribution)
