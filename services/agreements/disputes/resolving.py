"""How a dispute ends with an outcome: whose word it needs, and what it makes of the shares."""

from datetime import timedelta
from typing import Final

from services.agreements.commands import Command, HoldersCommand
from services.agreements.disputes.binding import (
    Applicable,
    LaidDown,
    awaited_by,
    bound_by_silence,
    claims_count_until,
    resolved_if_confirmed,
)
from services.agreements.disputes.decisions import Both, check_open, check_party, climbed
from services.agreements.disputes.errors import (
    NotAffected,
    NotLaidDownByYou,
    NotTheRegistrar,
    ObjectionTooLate,
    OutcomeIsAgreed,
    OutcomeIsConfirmed,
    OutcomeIsPending,
    RegistrarNotAsked,
    RegistrarNotNeutral,
    ResolutionNotProposed,
    StepNotReached,
)
from services.agreements.disputes.model import Dispute, Resolution, SettingAside, resumed, unopposed_on
from services.agreements.gates import Gate, Standing
from services.agreements.inventions.model import Invention
from services.agreements.repetition import already
from shared.canonical import content_hash
from shared.events.dispute import (
    DECIDED,
    DisputeBasis,
    DisputeResolutionConfirmed,
    DisputeResolutionDeclined,
    DisputeResolutionObjected,
    DisputeResolutionProposed,
    DisputeResolutionWithdrawn,
)
from shared.events.registry import Event
from shared.events.terms import LadderStep
from shared.ratio import parse_shares

Events = tuple[Event, ...]
_STEP: Final[dict[DisputeBasis, LadderStep]] = {
    "EXPERT": "EXPERT",
    "MEDIATION": "MEDIATE",
    "ARBITRATION": "ARBITRATE",
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
    until = claims_count_until(state, command.basis, terms)
    laid_down = LaidDown(command.outcome, command.basis, command.by.party, until)
    one_sided = command.basis in DECIDED
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
        awaited=awaited_by(state, asset, terms, laid_down, command.today),
        registrar=terms.registrar,
        objection_days=terms.objection_days if one_sided else None,
        laid_down_on=command.today,
        claims_until=until,
        notice_method=terms.notice_method if one_sided else None,
    )
    return resolved_if_confirmed(
        state, asset, terms, proposed, today=command.today, determination=command.determination
    )


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
    awaited = awaited_by(state, asset, terms, resolution, command.today)
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
    return resolved_if_confirmed(
        state, asset, terms, confirmed, today=command.today, determination=command.determination
    )


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
    awaited = awaited_by(state, asset, terms, resolution, command.today)
    if command.holder not in awaited:
        raise NotAffected(expected=list(awaited), got=command.holder, dispute=state.dispute)
    if reason := resolution.objected_by.get(command.holder):
        return already({"reason": reason}, {"reason": command.reason}, dispute=state.dispute), ()
    _check_opposable(state, asset, terms, command)
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


def _check_opposable(state: Dispute, asset: Invention, terms: Applicable, command: Command) -> None:
    """Raise ObjectionTooLate for what binds by now, though nobody has recorded it yet."""
    over_on = unopposed_on(state)
    # What cannot bind may be objected to for as long as it is there: else nothing could end it.
    if over_on and over_on <= command.today and bound_by_silence(state, asset, terms, over_on) is not None:
        last = over_on - timedelta(days=1)
        raise ObjectionTooLate(expected=f"at most {last}", got=command.today, dispute=state.dispute)


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
