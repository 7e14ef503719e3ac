"""How a dispute ends with an outcome: who has to confirm it, and what it makes of the shares."""

from typing import Final

from services.agreements.commands import Command, HoldersCommand
from services.agreements.disputes.decisions import Both, check_open, check_party, unfreeze
from services.agreements.disputes.errors import ResolutionNotProposed, StepNotReached
from services.agreements.disputes.model import DISPUTE, Dispute, Resolution
from services.agreements.gates import Gate, Standing
from services.agreements.inventions.determinations import adoption, next_version
from services.agreements.inventions.model import Invention
from shared.canonical import content_hash
from shared.events.dispute import (
    DisputeBasis,
    DisputeResolutionConfirmed,
    DisputeResolutionProposed,
    DisputeResolved,
)
from shared.events.invention import DeterminationAdopted, DeterminationBasis, DeterminationContent, Redetermination
from shared.events.registry import Event
from shared.events.terms import LadderStep
from shared.ratio import parse_shares

Events = tuple[Event, ...]
# A settlement is everybody's word; a decision is one party's record of it that another party confirms; a court needs
# nobody's confirmation, so that no party can stand in its way.
_CONFIRMED_BY_ALL: Final = frozenset({"SETTLEMENT", "MEDIATION"})
_CONFIRMED_BY_ANOTHER: Final = frozenset({"EXPERT", "ARBITRATION"})
_STEP: Final[dict[DisputeBasis, LadderStep]] = {
    "EXPERT": "EXPERT",
    "MEDIATION": "MEDIATE",
    "ARBITRATION": "ARBITRATE",
}
_BASIS: Final[dict[DisputeBasis, DeterminationBasis]] = {
    "SETTLEMENT": "AGREED",
    "MEDIATION": "AGREED",
    "EXPERT": "DECISION",
    "ARBITRATION": "DECISION",
    "COURT": "COURT",
}


class ProposeResolution(Command, frozen=True, kw_only=True):
    gate = Gate(power="DISPUTE", standing=Standing.TOOK_EFFECT)

    outcome: dict[str, str]
    basis: DisputeBasis
    document_hash: str
    determination: str


class ConfirmResolution(HoldersCommand, frozen=True, kw_only=True):
    gate = Gate(power="DISPUTE", standing=Standing.TOOK_EFFECT)

    resolution_hash: str
    determination: str


def propose_resolution(state: Dispute, asset: Invention, mode: Redetermination, command: ProposeResolution) -> Both:
    """Lay an outcome down; where nobody else has to confirm it, it stands at once."""
    check_party(state, asset, command)
    check_open(state)
    parse_shares(command.outcome)
    needed = _STEP.get(command.basis)
    reached = [rung.step for rung in state.ladder[: state.rung + 1]]
    if needed is not None and needed not in reached:
        raise StepNotReached(expected=needed, got=state.step, dispute=state.dispute)
    resolution_hash = content_hash(
        {
            "dispute": state.dispute,
            "outcome": command.outcome,
            "basis": command.basis,
            "document_hash": command.document_hash,
        }
    )
    if state.resolution and state.resolution.resolution_hash == resolution_hash:
        return (), ()
    proposed = DisputeResolutionProposed(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        outcome=command.outcome,
        basis=command.basis,
        document_hash=command.document_hash,
        resolution_hash=resolution_hash,
        party=command.by.party,
        person=command.by.person,
    )
    return _resolved_if_confirmed(state, asset, mode, proposed, command)


def confirm_resolution(state: Dispute, asset: Invention, mode: Redetermination, command: ConfirmResolution) -> Both:
    """Confirm exactly the outcome with this hash; the last one needed makes it stand."""
    check_party(state, asset, command)
    check_open(state)
    if state.resolution is None or state.resolution.resolution_hash != command.resolution_hash:
        raise ResolutionNotProposed(got=command.resolution_hash, dispute=state.dispute)
    if command.holder in state.resolution.confirmed_by:
        return (), ()
    confirmed = DisputeResolutionConfirmed(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        resolution_hash=command.resolution_hash,
        party=command.holder,
        person=command.by.person,
    )
    return _resolved_if_confirmed(state, asset, mode, confirmed, command)


def _resolved_if_confirmed(
    state: Dispute, asset: Invention, mode: Redetermination, said: Event, command: ProposeResolution | ConfirmResolution
) -> Both:
    resolution = DISPUTE.evolve(state, said).resolution
    assert resolution is not None
    if not _is_confirmed(resolution, state.parties):
        return (said,), ()
    # A claim that is rejected leaves the shares as they are, and the determination that says so.
    adopted = asset.adopted if asset.adopted and asset.adopted.shares == resolution.outcome else None
    posted = () if adopted else adoption(asset, _adopted(state.dispute, asset, resolution, mode, command))
    resolved = DisputeResolved(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        outcome=resolution.outcome,
        basis=resolution.basis,
        document_hash=resolution.document_hash,
        determination=adopted.determination if adopted else command.determination,
    )
    return (said, resolved), (*posted, *unfreeze(asset, state))


def _is_confirmed(resolution: Resolution, parties: tuple[str, ...]) -> bool:
    if resolution.basis in _CONFIRMED_BY_ALL:
        return set(resolution.confirmed_by) >= set(parties)
    if resolution.basis in _CONFIRMED_BY_ANOTHER:
        return len(resolution.confirmed_by) >= min(2, len(parties))
    return True


def _adopted(
    dispute: str,
    asset: Invention,
    resolution: Resolution,
    mode: Redetermination,
    command: ProposeResolution | ConfirmResolution,
) -> DeterminationAdopted:
    prospective = mode == "PROSPECTIVE" and asset.adopted is not None
    content = DeterminationContent(
        invention=asset.invention,
        determination=command.determination,
        version=next_version(asset),
        inputs_hash=resolution.document_hash,
        shares=resolution.outcome,
        effective_on=command.today if prospective else asset.conceived_on,
    )
    return DeterminationAdopted(
        agreement=asset.agreement,
        project=asset.project,
        parties=asset.parties,
        invention=asset.invention,
        determination=command.determination,
        version=content.version,
        method="AGREED",
        inputs_hash=content.inputs_hash,
        det_hash=content_hash(content),
        shares=content.shares,
        conceived_on=asset.conceived_on,
        effective_on=content.effective_on,
        basis=_BASIS[resolution.basis],
        mode="PROSPECTIVE" if prospective else "AB_INITIO",
        dispute=dispute,
    )
