"""What may be done with a transfer, and what then happened."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from services.agreements.commands import Command, HoldersCommand
from services.agreements.consent.acts import ACTS, MENDING
from services.agreements.consent.holders import acquirers, concerned, holders_ever, shares_from
from services.agreements.consent.proposal import Proposal, asked_about, check_refusal, is_met
from services.agreements.creation import check_free
from services.agreements.errors import NotAProjectParty
from services.agreements.gates import Gate, Standing
from services.agreements.inventions.model import Invention, check_not_retired
from services.agreements.lists import check_named_once
from services.agreements.ownership.account import Movement, check_form
from services.agreements.repetition import already
from services.agreements.transfers.errors import (
    NotTheTransferor,
    OnlyHoldersDecide,
    PreemptionNotOpen,
    PreemptionTooLarge,
    TransferBeforeConception,
    TransferHashMismatch,
    TransferNotOpen,
)
from services.agreements.transfers.model import Transfer, TransferStatus, next_due, refusable_until
from shared.calendar import day_after
from shared.canonical import content_hash
from shared.events.registry import Event
from shared.events.terms import NOTICE_RULES, TIMED_RULES, Act, CalendarTerms, ConsentRule, NoticeMethod
from shared.events.transfer import (
    Amount,
    PreemptionExercised,
    TransferConsentDeemedGiven,
    TransferConsented,
    TransferConsentGiven,
    TransferKind,
    TransferProposed,
    TransferRefused,
)
from shared.ids import is_person
from shared.ratio import format_ratio, parse_ratio

Events = tuple[Event, ...]


class ProposeTransfer(Command, frozen=True, kw_only=True):
    gate = Gate(power="TRANSFER", standing=Standing.TOOK_EFFECT)

    transfer: str
    kind: TransferKind
    assets: tuple[str, ...]
    source: str
    to: str
    amount: Amount
    consideration: str | None
    effective_on: date
    instrument_hash: str


class ConsentToTransfer(HoldersCommand, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", standing=Standing.TOOK_EFFECT)

    transfer_hash: str


class RefuseTransfer(HoldersCommand, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", standing=Standing.TOOK_EFFECT)

    reason: str


class ExercisePreemption(HoldersCommand, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", new=True, standing=Standing.TOOK_EFFECT)

    portion: str


class Applicable(NamedTuple):
    """What the terms ask of a transfer: the rule for its act, which days are no business days, and what is notice."""

    rule: ConsentRule
    between_affiliates: bool
    calendar: CalendarTerms
    notice_method: NoticeMethod


def propose_transfer(
    state: Transfer | None, assets: Sequence[Invention], terms: Applicable, command: ProposeTransfer
) -> Events:
    """Propose a transfer; a person's deed is recorded by the party it favours, as the person has no portal."""
    for asset in assets:
        if command.effective_on < asset.conceived_on:
            raise TransferBeforeConception(expected=f"at least {asset.conceived_on}", got=command.effective_on)
    takes_time = terms.rule.rule in TIMED_RULES and command.kind != "DEED"
    proposed = TransferProposed(
        agreement=assets[0].agreement,
        parties=concerned(assets, {*acquirers(assets), command.source, command.to}),
        transfer=command.transfer,
        kind=command.kind,
        assets=command.assets,
        source=command.source,
        to=command.to,
        amount=command.amount,
        consideration=command.consideration,
        effective_on=command.effective_on,
        instrument_hash=command.instrument_hash,
        between_affiliates=terms.between_affiliates,
        rule=terms.rule,
        transfer_hash=_hash_of(command, terms.rule),
        noticed_on=command.today,
        proposed_by_party=command.by.party,
        proposed_by=command.by.person,
        notice_method=terms.notice_method if takes_time else None,
        notice_to=_others(assets, command) if takes_time else (),
        calendar=terms.calendar if takes_time and terms.rule.rule == "LEAD_DEEMED" else None,
    )
    said = (proposed.transfer_hash, command.by.party)
    if state is not None and (state.transfer_hash, state.proposed_by_party) == said:
        return ()
    check_not_given_up(assets)
    check_free(state, transfer=command.transfer)
    return (proposed,)


def consent_to_transfer(state: Transfer, assets: Sequence[Invention], command: ConsentToTransfer) -> Events:
    check_holder(state, assets, command)
    if command.transfer_hash != state.transfer_hash:
        raise TransferHashMismatch(expected=state.transfer_hash, got=command.transfer_hash, transfer=state.transfer)
    if command.holder in state.consents:
        return ()
    check_open(state)
    check_not_given_up(assets)
    _check_asked(state, assets, command)
    given = TransferConsentGiven(
        agreement=state.agreement,
        parties=state.parties,
        transfer=state.transfer,
        party=command.holder,
        person=command.by.person,
        transfer_hash=state.transfer_hash,
    )
    consents = {*state.consents, command.holder}
    if state.status is TransferStatus.CONSENTED or not is_met(proposal_of(state), assets, consents, command.today):
        return (given,)
    consented = TransferConsented(
        agreement=state.agreement, parties=state.parties, transfer=state.transfer, consents=tuple(sorted(consents))
    )
    return (given, consented)


def refuse_transfer(state: Transfer, assets: Sequence[Invention], command: RefuseTransfer) -> Events:
    """Refuse one's consent, which ends the transfer; its proposer may take it back."""
    check_holder(state, assets, command)
    if state.status is TransferStatus.REFUSED:
        return already(state.ended, {"party": command.holder, "reason": command.reason}, transfer=state.transfer)
    check_open(state)
    if command.holder not in {state.source, state.proposed_by_party}:
        _check_asked(state, assets, command)
        check_refusal(proposal_of(state), assets, command.holder, command.today, transfer=state.transfer)
    refused = TransferRefused(
        agreement=state.agreement,
        parties=state.parties,
        transfer=state.transfer,
        party=command.holder,
        reason=command.reason,
    )
    return (refused,)


def exercise_preemption(state: Transfer, assets: Sequence[Invention], command: ExercisePreemption) -> Events:
    """Take over a portion of what is to pass to somebody else.

    A rule of notice is what gives the others time to do so; where the terms ask for their consent, they may refuse.
    """
    check_holder(state, assets, command)
    check_open(state)
    check_not_given_up(assets)
    _check_asked(state, assets, command)
    until = day_after(proposal_of(state).last_day(command.holder))
    barred = state.kind == "DEED" or state.between_affiliates or state.rule.rule not in NOTICE_RULES
    # All holders have waived the notice, and consented to exactly this: nobody may change to whom it passes any more.
    barred = barred or state.status is TransferStatus.CONSENTED
    if barred or (until is not None and command.today > until) or command.holder in {state.source, state.to}:
        raise PreemptionNotOpen(transfer=state.transfer)
    portion = parse_ratio(command.portion)
    if state.preemptions.get(command.holder) == command.portion:
        return ()
    others = [parse_ratio(each) for party, each in state.preemptions.items() if party != command.holder]
    left = 1 - sum(others, start=Fraction(0))
    if not 0 < portion <= left:
        raise PreemptionTooLarge(expected=f"at most {format_ratio(left)}", got=command.portion)
    exercised = PreemptionExercised(
        agreement=state.agreement,
        parties=state.parties,
        transfer=state.transfer,
        party=command.holder,
        person=command.by.person,
        portion=command.portion,
    )
    return (exercised,)


def proposal_of(state: Transfer) -> Proposal:
    """Return what the holders are asked."""
    return Proposal(
        procedure=MENDING if state.kind == "DEED" else ACTS[act_of(between_affiliates=state.between_affiliates)],
        rule=state.rule,
        noticed_on=state.noticed_on,
        first_day=state.effective_on,
        deemed_on=state.deemed_on,
        last_days=None if state.notice_method is None else state.silence.until if state.silence else {},
        calendar=state.calendar or CalendarTerms(),
    )


def act_of(*, between_affiliates: bool) -> Act:
    return "ASSIGN_AFFILIATE" if between_affiliates else "ASSIGN"


def advance(state: Transfer, today: date) -> Events:
    """Take silence for consent when the time to refuse is over, where the terms say so."""
    due_on, last = next_due(state), refusable_until(state)
    if due_on is None or due_on > today or last is None:
        return ()
    deemed = TransferConsentDeemedGiven(
        agreement=state.agreement, parties=state.parties, transfer=state.transfer, deemed_on=last
    )
    return (deemed,)


def check_open(state: Transfer) -> None:
    if not state.is_open:
        raise TransferNotOpen(got=state.status, transfer=state.transfer)


def check_not_given_up(assets: Sequence[Invention]) -> None:
    for asset in assets:
        check_not_retired(asset)


def check_party(state: Transfer, command: Command) -> None:
    if command.by.party not in state.taking_part:
        raise NotAProjectParty(expected=sorted(state.taking_part), got=command.by.party, transfer=state.transfer)


def check_holder(state: Transfer, assets: Sequence[Invention], command: HoldersCommand) -> None:
    """Raise NotAProjectParty for a party whom it concerns neither by itself nor by the holder for which it speaks."""
    parties = {*state.taking_part, *holders_ever(assets)}
    if not parties & {command.by.party, command.holder}:
        raise NotAProjectParty(expected=sorted(parties), got=command.by.party, transfer=state.transfer)


def check_proposer(state: Transfer, command: Command) -> None:
    if command.by.party != state.proposed_by_party:
        raise NotTheTransferor(expected=state.proposed_by_party, got=command.by.party, transfer=state.transfer)


def check_proposal(command: ProposeTransfer) -> None:
    """Raise what is wrong with a proposal whatever the assets are."""
    check_named_once(command.assets, "assets")
    movement = Movement(
        transfer=command.transfer,
        source=command.source,
        to=command.to,
        amount=command.amount,
        effective_on=command.effective_on,
    )
    check_form(movement)
    if (command.kind == "DEED") != is_person(command.source):
        raise NotTheTransferor(expected="a person in a DEED, else a party", got=command.source)


def _check_asked(state: Transfer, assets: Sequence[Invention], command: HoldersCommand) -> None:
    if command.holder not in asked_about(proposal_of(state), assets, command.today):
        raise OnlyHoldersDecide(got=command.holder, transfer=state.transfer)


def _others(assets: Sequence[Invention], command: ProposeTransfer) -> tuple[str, ...]:
    """Return who holds a share besides those that propose it, today or later, as it stands."""
    holders = {holder for asset in assets for shares in shares_from(asset, command.today) for holder in shares}
    return tuple(sorted(holders - {command.source, command.by.party}))


def _hash_of(command: ProposeTransfer, rule: ConsentRule) -> str:
    return content_hash(
        {
            "transfer": command.transfer,
            "kind": command.kind,
            "assets": command.assets,
            "from": command.source,
            "to": command.to,
            "amount": command.amount,
            "consideration": command.consideration,
            "effective_on": command.effective_on,
            "instrument_hash": command.instrument_hash,
            "rule": rule,
        }
    )
