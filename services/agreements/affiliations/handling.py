"""Reading what commands on affiliations need, and asking whether one party may speak for another."""

from datetime import date

from services.agreements.affiliations import decisions
from services.agreements.affiliations.errors import NotRepresented
from services.agreements.affiliations.model import AFFILIATION, ALL, is_affiliate_on
from services.agreements.commands import Command
from services.agreements.parties.decisions import check_not_inactive
from services.agreements.parties.model import PARTY
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import Change, Decided, Reader


async def declare(reader: Reader, command: decisions.DeclareAffiliation) -> Decided:
    for party in (command.parent, command.child):
        check_not_inactive(await reader(PARTY, party))
    events = decisions.declare_affiliation(await reader.find(AFFILIATION, ALL), command)
    return _decided(events, command.period.start)


async def end(reader: Reader, command: decisions.EndAffiliation) -> Decided:
    events = decisions.end_affiliation(await reader.find(AFFILIATION, ALL), command)
    return _decided(events, command.to)


async def check_speaks_for(reader: Reader, command: Command, party: str, day: date) -> None:
    """Raise NotRepresented unless the caller's party is this one, or controls it on that day."""
    if party == command.by.party:
        return
    if not is_affiliate_on(await reader.find(AFFILIATION, ALL), party, command.by.party, day):
        raise NotRepresented(expected=command.by.party, got=party)


async def speaking_for(reader: Reader, command: Command, holder: str) -> str | None:
    """Return the holder for which a command is given, where its giver is another party and controls it today.

    With its eyes the giver may look, too; whether it may speak is still to be asked.
    """
    if holder == command.by.party:
        return None
    registry = await reader.find(AFFILIATION, ALL)
    return holder if is_affiliate_on(registry, holder, command.by.party, command.today) else None


def _decided(events: decisions.Events, effective_on: date) -> Decided:
    return Decided(NO_AGREEMENT, (Change(AFFILIATION, ALL, events, effective_on),))
