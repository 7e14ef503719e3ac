"""Proposing, attesting, rejecting and adopting the shares of an invention, for the first time and again."""

from collections.abc import Container, Mapping
from datetime import date

import msgspec

from services.agreements.attestation import Asked
from services.agreements.commands import Command
from services.agreements.errors import AttestationNotAsked, FourEyesRequired
from services.agreements.gates import Gate, Standing
from services.agreements.inventions.determine import determine, require_title
from services.agreements.inventions.errors import (
    AgreedSharesMissing,
    AttestationsMissing,
    ContributorsNotHeard,
    DeterminationHashMismatch,
    DeterminationNotFound,
    DeterminationOpen,
    InputsChanged,
    InventionAlreadyDetermined,
    NotProspective,
)
from services.agreements.inventions.model import Invention, OpenDetermination, check_not_retired, regime_of
from services.agreements.ownership import account
from services.agreements.projects.decisions import check_project_party
from services.agreements.projects.model import Project
from shared.canonical import content_hash
from shared.events.invention import (
    DeterminationAdopted,
    DeterminationAttested,
    DeterminationContent,
    DeterminationInputs,
    DeterminationProposed,
    DeterminationRejected,
    DeterminationSuperseded,
    Redetermination,
)
from shared.events.registry import Event

Events = tuple[Event, ...]


class ProposeDetermination(Command, frozen=True, kw_only=True):
    """`shares` only by the method AGREED; `effective_on` only where the terms re-determine PROSPECTIVE."""

    gate = Gate(power="ATTEST", standing=Standing.TOOK_EFFECT)

    determination: str
    shares: dict[str, str] | None = None
    effective_on: date | None = None


class AttestDetermination(Command, frozen=True, kw_only=True):
    gate = Gate(power="ATTEST", standing=Standing.TOOK_EFFECT)

    determination: str
    det_hash: str


class RejectDetermination(Command, frozen=True, kw_only=True):
    gate = Gate(power="ATTEST", standing=Standing.TOOK_EFFECT)

    determination: str
    reason: str


class AdoptDetermination(Command, frozen=True, kw_only=True):
    gate = Gate(power="ATTEST", standing=Standing.TOOK_EFFECT)

    determination: str


def propose_determination(  # noqa: PLR0913  # the last three are keyword-only: what the terms say
    state: Invention,
    project: Project,
    inputs: DeterminationInputs,
    command: ProposeDetermination,
    *,
    mode: Redetermination = "AB_INITIO",
    asked: Asked | None = None,
    escalates_on: date | None = None,
    affiliates: Container[str] = (),
    unheard: Mapping[str, str] | None = None,
) -> Events:
    """Propose shares; `mode` is the terms' and means nothing for the first determination.

    Without `asked` all other parties of the project are, for as long as they take. `affiliates` may what these may.
    `unheard` are those whose own word the terms ask for and who have not given it, by contribution.
    """
    check_project_party(project, command, also=affiliates)
    check_not_retired(state)
    if (inputs.method == "AGREED") != (command.shares is not None):
        raise AgreedSharesMissing(method=inputs.method)
    inputs_hash = content_hash(inputs)
    if state.adopted and state.adopted.inputs_hash == inputs_hash:
        raise InventionAlreadyDetermined(invention=state.invention, determination=state.adopted.determination)
    # A proposal on inputs that have changed can never be adopted, so it does not stand in the way of a new one.
    if state.open and state.open.inputs_hash == inputs_hash:
        if _is_repeated(state.open, command):
            return ()
        raise DeterminationOpen(invention=state.invention, determination=state.open.determination)
    _check_heard(state, unheard)
    prospective_on = _prospective_on(state, mode, command)
    asked = asked or Asked(tuple(party for party in state.parties if party != command.by.party))
    # Nobody is silent in a dispute.
    asked = asked._replace(deemed_on=None) if state.disputes else asked
    proposal = _proposal(state, inputs, inputs_hash, prospective_on, command)
    return (
        msgspec.structs.replace(
            proposal, attesting_parties=asked.parties, deemed_on=asked.deemed_on, escalates_on=escalates_on
        ),
    )


def _is_repeated(proposal: OpenDetermination, command: ProposeDetermination) -> bool:
    """Say whether exactly this was proposed; who names no day repeats a proposal of whatever day."""
    proposed = proposal.determination, proposal.proposed_by_party
    return proposed == (command.determination, command.by.party) and command.effective_on in {
        None,
        proposal.effective_on,
    }


def attest_determination(
    state: Invention, project: Project, *, four_eyes: bool, command: AttestDetermination
) -> Events:
    check_project_party(project, command)
    proposal = _open(state, command.determination)
    if command.det_hash != proposal.det_hash:
        raise DeterminationHashMismatch(
            expected=proposal.det_hash, got=command.det_hash, determination=proposal.determination
        )
    if command.by.party == proposal.proposed_by_party or command.by.party in proposal.attested_by:
        return ()
    if command.by.party not in proposal.attesting_parties:
        raise AttestationNotAsked(expected=list(proposal.attesting_parties), got=command.by.party)
    if four_eyes and command.by.person == proposal.proposed_by:
        raise FourEyesRequired(got=command.by.person, determination=proposal.determination)
    attested = DeterminationAttested(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        invention=state.invention,
        determination=proposal.determination,
        version=proposal.version,
        party=command.by.party,
        person=command.by.person,
        det_hash=proposal.det_hash,
    )
    return (attested,)


def reject_determination(
    state: Invention, project: Project, command: RejectDetermination, *, affiliates: Container[str] = ()
) -> Events:
    """End an open determination; its proposer may, too."""
    check_project_party(project, command, also=affiliates)
    proposal = _open(state, command.determination)
    rejected = DeterminationRejected(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        invention=state.invention,
        determination=proposal.determination,
        version=proposal.version,
        party=command.by.party,
        reason=command.reason,
    )
    return (rejected,)


def adopt_determination(  # noqa: PLR0913  # the last two are keyword-only: what the terms say
    state: Invention,
    project: Project,
    inputs: DeterminationInputs,
    command: AdoptDetermination,
    *,
    affiliates: Container[str] = (),
    unheard: Mapping[str, str] | None = None,
) -> Events:
    """Make the shares those of the invention, if they still follow from what stands now.

    `inputs` were read for this command, and whatever was read guards the append: what changes between this
    decision and its recording makes it conflict.
    """
    check_project_party(project, command, also=affiliates)
    if state.adopted and state.adopted.determination == command.determination:
        return ()
    check_not_retired(state)
    proposal = _open(state, command.determination)
    if proposal.silent:
        raise AttestationsMissing(determination=proposal.determination, missing=list(proposal.silent))
    if content_hash(inputs) != proposal.inputs_hash:
        raise InputsChanged(
            expected=proposal.inputs_hash, got=content_hash(inputs), determination=proposal.determination
        )
    # Again: the terms may have come to ask for it since.
    _check_heard(state, unheard)
    require_title(inputs, determine(inputs))
    adopted = DeterminationAdopted(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        invention=state.invention,
        determination=proposal.determination,
        version=proposal.version,
        method=inputs.method,
        inputs_hash=proposal.inputs_hash,
        det_hash=proposal.det_hash,
        shares=proposal.shares,
        conceived_on=state.conceived_on,
        effective_on=proposal.effective_on or state.conceived_on,
        basis="AGREED" if inputs.method == "AGREED" else "CONTRIBUTION",
        mode=proposal.mode,
    )
    return adoption(state, adopted)


def _check_heard(state: Invention, unheard: Mapping[str, str] | None) -> None:
    if unheard:
        raise ContributorsNotHeard(invention=state.invention, contributions=dict(sorted(unheard.items())))


def adoption(state: Invention, adopted: DeterminationAdopted) -> Events:
    """Return an adoption and what gives way to it; raises OwnershipReplayConflict where a transfer lacks shares."""
    account.adopted(state.account, regime_of(adopted))
    if state.adopted is None:
        return (adopted,)
    superseded = DeterminationSuperseded(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        invention=state.invention,
        determination=state.adopted.determination,
        version=state.adopted.version,
        by_determination=adopted.determination,
        by_version=adopted.version,
        holders=tuple(sorted({*state.adopted.shares, *adopted.shares})),
    )
    return (adopted, superseded)


def next_version(state: Invention) -> int:
    """Return the number of the next determination: versions count those that were adopted."""
    return state.adopted.version + 1 if state.adopted else 1


def _prospective_on(state: Invention, mode: Redetermination, command: ProposeDetermination) -> date | None:
    """Return the day from which on the shares hold, None for conception."""
    if state.adopted is None or mode == "AB_INITIO":
        if command.effective_on is not None:
            raise NotProspective(got=command.effective_on, invention=state.invention)
        return None
    effective_on = command.effective_on or command.today
    if effective_on < state.conceived_on:
        raise NotProspective(expected=f"at least {state.conceived_on}", got=effective_on, invention=state.invention)
    return effective_on


def _open(state: Invention, determination: str) -> OpenDetermination:
    if state.open is None or state.open.determination != determination:
        raise DeterminationNotFound(invention=state.invention, determination=determination)
    return state.open


def _proposal(
    state: Invention,
    inputs: DeterminationInputs,
    inputs_hash: str,
    prospective_on: date | None,
    command: ProposeDetermination,
) -> DeterminationProposed:
    determined = determine(inputs)
    content = DeterminationContent(
        invention=state.invention,
        determination=command.determination,
        version=next_version(state),
        inputs_hash=inputs_hash,
        shares=determined.shares,
        effective_on=prospective_on or state.conceived_on,
    )
    return DeterminationProposed(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        invention=state.invention,
        determination=command.determination,
        version=content.version,
        method=inputs.method,
        conceived_on=state.conceived_on,
        inputs=inputs,
        inputs_hash=inputs_hash,
        shares=determined.shares,
        derivation=determined.derivation,
        alarms=determined.alarms,
        det_hash=content_hash(content),
        proposed_by_party=command.by.party,
        proposed_by=command.by.person,
        attesting_parties=(),
        mode="PROSPECTIVE" if prospective_on else "AB_INITIO",
        effective_on=prospective_on,
    )
