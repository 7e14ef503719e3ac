"""Proposing, attesting, rejecting and adopting the shares of an invention."""

from services.agreements.commands import Command
from services.agreements.errors import FourEyesRequired
from services.agreements.inventions.determine import determine, require_title
from services.agreements.inventions.errors import (
    AttestationsMissing,
    DeterminationHashMismatch,
    DeterminationNotFound,
    DeterminationOpen,
    InputsChanged,
    InventionAlreadyDetermined,
)
from services.agreements.inventions.model import Invention, OpenDetermination
from services.agreements.projects.decisions import check_project_party
from services.agreements.projects.model import Project
from shared.canonical import content_hash
from shared.contracts.invention import (
    DeterminationAdopted,
    DeterminationAttested,
    DeterminationContent,
    DeterminationInputs,
    DeterminationProposed,
    DeterminationRejected,
)
from shared.log.events import Event

Events = tuple[Event, ...]
# Versions count adopted determinations, and an invention is determined once in this release.
_FIRST_VERSION = 1


class ProposeDetermination(Command, frozen=True, kw_only=True):
    determination: str


class AttestDetermination(Command, frozen=True, kw_only=True):
    determination: str
    det_hash: str


class RejectDetermination(Command, frozen=True, kw_only=True):
    determination: str
    reason: str


class AdoptDetermination(Command, frozen=True, kw_only=True):
    determination: str


def propose_determination(
    state: Invention,
    project: Project,
    inputs: DeterminationInputs,
    command: ProposeDetermination,
) -> Events:
    check_project_party(project, command)
    if state.adopted:
        raise InventionAlreadyDetermined(invention=state.invention, determination=state.adopted.determination)
    inputs_hash = content_hash(inputs)
    # A proposal on inputs that have changed can never be adopted, so it does not stand in the way of a new one.
    if state.open and state.open.inputs_hash == inputs_hash:
        if (state.open.determination, state.open.proposed_by_party) == (command.determination, command.by.party):
            return ()
        raise DeterminationOpen(invention=state.invention, determination=state.open.determination)
    return (_proposal(state, inputs, inputs_hash, command),)


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


def reject_determination(state: Invention, project: Project, command: RejectDetermination) -> Events:
    """End an open determination; its proposer may, too."""
    check_project_party(project, command)
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


def adopt_determination(
    state: Invention,
    project: Project,
    inputs: DeterminationInputs,
    command: AdoptDetermination,
) -> Events:
    """Make the shares those of the invention, if they still follow from what stands now.

    `inputs` were read for this command, and whatever was read guards the append: what changes between this
    decision and its recording makes it conflict.
    """
    check_project_party(project, command)
    if state.adopted and state.adopted.determination == command.determination:
        return ()
    proposal = _open(state, command.determination)
    missing = [party for party in proposal.attesting_parties if party not in proposal.attested_by]
    if missing:
        raise AttestationsMissing(determination=proposal.determination, missing=missing)
    if content_hash(inputs) != proposal.inputs_hash:
        raise InputsChanged(
            expected=proposal.inputs_hash, got=content_hash(inputs), determination=proposal.determination
        )
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
        effective_on=state.conceived_on,
        basis="CONTRIBUTION",
    )
    return (adopted,)


def _open(state: Invention, determination: str) -> OpenDetermination:
    if state.open is None or state.open.determination != determination:
        raise DeterminationNotFound(invention=state.invention, determination=determination)
    return state.open


def _proposal(
    state: Invention, inputs: DeterminationInputs, inputs_hash: str, command: ProposeDetermination
) -> DeterminationProposed:
    determined = determine(inputs)
    content = DeterminationContent(
        invention=state.invention,
        determination=command.determination,
        version=_FIRST_VERSION,
        inputs_hash=inputs_hash,
        shares=determined.shares,
        effective_on=state.conceived_on,
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
        attesting_parties=tuple(party for party in state.parties if party != command.by.party),
    )
