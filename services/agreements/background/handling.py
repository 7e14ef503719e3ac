"""Reading what commands on background need."""

from collections.abc import Callable, Container, Mapping
from typing import TypeVar

from services.agreements.background import access, decisions
from services.agreements.background.access import NeededFor
from services.agreements.background.errors import NeededForUnknown
from services.agreements.background.model import BACKGROUND, BackgroundItem, item_id
from services.agreements.commands import Command, Representative
from services.agreements.contracts.handling import admit, agreement_of
from services.agreements.contracts.model import Agreement
from services.agreements.contracts.sight import seen
from services.agreements.inventions.model import INVENTION
from services.agreements.parties.handling import check_active
from services.agreements.progress.decisions import check_may_share
from services.agreements.progress.model import PROGRESS
from services.agreements.projects.decisions import check_started
from services.agreements.projects.model import PROJECT
from shared.events.background import AccessPurpose
from shared.events.questions import AN_ITEM
from shared.events.registry import Event
from shared.log.handle import Change, Decided, Reader

C = TypeVar("C", bound=Command)


async def declare(reader: Reader, command: decisions.DeclareBackground) -> Decided:
    agreement = await agreement_of(reader, command.agreement, command.by)
    await admit(reader, agreement, command)
    item = item_id(agreement.agreement, command.ref)
    events = decisions.declare_background(await reader.new(BACKGROUND, item), agreement, command)
    return Decided(agreement.agreement, (Change(BACKGROUND, item, events, command.today),))


async def change(
    reader: Reader, item: str, command: C, decide: Callable[[BackgroundItem, Agreement, C], tuple[Event, ...]]
) -> Decided:
    """Decide a command on an item that needs to know nothing but its agreement."""
    state, agreement = await item_of(reader, item, command.by)
    await admit(reader, agreement, command)
    events = decide(state, agreement, command)
    effective_on = command.effective_on if isinstance(command, decisions.WithdrawBackground) else command.today
    return Decided(state.agreement, (Change(BACKGROUND, item, events, effective_on),))


async def request_access(reader: Reader, item: str, command: access.RequestAccess) -> Decided:
    state, agreement = await item_of(reader, item, command.by)
    await admit(reader, agreement, command, purpose=command.purpose)
    needed_for = await _needed_for(reader, agreement, command.purpose, command.needed_for)
    events = access.request_access(state, agreement, needed_for, command)
    return Decided(state.agreement, (Change(BACKGROUND, item, events, command.today),))


async def grant_access(reader: Reader, item: str, command: access.GrantAccess) -> Decided:
    state, agreement = await item_of(reader, item, command.by)
    known = state.access.get(command.request)
    await admit(reader, agreement, command, purpose=known.purpose if known else None)
    needed_for = NeededFor(None)
    if known is not None:
        needed_for = await _needed_for(reader, agreement, known.purpose, known.needed_for)
        if needed_for.project is not None:
            decisions.check_owner(state, command)
            # Read, so that a screening which forbids it and this grant cannot both come first.
            check_may_share(await reader.find(PROGRESS, known.needed_for), command.today)
    events = access.grant_access(state, agreement, needed_for, command)
    if events and known is not None:
        await check_active(reader, known.by_party)
    return Decided(state.agreement, (Change(BACKGROUND, item, events, command.period.start),))


async def item_of(reader: Reader, item: str, by: Representative) -> tuple[BackgroundItem, Agreement]:
    """Return an item as far as the representative's party sees it, and its agreement."""
    return await seen(reader, BACKGROUND, item, by, question=AN_ITEM, others=_owner)


async def _owner(state: BackgroundItem, _agreement: Agreement) -> Mapping[str, Container[str]]:
    return {"background": (state.owner_party,)}


async def _needed_for(reader: Reader, agreement: Agreement, purpose: AccessPurpose, identifier: str) -> NeededFor:
    if purpose == "EXPLOIT":
        invention = await reader.find(INVENTION, identifier)
        if invention is None or invention.agreement != agreement.agreement:
            raise NeededForUnknown(got=identifier, purpose=purpose)
        return NeededFor(None)
    project = await reader.find(PROJECT, identifier)
    if project is None or not project.is_there or project.agreement != agreement.agreement:
        raise NeededForUnknown(got=identifier, purpose=purpose)
    check_started(project)
    return NeededFor(project)
