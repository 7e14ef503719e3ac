"""Reading what commands on transfers need; what posts to an asset's account conflicts with all else that does."""

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from services.agreements.affiliations.handling import check_speaks_for, speaking_for
from services.agreements.affiliations.model import AFFILIATION, ALL, by_operators, is_affiliate_on
from services.agreements.commands import Command, HoldersCommand, Representative
from services.agreements.consent.acts import rule_of
from services.agreements.consent.proposal import is_met
from services.agreements.contracts.handling import admit
from services.agreements.contracts.model import Agreement
from services.agreements.contracts.sight import seen, staying
from services.agreements.inventions.errors import InventionIsRetired
from services.agreements.inventions.handling import inventions_of
from services.agreements.inventions.holding import concerned_by
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.inventions.naming import naming_what_is_read
from services.agreements.notices.handling import Reads, time_of
from services.agreements.notices.periods import may_speak_until
from services.agreements.parties.handling import check_active
from services.agreements.parties.model import PARTY
from services.agreements.transfers import decisions, executing
from services.agreements.transfers.model import TRANSFER, Transfer
from shared.events.questions import A_TRANSFER
from shared.events.registry import Event
from shared.events.terms import CalendarTerms
from shared.events.transfer import TransferProposed
from shared.ids import is_person
from shared.log.handle import Change, Decided, Reader

Events = tuple[Event, ...]


async def propose(reader: Reader, command: decisions.ProposeTransfer) -> Decided:
    decisions.check_proposal(command)
    holder = await speaking_for(reader, command, _transferor(command))
    assets, agreement = await inventions_of(reader, command.assets, command.by, holder=holder)
    await reader(PARTY, command.to)
    # Control on the transfer's day alone is not enough: a former parent could date a transfer back and so take what
    # its affiliate holds now.
    for day in (command.today, command.effective_on):
        await check_speaks_for(reader, command, _transferor(command), day)
    await admit(reader, agreement, command)
    affiliated = await _are_affiliated(reader, command)
    agreed = agreement.standing.terms
    rule = rule_of(decisions.act_of(between_affiliates=affiliated), agreed, agreement=agreement.agreement)
    terms = decisions.Applicable(rule, affiliated, agreed.calendar, agreed.notice.method)
    state = await reader.new(TRANSFER, command.transfer)
    events = decisions.propose_transfer(state, assets, terms, command)
    if events:
        await check_active(reader, command.to)
    return Decided(agreement.agreement, (Change(TRANSFER, command.transfer, events, command.effective_on),))


async def on_assets(
    reader: Reader,
    transfer: str,
    command: HoldersCommand,
    decide: Callable[[Transfer, Sequence[Invention], Any], Events],
) -> Decided:
    """Decide what a holder says about a transfer."""
    holder = await speaking_for(reader, command, command.holder)
    state, agreement = await transfer_of(reader, transfer, command.by, holder=holder)
    await check_speaks_for(reader, command, command.holder, command.today)
    await admit(reader, agreement, command)
    events = decide(await on_notice(reader, state), await _assets(reader, state), command)
    if events and isinstance(command, decisions.ExercisePreemption):
        await check_active(reader, command.holder)
    return Decided(state.agreement, (Change(TRANSFER, transfer, events, command.today),))


async def posting(
    reader: Reader,
    transfer: str,
    command: Command,
    decide: Callable[[Transfer, Sequence[Invention], Any], tuple[Events, ...]],
) -> Decided:
    """Decide a command that posts to the assets' accounts, on the transfer's own day."""
    state, agreement = await transfer_of(reader, transfer, command.by)
    decisions.check_proposer(state, command)
    # Who controlled the transferor when the transfer was proposed may do so no longer.
    await check_speaks_for(reader, command, _transferor(state), command.today)
    await admit(reader, agreement, command)
    state = await on_notice(reader, state)
    assets = await _assets(reader, state)
    with naming_what_is_read(assets, agreement, command.by.party, own={transfer, *state.assets, *state.named}):
        own, *posted = decide(state, assets, command)
    if own and isinstance(command, executing.ExecuteTransfer):
        await check_active(reader, *executing.recipients_of(state))
    changes = [Change(TRANSFER, transfer, own, state.effective_on)]
    for asset, events in zip(assets, posted, strict=True):
        changes.append(Change(INVENTION, asset.invention, events, state.effective_on))
    return Decided(state.agreement, tuple(changes))


async def alone(reader: Reader, transfer: str, command: Command, decide: Callable[[Transfer, Any], Events]) -> Decided:
    """Decide a command that needs to know nothing but the transfer."""
    state, agreement = await transfer_of(reader, transfer, command.by)
    await admit(reader, agreement, command)
    events = decide(state, command)
    return Decided(state.agreement, (Change(TRANSFER, transfer, events, command.today),))


async def consent_elsewhere(reader: Reader, state: Transfer, _events: Events, today: date) -> tuple[Change, ...] | None:
    """Return that silence changes nothing but the transfer; None where what it is about was given up.

    Nor is it consent where somebody holds a share by now that is not on notice.
    """
    assets = await _assets(reader, state)
    try:
        decisions.check_not_given_up(assets)
    except InventionIsRetired:
        return None
    if state.notice_method is not None and not is_met(
        decisions.proposal_of(state), assets, state.consents.keys(), today
    ):
        return None
    return ()


async def on_notice(reads: Reads, state: Transfer) -> Transfer:
    """Return a transfer with until when those may speak about it that are on notice, where its rule gives time."""
    if state.notice_method is None or not state.is_open:
        return state
    calendar = state.calendar or CalendarTerms()
    silence = await time_of(
        reads,
        TRANSFER.stream(state.transfer),
        lambda event: isinstance(event, TransferProposed),
        method=state.notice_method,
        last_day=lambda day: may_speak_until(state.rule, day, calendar),
        # A person has no inbox, so nobody can give them notice.
        since={holder: state.noticed_on for holder in state.notice_to if is_person(holder)},
    )
    return msgspec.structs.replace(state, silence=silence)


async def shown_to(reader: Reader, transfer: str, by: Representative) -> tuple[Transfer, Agreement]:
    """Return what `transfer_of` does, with until when those may speak about it that are on notice."""
    state, agreement = await transfer_of(reader, transfer, by)
    return await on_notice(reader, state), agreement


async def transfer_of(
    reader: Reader, transfer: str, by: Representative, *, holder: str | None = None
) -> tuple[Transfer, Agreement]:
    """Return a transfer that the representative's party may read, and its agreement."""

    async def others(state: Transfer, agreement: Agreement) -> Mapping[str, Container[str]]:
        assets = await _assets(reader, state)
        taking_part = state.named | staying(state.parties, agreement)
        return {"invention": concerned_by(assets, agreement), "transfer": taking_part}

    return await seen(reader, TRANSFER, transfer, by, question=A_TRANSFER, others=others, holder=holder)


def _transferor(transfer: decisions.ProposeTransfer | Transfer) -> str:
    """Return for whom a transfer is proposed: a person has no portal, so the party that a deed favours records it."""
    return transfer.to if transfer.kind == "DEED" else transfer.source


async def _assets(reader: Reader, state: Transfer) -> list[Invention]:
    return [await reader(INVENTION, asset) for asset in state.assets]


async def _are_affiliated(reader: Reader, command: decisions.ProposeTransfer) -> bool:
    if command.kind == "DEED":
        return False
    # The others are asked less, and take over nothing: so two do not make themselves affiliates for it.
    registry, day = by_operators(await reader.find(AFFILIATION, ALL)), command.effective_on
    one, other = command.source, command.to
    return is_affiliate_on(registry, one, other, day) or is_affiliate_on(registry, other, one, day)
