"""Reading what commands on affiliations need, and asking whether one party may speak for another."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from typing import TypeVar

from services.agreements.affiliations import decisions, declarations
from services.agreements.affiliations.errors import DeclarationNotFound, NotRepresented
from services.agreements.affiliations.model import (
    AFFILIATION,
    ALL,
    DECLARATION,
    DeclarationStatus,
    PartyDeclaration,
    is_affiliate_on,
)
from services.agreements.commands import Command, Representative
from services.agreements.parties.decisions import check_not_inactive
from services.agreements.parties.handling import check_active, empowered
from services.agreements.parties.model import PARTY
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import Change, Decided, Reader

C = TypeVar("C", bound=Command)
# Tells by which names the declarations go that a party has made and that may be unanswered.
Unanswered = Callable[[Reader, str], Awaitable[Iterable[str]]]


async def declare(reader: Reader, command: decisions.DeclareAffiliation) -> Decided:
    for party in (command.parent, command.child):
        check_not_inactive(await reader(PARTY, party))
    events = decisions.declare_affiliation(await reader.find(AFFILIATION, ALL), command)
    return _decided(events, command.period.start)


async def end(reader: Reader, command: decisions.EndAffiliation) -> Decided:
    events = decisions.end_affiliation(await reader.find(AFFILIATION, ALL), command)
    return _decided(events, command.to)


async def make(reader: Reader, command: declarations.MakeDeclaration, *, unanswered: Unanswered) -> Decided:
    await empowered(reader, command)
    await check_active(reader, command.parent, command.child)
    affiliations = await reader.find(AFFILIATION, ALL)
    known = await reader.new(DECLARATION, command.declaration)
    waiting = await _waiting(reader, {command.by.party, command.parent, command.child}, unanswered)
    events = declarations.make_declaration(known, affiliations, command, unanswered=waiting)
    return _of_declaration(command.declaration, events, command)


async def _waiting(reader: Reader, parties: set[str], unanswered: Unanswered) -> list[PartyDeclaration]:
    """Return what some parties have declared and nobody has answered.

    Peeked at and not guarded: of two at the very same moment both may be let in, and the one entered first stands.
    """
    found = {each for party in parties for each in await unanswered(reader, party)}
    states = [await reader.peek(DECLARATION, each) for each in sorted(found)]
    return [each for each in states if each.status is DeclarationStatus.OPEN and each.declared_by in parties]


async def confirm(reader: Reader, declaration: str, command: declarations.ConfirmDeclaration) -> Decided:
    """Confirm a declaration, and enter what it declares: both, or neither."""
    state = await declaration_of(reader, declaration, command.by)
    await empowered(reader, command)
    decided = _of_declaration(declaration, declarations.confirm_declaration(state, command), command)
    if not decided.changes[0].events:
        return decided
    await check_active(reader, *state.ends)
    events = declarations.entered(state, await reader.find(AFFILIATION, ALL))
    entry = Change(AFFILIATION, ALL, events, state.period.start)
    return decided._replace(changes=(*decided.changes, entry))


async def end_own(reader: Reader, declaration: str, command: declarations.EndDeclaration) -> Decided:
    """End what both ends have declared, in their declaration and among all affiliations: both, or neither."""
    state = await declaration_of(reader, declaration, command.by)
    await empowered(reader, command)
    own, ended = declarations.end_declaration(state, await reader.find(AFFILIATION, ALL), command)
    decided = _of_declaration(declaration, own, command)
    if not own:
        return decided
    return decided._replace(changes=(*decided.changes, Change(AFFILIATION, ALL, ended, command.today)))


async def change(
    reader: Reader, declaration: str, command: C, decide: Callable[[PartyDeclaration, C], decisions.Events]
) -> Decided:
    """Decide a command on a declaration that needs to know nothing else."""
    state = await declaration_of(reader, declaration, command.by)
    await empowered(reader, command)
    return _of_declaration(declaration, decide(state, command), command)


async def declaration_of(reader: Reader, declaration: str, by: Representative) -> PartyDeclaration:
    """Return a declaration that is about the representative's party; to others there is none."""
    state = await reader(DECLARATION, declaration)
    if by.party not in state.ends:
        raise DeclarationNotFound(declaration=declaration)
    return state


def _of_declaration(declaration: str, events: decisions.Events, command: Command) -> Decided:
    return Decided(NO_AGREEMENT, (Change(DECLARATION, declaration, events, command.today),))


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
