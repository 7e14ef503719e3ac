"""Executing a transfer, undoing it, and having it recorded at offices."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from services.agreements.commands import Command
from services.agreements.consent.proposal import check_met
from services.agreements.gates import Gate, Standing
from services.agreements.inventions.model import Invention, movement_of
from services.agreements.ownership.account import holdings_on, rescinded, transferred
from services.agreements.ownership.freezing import check_not_frozen
from services.agreements.repetition import already
from services.agreements.transfers.decisions import act_of, check_open, check_party, check_proposer, proposal_of
from services.agreements.transfers.errors import RecordalNotFiled, TransferNotExecuted
from services.agreements.transfers.model import Transfer, TransferStatus
from shared.events.invention import OwnershipTransferred, TransferRescinded
from shared.events.registry import Event
from shared.events.transfer import (
    Amount,
    Conveyance,
    RecordalConfirmed,
    RecordalFiled,
    TransferExecuted,
    TransferUndone,
)
from shared.ratio import format_ratio, parse_ratio

Events = tuple[Event, ...]


class ExecuteTransfer(Command, frozen=True, kw_only=True):
    gate = Gate(power="TRANSFER", standing=Standing.TOOK_EFFECT)


class RescindTransfer(Command, frozen=True, kw_only=True):
    gate = Gate(power="TRANSFER", standing=Standing.TOOK_EFFECT)

    ground: str


class FileRecordal(Command, frozen=True, kw_only=True):
    gate = Gate(power="TRANSFER", standing=Standing.TOOK_EFFECT)

    right: str
    office: str
    filed_on: date


class ConfirmRecordal(Command, frozen=True, kw_only=True):
    gate = Gate(power="TRANSFER", standing=Standing.TOOK_EFFECT)

    right: str
    office: str
    office_ref: str


def execute_transfer(state: Transfer, assets: Sequence[Invention], command: ExecuteTransfer) -> tuple[Events, ...]:
    """Return what happened to the transfer, then to each asset; the postings go to the assets' own streams."""
    check_proposer(state, command)
    if state.is_executed:
        return ((), *(() for _ in assets))
    check_open(state)
    for asset in assets:
        check_not_frozen(asset, act_of(between_affiliates=state.between_affiliates))
    check_met(proposal_of(state), assets, state.consents.keys(), command.today)
    executed = TransferExecuted(
        agreement=state.agreement,
        parties=state.parties,
        transfer=state.transfer,
        effective_on=state.effective_on,
        consents=tuple(sorted(state.consents)),
    )
    return ((executed,), *(_postings(state, asset) for asset in assets))


def recipients_of(state: Transfer) -> list[str]:
    """Return to whom a transfer passes something when it is executed."""
    return [to for to, _ in _portions(state)]


def rescind_transfer(state: Transfer, assets: Sequence[Invention], command: RescindTransfer) -> tuple[Events, ...]:
    """Return what happened to the transfer, then to each asset, as if the transfer had never been made."""
    check_proposer(state, command)
    if state.status is TransferStatus.RESCINDED:
        said = {"party": command.by.party, "reason": command.ground}
        return (already(state.ended, said, transfer=state.transfer), *(() for _ in assets))
    _check_executed(state)
    undone = TransferUndone(
        agreement=state.agreement,
        parties=state.parties,
        transfer=state.transfer,
        effective_on=state.effective_on,
        ground=command.ground,
        party=command.by.party,
    )
    return ((undone,), *((_rescission(state, asset, command.ground),) for asset in assets))


def file_recordal(state: Transfer, command: FileRecordal) -> Events:
    check_party(state, command)
    _check_executed(state)
    for each in state.recordals:
        if (each.right, each.office) == (command.right, command.office):
            return already({"filed_on": each.filed_on}, {"filed_on": command.filed_on}, transfer=state.transfer)
    filed = RecordalFiled(
        agreement=state.agreement,
        parties=state.parties,
        transfer=state.transfer,
        right=command.right,
        office=command.office,
        filed_on=command.filed_on,
    )
    return (filed,)


def confirm_recordal(state: Transfer, command: ConfirmRecordal) -> Events:
    check_party(state, command)
    _check_executed(state)
    filed = [each for each in state.recordals if (each.right, each.office) == (command.right, command.office)]
    if not filed or filed[0].office_ref not in {None, command.office_ref}:
        raise RecordalNotFiled(transfer=state.transfer, right=command.right, office=command.office)
    if filed[0].office_ref == command.office_ref:
        return ()
    confirmed = RecordalConfirmed(
        agreement=state.agreement,
        parties=state.parties,
        transfer=state.transfer,
        right=command.right,
        office=command.office,
        office_ref=command.office_ref,
    )
    return (confirmed,)


def _postings(state: Transfer, asset: Invention) -> Events:
    postings = [_posting(state, asset, to, amount) for to, amount in _portions(state)]
    after = transferred(asset.account, *(movement_of(each) for each in postings))
    holders = {*holdings_on(asset.account, state.effective_on), *holdings_on(after, state.effective_on)}
    told = tuple(sorted(holders))
    return tuple(_posting(state, asset, each.to, each.amount, told) for each in postings)


def _posting(
    state: Transfer, asset: Invention, to: str, amount: Amount, holders: tuple[str, ...] = ()
) -> OwnershipTransferred:
    return OwnershipTransferred(
        agreement=asset.agreement,
        project=asset.project,
        parties=asset.parties,
        invention=asset.invention,
        transfer=state.transfer,
        kind=state.kind,
        source=state.source,
        to=to,
        amount=amount,
        effective_on=state.effective_on,
        holders=holders,
        conveyance=_conveyance(state),
    )


def _conveyance(state: Transfer) -> Conveyance:
    return Conveyance(
        transfer_hash=state.transfer_hash,
        instrument_hash=state.instrument_hash,
        consents=tuple(sorted(state.consents)),
        rule=state.rule if proposal_of(state).procedure.is_asked else None,
        notice=state.silence.event if state.silence else None,
    )


def _portions(state: Transfer) -> list[tuple[str, Amount]]:
    """Return who gets how much: co-holders what they took over, the transferee the rest.

    They are posted one after the other, so a fraction of the holding is taken of what the earlier ones left.
    """
    portions = {party: parse_ratio(portion) for party, portion in sorted(state.preemptions.items())}
    portions[state.to] = 1 - sum(portions.values(), start=Fraction(0))
    whole, holding = state.amount.of_whole, state.amount.of_holding
    amounts: list[tuple[str, Amount]] = []
    passed = Fraction(0)
    for party, portion in portions.items():
        if not portion:
            continue
        if whole is not None:
            amounts.append((party, Amount(of_whole=format_ratio(parse_ratio(whole) * portion))))
        elif holding is not None:
            part = parse_ratio(holding) * portion
            amounts.append((party, Amount(of_holding=format_ratio(part / (1 - passed)))))
            passed += part
    return amounts


def _rescission(state: Transfer, asset: Invention, ground: str) -> TransferRescinded:
    after = rescinded(asset.account, state.transfer)
    holders = {*holdings_on(asset.account, state.effective_on), *holdings_on(after, state.effective_on)}
    return TransferRescinded(
        agreement=asset.agreement,
        project=asset.project,
        parties=asset.parties,
        invention=asset.invention,
        transfer=state.transfer,
        effective_on=state.effective_on,
        ground=ground,
        holders=tuple(sorted(holders)),
    )


def _check_executed(state: Transfer) -> None:
    if not state.is_executed:
        raise TransferNotExecuted(got=state.status, transfer=state.transfer)
