"""What may be said in a dispute, and what time does to it."""

from datetime import date, timedelta

from services.agreements.commands import Command, HoldersCommand
from services.agreements.consent.holders import concerned, holders_ever
from services.agreements.contributions.decisions import check_element
from services.agreements.creation import check_free
from services.agreements.disputes.errors import DisputeIsOpen, DisputeIsOver, EvidenceTooLate, NotTheClaimant
from services.agreements.disputes.model import Dispute, DisputeStatus, Resolution, due_after, next_due
from services.agreements.errors import NotAProjectParty
from services.agreements.gates import Gate, Standing
from services.agreements.inventions.model import Invention, check_not_retired
from services.agreements.repetition import already
from shared.events.dispute import (
    DisputeEscalated,
    DisputeEvidenceFiled,
    DisputeKind,
    DisputeLapsed,
    DisputeOpened,
    DisputePositionFiled,
    DisputeResolutionUnopposed,
    DisputeResolved,
    DisputeWithdrawn,
)
from shared.events.invention import AssetFrozen, AssetUnfrozen
from shared.events.registry import Event
from shared.events.terms import DisputeTerms, Terms
from shared.ratio import parse_shares

Events = tuple[Event, ...]
# What happened to the dispute, and to its asset.
Both = tuple[Events, Events]


class OpenDispute(Command, frozen=True, kw_only=True):
    gate = Gate(power="DISPUTE", standing=Standing.TOOK_EFFECT)

    dispute: str
    asset: str
    kind: DisputeKind
    position: dict[str, str]
    element: str | None
    summary_hash: str


class FilePosition(HoldersCommand, frozen=True, kw_only=True):
    gate = Gate(power="DISPUTE", standing=Standing.TOOK_EFFECT)

    position: dict[str, str]


class FileEvidence(HoldersCommand, frozen=True, kw_only=True):
    gate = Gate(power="DISPUTE", standing=Standing.TOOK_EFFECT)

    hash: str


class WithdrawDispute(Command, frozen=True, kw_only=True):
    gate = Gate(power="DISPUTE", standing=Standing.TOOK_EFFECT)

    reason: str


def open_dispute(state: Dispute | None, asset: Invention, terms: Terms, command: OpenDispute) -> Both:
    """Open a dispute, which freezes the acts that the terms name."""
    parties = concerned([asset], holders_ever([asset]))
    if command.by.party not in parties:
        raise NotAProjectParty(expected=list(parties), got=command.by.party, invention=asset.invention)
    parse_shares(command.position)
    if command.element is not None:
        check_element(asset, command.element)
    if state is not None and _is_the_same(state, command):
        return (), ()
    check_not_retired(asset)
    for name, freeze in asset.disputes.items():
        if freeze.kind == command.kind and name != command.dispute:
            raise DisputeIsOpen(asset=asset.invention, dispute=name)
    check_free(state, dispute=command.dispute)
    ladder = terms.dispute.ladder or DisputeTerms().ladder
    opened = DisputeOpened(
        agreement=asset.agreement,
        project=asset.project,
        parties=parties,
        dispute=command.dispute,
        asset=asset.invention,
        kind=command.kind,
        opened_by=command.by.party,
        person=command.by.person,
        position=command.position,
        adopted=asset.adopted.shares if asset.adopted else None,
        element=command.element,
        summary_hash=command.summary_hash,
        opened_on=command.today,
        ladder=ladder,
        step=ladder[0].step,
        due_on=due_after(ladder[0], command.today),
    )
    frozen = AssetFrozen(
        agreement=asset.agreement,
        project=asset.project,
        parties=asset.parties,
        invention=asset.invention,
        dispute=command.dispute,
        kind=command.kind,
        actions=terms.licence.freeze_on_dispute,
    )
    return (opened,), (frozen,)


def file_position(state: Dispute, asset: Invention, command: FilePosition) -> Events:
    """Say which shares are right; it takes the place of the party's earlier position."""
    check_party(state, asset, command)
    check_open(state)
    parse_shares(command.position)
    if state.positions.get(command.holder) == command.position:
        return ()
    filed = DisputePositionFiled(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        party=command.holder,
        person=command.by.person,
        position=command.position,
    )
    return (filed,)


def file_evidence(state: Dispute, asset: Invention, command: FileEvidence) -> Events:
    """Put a document in evidence, while the ladder's step lasts."""
    check_party(state, asset, command)
    check_open(state)
    if any((each.party, each.hash) == (command.holder, command.hash) for each in state.evidence):
        return ()
    if state.step_ends_on is not None and command.today >= state.step_ends_on:
        raise EvidenceTooLate(expected=f"before {state.step_ends_on}", got=command.today, dispute=state.dispute)
    filed = DisputeEvidenceFiled(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        party=command.holder,
        person=command.by.person,
        hash=command.hash,
    )
    return (filed,)


def withdraw_dispute(state: Dispute, asset: Invention, command: WithdrawDispute) -> Both:
    """Give the claim up; the shares stay what they are."""
    check_party(state, asset, command)
    if command.by.party != state.opened_by:
        raise NotTheClaimant(expected=state.opened_by, got=command.by.party, dispute=state.dispute)
    if state.status is DisputeStatus.WITHDRAWN:
        recorded = {"reason": state.withdrawn_because}
        return already(recorded, {"reason": command.reason}, dispute=state.dispute), ()
    check_open(state)
    withdrawn = DisputeWithdrawn(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        party=command.by.party,
        reason=command.reason,
    )
    return (withdrawn,), unfreeze(asset, state)


def advance(state: Dispute, today: date) -> Events:
    """Climb the ladder when a step's clock has run out; its end without an outcome is the dispute's.

    While its clock stands still, have the outcome that is pending bind once nobody may object to it any more.
    """
    due_on = next_due(state)
    if due_on is None or due_on > today:
        return ()
    if state.step_ends_on is None:
        return _unopposed(state, due_on)
    if state.rung + 1 == len(state.ladder):
        lapsed = DisputeLapsed(
            agreement=state.agreement,
            parties=state.parties,
            dispute=state.dispute,
            asset=state.asset,
            lapsed_on=due_on,
        )
        return (lapsed,)
    return climbed(state, due_on)


def climbed(state: Dispute, day: date) -> Events:
    """Return that the dispute goes on at the next step from a day on; nothing where it is at the last."""
    rung = state.rung + 1
    if rung == len(state.ladder):
        return ()
    escalated = DisputeEscalated(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        step=state.ladder[rung].step,
        rung=rung,
        started_on=day,
        due_on=due_after(state.ladder[rung], day),
    )
    return (escalated,)


def resolved(state: Dispute, resolution: Resolution, determination: str) -> DisputeResolved:
    """Return that an outcome binds, as a determination."""
    return DisputeResolved(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        outcome=resolution.outcome,
        basis=resolution.basis,
        document_hash=resolution.document_hash,
        determination=determination,
    )


def _unopposed(state: Dispute, day: date) -> Events:
    pending, silence = state.pending, state.silence
    assert pending is not None, "the clock stands still for what is pending"
    assert silence is not None, "the day follows from notice"
    assert state.binds_as is not None, "it is worked out with until when one may object"
    unopposed = DisputeResolutionUnopposed(
        agreement=state.agreement,
        parties=state.parties,
        dispute=state.dispute,
        asset=state.asset,
        resolution_hash=pending.resolution_hash,
        unopposed_by=pending.missing,
        notice=silence.event,
        opposable_until=day - timedelta(days=1),
    )
    return unopposed, resolved(state, pending, state.binds_as)


def unfreeze(asset: Invention, state: Dispute) -> Events:
    unfrozen = AssetUnfrozen(
        agreement=asset.agreement,
        project=asset.project,
        parties=asset.parties,
        invention=asset.invention,
        dispute=state.dispute,
        kind=state.kind,
    )
    return (unfrozen,)


def check_open(state: Dispute) -> None:
    if not state.is_open:
        raise DisputeIsOver(got=state.status, dispute=state.dispute)


def check_party(state: Dispute, asset: Invention, command: Command) -> None:
    """Raise NotAProjectParty for whom the dispute does not concern; a share may have come to it since."""
    party = command.holder if isinstance(command, HoldersCommand) else command.by.party
    parties = {*state.taking_part, *holders_ever([asset])}
    if party not in parties:
        raise NotAProjectParty(expected=sorted(parties), got=party, dispute=state.dispute)


def _is_the_same(state: Dispute, command: OpenDispute) -> bool:
    return (state.asset, state.kind, state.opened_by, state.claimed, state.element, state.summary_hash) == (
        command.asset,
        command.kind,
        command.by.party,
        command.position,
        command.element,
        command.summary_hash,
    )
