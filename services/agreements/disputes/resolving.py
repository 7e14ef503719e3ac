"""How a dispute ends with an outcome: whose word it needs, and what it makes of the shares."""

from typing import Final, NamedTuple

from services.agreements.commands import Command, HoldersCommand
from services.agreements.disputes.affected import affected_by, claims_until, denied_by
from services.agreements.disputes.decisions import Both, check_open, check_party, climbed, unfreeze
from services.agreements.disputes.errors import (
    NotAffected,
    NotLaidDownByYou,
    NotTheRegistrar,
    OutcomeIsAgreed,
    OutcomeIsConfirmed,
    OutcomeIsPending,
    RegistrarNotAsked,
    RegistrarNotNeutral,
    ResolutionNotProposed,
    StepNotReached,
)
from services.agreements.disputes.model import DISPUTE, Dispute, Resolution, SettingAside, resumed
from services.agreements.gates import Gate, Standing
from services.agreements.inventions.determinations import adoption, next_version
from services.agreements.inventions.model import Invention
from services.agreements.ownership.account import Regime
from services.agreements.repetition import already
from shared.canonical import content_hash
from shared.events.dispute import (
    DECIDED,
    Decision,
    DisputeBasis,
    DisputeResolutionConfirmed,
    DisputeResolutionDeclined,
    DisputeResolutionObjected,
    DisputeResolutionProposed,
    DisputeResolutionWithdrawn,
    DisputeResolved,
)
from shared.events.invention import DeterminationAdopted, DeterminationBasis, DeterminationContent, Redetermination
from shared.events.registry import Event
from shared.events.terms import LadderStep
from shared.ratio import parse_shares

Events = tuple[Event, ...]
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


class Applicable(NamedTuple):
    """What the terms and affiliations say about an outcome.

    `one_side` are all who are in one hand with whoever lays it down or laid it down: nobody of them takes it from
    another. The registrar is None where the terms name none, or one that is not neutral any more.
    """

    mode: Redetermination
    one_side: frozenset[str]
    registrar: str | None
    objection_days: int


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


class ObjectToResolution(HoldersCommand, frozen=True, kw_only=True):
    gate = Gate(power="DISPUTE", standing=Standing.TOOK_EFFECT)

    resolution_hash: str
    reason: str


class DeclineResolution(Command, frozen=True, kw_only=True):
    gate = Gate(power="DISPUTE", standing=Standing.TOOK_EFFECT)

    resolution_hash: str
    reason: str


class WithdrawResolution(Command, frozen=True, kw_only=True):
    gate = Gate(power="DISPUTE", standing=Standing.TOOK_EFFECT)

    resolution_hash: str


def propose_resolution(state: Dispute, asset: Invention, terms: Applicable, command: ProposeResolution) -> Both:
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
        # Whoever lays down the same says that it is so.
        confirm = ConfirmResolution(
            by=command.by,
            holder=command.by.party,
            today=command.today,
            resolution_hash=resolution_hash,
            determination=command.determination,
        )
        return confirm_resolution(state, asset, terms, confirm)
    pending = state.pending
    if pending and command.by.party != pending.laid_down_by and not pending.objected_by:
        raise OutcomeIsPending(got=pending.resolution_hash, dispute=state.dispute, party=pending.laid_down_by)
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
        awaited=_awaited(state, asset, terms, command, command),
        registrar=terms.registrar,
        objection_days=terms.objection_days if command.basis in DECIDED else None,
        laid_down_on=command.today,
        claims_until=claims_until(state, command.basis, terms.objection_days),
    )
    return _resolved_if_confirmed(state, asset, terms, proposed, command)


def confirm_resolution(state: Dispute, asset: Invention, terms: Applicable, command: ConfirmResolution) -> Both:
    """Confirm exactly the outcome with this hash; the last one needed makes it stand."""
    # Of an outcome that is none any more whoever is the registrar now is told so.
    registrar = state.resolution.registrar if state.resolution else terms.registrar
    if command.holder != registrar:
        check_party(state, asset, command)
    resolution = _laid_down(state, command.resolution_hash)
    if command.holder == registrar:
        _check_neutral(state, terms, command)
    if command.holder in resolution.confirmed_by:
        return (), ()
    awaited = _awaited(state, asset, terms, resolution, command)
    if command.holder == registrar and not resolution.asks_registrar(awaited) and command.holder not in awaited:
        raise RegistrarNotAsked(got=resolution.basis, dispute=state.dispute)
    confirmed = DisputeResolutionConfirmed(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        resolution_hash=command.resolution_hash,
        party=command.holder,
        person=command.by.person,
        awaited=awaited,
    )
    return _resolved_if_confirmed(state, asset, terms, confirmed, command)


def object_to_resolution(state: Dispute, asset: Invention, terms: Applicable, command: ObjectToResolution) -> Both:
    """Object to what one side laid down: the dispute goes on at the next step; at the last, no silence binds."""
    check_party(state, asset, command)
    if _is_set_aside(state, command, "OBJECTED"):
        return _already(state, command), ()
    resolution = _laid_down(state, command.resolution_hash)
    if not resolution.is_one_sided:
        raise OutcomeIsAgreed(got=resolution.basis, dispute=state.dispute)
    if command.holder in resolution.confirmed_by:
        raise OutcomeIsConfirmed(got=command.holder, dispute=state.dispute)
    awaited = _awaited(state, asset, terms, resolution, command)
    if command.holder not in awaited:
        raise NotAffected(expected=list(awaited), got=command.holder, dispute=state.dispute)
    if reason := resolution.objected_by.get(command.holder):
        return already({"reason": reason}, {"reason": command.reason}, dispute=state.dispute), ()
    objected = DisputeResolutionObjected(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        resolution_hash=command.resolution_hash,
        party=command.holder,
        person=command.by.person,
        reason=command.reason,
    )
    return (objected, *climbed(state, command.today)), ()


def decline_resolution(state: Dispute, _asset: Invention, terms: Applicable, command: DeclineResolution) -> Both:
    """Say, as the registrar, that there is no such document: the outcome is none any more."""
    if _is_set_aside(state, command, "DECLINED"):
        return _already(state, command), ()
    resolution = _laid_down(state, command.resolution_hash)
    if command.by.party != resolution.registrar:
        raise NotTheRegistrar(expected=resolution.registrar, got=command.by.party, dispute=state.dispute)
    _check_neutral(state, terms, command)
    if not resolution.is_one_sided:
        raise OutcomeIsAgreed(got=resolution.basis, dispute=state.dispute)
    declined = DisputeResolutionDeclined(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        resolution_hash=command.resolution_hash,
        party=command.by.party,
        person=command.by.person,
        reason=command.reason,
        due_on=resumed(state, command.today),
    )
    return (declined,), ()


def withdraw_resolution(state: Dispute, asset: Invention, _terms: Applicable, command: WithdrawResolution) -> Both:
    """Take back an outcome that one has laid down and that binds nobody yet."""
    check_party(state, asset, command)
    if _is_set_aside(state, command, "WITHDRAWN"):
        return (), ()
    resolution = _laid_down(state, command.resolution_hash)
    if command.by.party != resolution.laid_down_by:
        raise NotLaidDownByYou(expected=resolution.laid_down_by, got=command.by.party, dispute=state.dispute)
    withdrawn = DisputeResolutionWithdrawn(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        resolution_hash=command.resolution_hash,
        party=command.by.party,
        person=command.by.person,
        due_on=resumed(state, command.today),
    )
    return (withdrawn,), ()


def laid_down_by(state: Dispute, command: Command) -> str:
    """Return who laid down, or now lays down, what a command is about."""
    if isinstance(command, ProposeResolution) or state.resolution is None:
        return command.by.party
    return state.resolution.laid_down_by


def _laid_down(state: Dispute, resolution_hash: str) -> Resolution:
    check_open(state)
    if state.resolution is None or state.resolution.resolution_hash != resolution_hash:
        raise ResolutionNotProposed(got=resolution_hash, dispute=state.dispute)
    return state.resolution


def _check_neutral(state: Dispute, terms: Applicable, command: Command) -> None:
    if terms.registrar != command.by.party:
        raise RegistrarNotNeutral(got=command.by.party, dispute=state.dispute)


def _is_set_aside(
    state: Dispute, command: ObjectToResolution | DeclineResolution | WithdrawResolution, how: SettingAside
) -> bool:
    """Tell whether the caller's party has set aside exactly this outcome already, in this way."""
    set_aside, waits = state.set_aside, state.resolution
    if set_aside is None or (waits and waits.resolution_hash == command.resolution_hash):
        return False
    party = command.holder if isinstance(command, ObjectToResolution) else command.by.party
    said = (set_aside.resolution_hash, set_aside.how, set_aside.party)
    return said == (command.resolution_hash, how, party)


def _already(state: Dispute, command: ObjectToResolution | DeclineResolution) -> Events:
    reason = state.set_aside and state.set_aside.reason
    return already({"reason": reason}, {"reason": command.reason}, dispute=state.dispute)


def _awaited(
    state: Dispute, asset: Invention, terms: Applicable, laid_down: ProposeResolution | Resolution, command: Command
) -> tuple[str, ...]:
    """Return whose confirmation an outcome takes: who would hold less by it, and all parties to what they settle.

    Until a day also whoever gets less than it claims: a word of one side ends no other's dispute, nor what it freezes.
    """
    affected: set[str] = set()
    if not _is_adopted(asset, laid_down.outcome):
        regime = _regime(asset, terms.mode, laid_down.outcome, command)
        affected = affected_by(state, asset, regime, command.today)
    until = claims_until(state, laid_down.basis, terms.objection_days)
    if isinstance(laid_down, Resolution):
        until = laid_down.claims_until
    if until is not None and command.today < until:
        affected |= denied_by(state, laid_down.outcome)
    affected -= terms.one_side
    if laid_down.basis not in DECIDED:
        affected |= {*state.parties} - {laid_down_by(state, command)}
    return tuple(sorted(affected))


def _is_adopted(asset: Invention, outcome: dict[str, str]) -> bool:
    """Tell whether the outcome is what was adopted: a claim that is rejected leaves the shares as they are."""
    return asset.adopted is not None and asset.adopted.shares == outcome


def _resolved_if_confirmed(
    state: Dispute,
    asset: Invention,
    terms: Applicable,
    said: Event,
    command: ProposeResolution | ConfirmResolution,
) -> Both:
    resolution = DISPUTE.evolve(state, said).resolution
    assert resolution is not None
    if resolution.missing:
        return (said,), ()
    # The determination that says so already stays.
    adopted = asset.adopted if asset.adopted and _is_adopted(asset, resolution.outcome) else None
    posted = () if adopted else adoption(asset, _adopted(state.dispute, asset, resolution, terms.mode, command))
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


def _adopted(
    dispute: str,
    asset: Invention,
    resolution: Resolution,
    mode: Redetermination,
    command: ProposeResolution | ConfirmResolution,
) -> DeterminationAdopted:
    regime = _regime(asset, mode, resolution.outcome, command)
    content = DeterminationContent(
        invention=asset.invention,
        determination=command.determination,
        version=next_version(asset),
        inputs_hash=resolution.document_hash,
        shares=resolution.outcome,
        effective_on=regime.start,
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
        mode="PROSPECTIVE" if _is_prospective(asset, mode) else "AB_INITIO",
        dispute=dispute,
        decision=_decision(resolution),
    )


def _decision(resolution: Resolution) -> Decision:
    confirmed_by = resolution.confirmed_by.keys() - {resolution.laid_down_by}
    return Decision(
        basis=resolution.basis,
        laid_down_by=resolution.laid_down_by,
        confirmed_by=tuple(sorted(confirmed_by)),
        registrar=resolution.registrar if resolution.registrar in confirmed_by else None,
    )


def _regime(asset: Invention, mode: Redetermination, outcome: dict[str, str], command: Command) -> Regime:
    """Return the shares of an outcome from the day on which they would hold."""
    start = command.today if _is_prospective(asset, mode) else asset.conceived_on
    return Regime(determination="", start=start, shares=outcome)


def _is_prospective(asset: Invention, mode: Redetermination) -> bool:
    return mode == "PROSPECTIVE" and asset.adopted is not None
