"""Reading what commands in disputes need; what freezes an asset conflicts with whatever moves or licenses it."""

from collections.abc import Callable, Container, Mapping
from datetime import date
from typing import Any

import msgspec

from services.agreements.acknowledgements.model import ACKNOWLEDGEMENT, ContestNotFound
from services.agreements.affiliations.handling import check_speaks_for, speaking_for
from services.agreements.affiliations.model import AFFILIATION, ALL, by_operators, under_common_control
from services.agreements.commands import Command, HoldersCommand, Representative
from services.agreements.consent.holders import holders_ever
from services.agreements.contracts.handling import admit, is_neutral
from services.agreements.contracts.model import AGREEMENT, Agreement
from services.agreements.contracts.sight import seen
from services.agreements.disputes import decisions, resolving
from services.agreements.disputes.errors import PositionOrContest
from services.agreements.disputes.model import DISPUTE, Dispute
from services.agreements.inventions.handling import check_holders, invention_of
from services.agreements.inventions.holding import concerned_by, parties_now
from services.agreements.inventions.model import INVENTION, Invention
from shared.events.dispute import DisputeLapsed
from shared.events.invention import DeterminationAdopted
from shared.events.questions import A_DISPUTE
from shared.events.registry import Event
from shared.log.handle import Change, Decided, Reader

Resolving = Callable[[Dispute, Invention, resolving.Applicable, Any], decisions.Both]


async def open_dispute(reader: Reader, command: decisions.OpenDispute, *, contest: str | None = None) -> Decided:
    """Open a dispute with a position, or with that which the party has answered to an event that it contests."""
    asset, _, agreement = await invention_of(reader, command.asset, command.by)
    if bool(command.position) == (contest is not None):
        raise PositionOrContest(expected="position or contest", asset=command.asset)
    if contest is not None:
        answers = await reader.find(ACKNOWLEDGEMENT, command.asset)
        if answers is None:
            raise ContestNotFound(asset=command.asset)
        position = answers.contest(command.by.party, contest).holdings
        command = msgspec.structs.replace(command, position=position)
    await admit(reader, agreement, command)
    await check_holders(reader, asset, agreement, command.position)
    state = await reader.new(DISPUTE, command.dispute)
    asset = msgspec.structs.replace(asset, parties=parties_now(asset, agreement, command.today))
    own, posted = decisions.open_dispute(state, asset, agreement.standing.terms, command)
    changes = [Change(DISPUTE, command.dispute, own, command.today)]
    if posted:
        changes.append(Change(INVENTION, asset.invention, posted, command.today))
    return Decided(asset.agreement, tuple(changes))


async def file_position(reader: Reader, dispute: str, command: decisions.FilePosition) -> Decided:
    state, agreement = await _for_a_holder(reader, dispute, command)
    await admit(reader, agreement, command)
    asset = await reader(INVENTION, state.asset)
    await check_holders(reader, asset, agreement, command.position)
    return _decided(state, decisions.file_position(state, asset, command), command)


async def file_evidence(reader: Reader, dispute: str, command: decisions.FileEvidence) -> Decided:
    state, agreement = await _for_a_holder(reader, dispute, command)
    await admit(reader, agreement, command)
    return _decided(state, decisions.file_evidence(state, await reader(INVENTION, state.asset), command), command)


async def withdraw(reader: Reader, dispute: str, command: decisions.WithdrawDispute) -> Decided:
    state, agreement = await dispute_of(reader, dispute, command.by)
    await admit(reader, agreement, command)
    asset = await reader(INVENTION, state.asset)
    return _both(state, decisions.withdraw_dispute(state, asset, command), command.today)


async def resolve(
    reader: Reader,
    dispute: str,
    command: Command,
    decide: Resolving,
) -> Decided:
    """Decide what somebody says about an outcome, for which everything counts by which shares hold."""
    if isinstance(command, HoldersCommand):
        state, agreement = await _for_a_holder(reader, dispute, command)
    else:
        state, agreement = await dispute_of(reader, dispute, command.by)
    await admit(reader, agreement, command)
    asset = await reader(INVENTION, state.asset)
    if isinstance(command, resolving.ProposeResolution):
        await check_holders(reader, asset, agreement, command.outcome)
    terms = await _applicable(reader, state, asset, agreement, command)
    return _both(state, decide(state, asset, terms, command), command.today)


async def lapse_elsewhere(reader: Reader, state: Dispute, events: tuple[Event, ...], today: date) -> tuple[Change, ...]:
    """Return what a dispute that lapses leaves on its asset."""
    if not any(isinstance(event, DisputeLapsed) for event in events):
        return ()
    asset = await reader(INVENTION, state.asset)
    return (Change(INVENTION, asset.invention, decisions.unfreeze(asset, state), today),)


async def dispute_of(
    reader: Reader, dispute: str, by: Representative, *, holder: str | None = None
) -> tuple[Dispute, Agreement]:
    """Return a dispute that the representative's party may read, also as its registrar, and its agreement."""
    state = await reader(DISPUTE, dispute)
    agreement = await reader(AGREEMENT, state.agreement)
    if is_registrar(by, state, agreement):
        return state, agreement

    async def others(state: Dispute, agreement: Agreement) -> Mapping[str, Container[str]]:
        asset = await reader(INVENTION, state.asset)
        return {"invention": concerned_by([asset], agreement), "dispute": state.taking_part}

    return await seen(reader, DISPUTE, dispute, by, question=A_DISPUTE, others=others, holder=holder)


def is_registrar(by: Representative, state: Dispute, agreement: Agreement) -> bool:
    """Tell whether a dispute is the representative's party's to decide or to note: by the terms, or as it was asked."""
    return by.party in {agreement.standing.terms.dispute.registrar, state.resolution and state.resolution.registrar}


async def _for_a_holder(reader: Reader, dispute: str, command: HoldersCommand) -> tuple[Dispute, Agreement]:
    """Return the same, with the eyes of the holder as well, where the representative may speak for it."""
    holder = await speaking_for(reader, command, command.holder)
    found = await dispute_of(reader, dispute, command.by, holder=holder)
    await check_speaks_for(reader, command, command.holder, command.today)
    return found


async def _applicable(
    reader: Reader, state: Dispute, asset: Invention, agreement: Agreement, command: Command
) -> resolving.Applicable:
    one = resolving.laid_down_by(state, command)
    # Who is on one side with whoever lays it down is not asked, and may not know all who have declared the same parent.
    registry = by_operators(await reader.find(AFFILIATION, ALL))
    others = {*state.taking_part, *holders_ever([asset])}
    terms = agreement.standing.terms
    registrar = terms.dispute.registrar
    if state.resolution and not isinstance(command, resolving.ProposeResolution):
        registrar = state.resolution.registrar
    if registrar and not await is_neutral(reader, registrar, agreement.parties, command.today):
        registrar = None
    return resolving.Applicable(
        mode=terms.ownership.redetermination,
        one_side=frozenset(each for each in others if under_common_control(registry, one, each, command.today)),
        registrar=registrar,
        objection_days=terms.dispute.one_sided_objection_days,
    )


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
