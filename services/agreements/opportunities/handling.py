"""Reading what commands on opportunities need, and hiding them from those they were not shared with."""

from collections.abc import Callable
from typing import TypeVar

from services.agreements.affiliations.model import AFFILIATION, ALL
from services.agreements.background.model import BACKGROUND, BackgroundItem
from services.agreements.commands import Command, Representative
from services.agreements.contracts.handling import admit, agreement_of
from services.agreements.contracts.model import Agreement
from services.agreements.contracts.sight import seen
from services.agreements.opportunities import decisions
from services.agreements.opportunities.errors import BackgroundUnknown, OpportunityNotFound
from services.agreements.opportunities.model import OPPORTUNITY, Opportunity
from services.agreements.projects.decisions import reserve_project
from services.agreements.projects.model import PROJECT
from shared.events.project import ProjectReserved
from shared.events.questions import AN_OPPORTUNITY
from shared.events.registry import Event
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import Change, Decided, Reader

C = TypeVar("C", bound=Command)
_SCAN = 500


async def identify(reader: Reader, command: decisions.IdentifyOpportunity) -> Decided:
    agreement = await agreement_of(reader, command.agreement, command.by)
    await admit(reader, agreement, command)
    background = [await _background(reader, agreement, item, command) for item in command.leverages_background]
    affiliations = await reader.find(AFFILIATION, ALL) if command.affiliate is not None else None
    ground = decisions.Ground(tuple(background), affiliations)
    events = decisions.identify_opportunity(await reader.new(OPPORTUNITY, command.opportunity), ground, command)
    # Under no agreement: whoever follows the agreement's subjects must not read what has not been shared.
    return Decided(NO_AGREEMENT, (Change(OPPORTUNITY, command.opportunity, events, command.today),))


async def share(reader: Reader, opportunity: str, command: decisions.ShareOpportunity) -> Decided:
    state, agreement = await opportunity_of(reader, opportunity, command.by)
    await admit(reader, agreement, command)
    events = decisions.share_opportunity(state, agreement, command)
    return Decided(state.agreement, (Change(OPPORTUNITY, opportunity, events, command.today),))


async def change(
    reader: Reader, opportunity: str, command: C, decide: Callable[[Opportunity, C], tuple[Event, ...]]
) -> Decided:
    """Decide a command on an opportunity that needs to know nothing else."""
    state, agreement = await opportunity_of(reader, opportunity, command.by)
    await admit(reader, agreement, command)
    changes = [Change(OPPORTUNITY, opportunity, decide(state, command), command.today)]
    if isinstance(command, decisions.AcceptOpportunity) and changes[0].events:
        reserved = ProjectReserved(
            agreement=state.agreement,
            project=command.project,
            parties=state.parties,
            opportunity=state.opportunity,
        )
        events = reserve_project(await reader.find(PROJECT, command.project), reserved)
        changes.append(Change(PROJECT, command.project, events, command.today))
    return Decided(state.agreement, tuple(changes))


async def opportunity_of(reader: Reader, opportunity: str, by: Representative) -> tuple[Opportunity, Agreement]:
    """Return an opportunity that the representative's party identified or got to know, and its agreement."""
    hidden = OpportunityNotFound(opportunity=opportunity)
    state = await reader(OPPORTUNITY, opportunity)
    if not AN_OPPORTUNITY.admits(by.party, opportunity=state.parties):
        raise hidden
    return await seen(reader, OPPORTUNITY, opportunity, by, hidden=hidden)


async def _background(reader: Reader, agreement: Agreement, item: str, command: Command) -> BackgroundItem:
    found = await reader.find(BACKGROUND, item)
    if found is None or found.agreement != agreement.agreement:
        raise BackgroundUnknown(got=item)
    if found.withdrawn_on is not None and found.withdrawn_on <= command.today:
        raise BackgroundUnknown(got=item)
    return found
