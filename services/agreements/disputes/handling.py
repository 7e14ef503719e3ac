"""Reading what commands in disputes need; what freezes an asset conflicts with whatever moves or licenses it."""

from collections.abc import Callable
from datetime import date
from typing import Any

from services.agreements.commands import Command, Representative
from services.agreements.contracts.handling import admit, agreement_of
from services.agreements.contracts.model import Agreement
from services.agreements.disputes import decisions, resolving
from services.agreements.disputes.errors import DisputeNotFound
from services.agreements.disputes.model import DISPUTE, Dispute
from services.agreements.inventions.handling import check_holders, invention_of
from services.agreements.inventions.model import INVENTION, Invention
from shared.events.dispute import DisputeLapsed
from shared.events.invention import DeterminationAdopted, Redetermination
from shared.events.registry import Event
from shared.log.handle import Change, Decided, Reader

Resolving = Callable[[Dispute, Invention, Redetermination, Any], decisions.Both]


async def open_dispute(reader: Reader, command: decisions.OpenDispute) -> Decided:
    asset, _, agreement = await invention_of(reader, command.asset, command.by)
    await admit(reader, agreement, command)
    await check_holders(reader, asset, agreement, command.position)
    state = await reader.new(DISPUTE, command.dispute)
    own, posted = decisions.open_dispute(state, asset, agreement.standing.terms, command)
    changes = [Change(DISPUTE, command.dispute, own, command.today)]
    if posted:
        changes.append(Change(INVENTION, asset.invention, posted, command.today))
    return Decided(asset.agreement, tuple(changes))


async def file_position(reader: Reader, dispute: str, command: decisions.FilePosition) -> Decided:
    state, agreement = await dispute_of(reader, dispute, command.by)
    await admit(reader, agreement, command)
    await check_holders(reader, await reader(INVENTION, state.asset), agreement, command.position)
    return _decided(state, decisions.file_position(state, command), command)


async def file_evidence(reader: Reader, dispute: str, command: decisions.FileEvidence) -> Decided:
    state, agreement = await dispute_of(reader, dispute, command.by)
    await admit(reader, agreement, command)
    return _decided(state, decisions.file_evidence(state, command), command)


async def withdraw(reader: Reader, dispute: str, command: decisions.WithdrawDispute) -> Decided:
    state, agreement = await dispute_of(reader, dispute, command.by)
    await admit(reader, agreement, command)
    asset = await reader(INVENTION, state.asset)
    return _both(state, decisions.withdraw_dispute(state, asset, command), command.today)


async def resolve(
    reader: Reader,
    dispute: str,
    command: resolving.ProposeResolution | resolving.ConfirmResolution,
    decide: Resolving,
) -> Decided:
    state, agreement = await dispute_of(reader, dispute, command.by)
    await admit(reader, agreement, command)
    asset = await reader(INVENTION, state.asset)
    if isinstance(command, resolving.ProposeResolution):
        await check_holders(reader, asset, agreement, command.outcome)
    mode = agreement.standing.terms.ownership.redetermination
    return _both(state, decide(state, asset, mode, command), command.today)


async def lapse_elsewhere(reader: Reader, state: Dispute, events: tuple[Event, ...], today: date) -> tuple[Change, ...]:
    """Return what a dispute that lapses leaves on its asset."""
    if not any(isinstance(event, DisputeLapsed) for event in events):
        return ()
    asset = await reader(INVENTION, state.asset)
    return (Change(INVENTION, asset.invention, decisions.unfreeze(asset, state), today),)


async def dispute_of(reader: Reader, dispute: str, by: Representative) -> tuple[Dispute, Agreement]:
    """Return a dispute in an agreement of the representative's party, and that agreement."""
    state = await reader(DISPUTE, dispute)
    return state, await agreement_of(reader, state.agreement, by, DisputeNotFound(dispute=dispute))


def _decided(state: Dispute, events: tuple[Event, ...], command: Command) -> Decided:
    return Decided(state.agreement, (Change(DISPUTE, state.dispute, events, command.today),))


def _both(state: Dispute, happened: decisions.Both, today: date) -> Decided:
    own, posted = happened
    changes = [Change(DISPUTE, state.dispute, own, today)]
    # Shares hold from their own day; that the acts are free again is a fact of today.
    for event in posted:
        effective_on = event.effective_on if isinstance(event, DeterminationAdopted) else today
        changes.append(Change(INVENTION, state.asset, (event,), effective_on))
    return Decided(state.agreement, tuple(changes))
