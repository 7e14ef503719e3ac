"""Reading what commands on parties need, and asking whether somebody may speak for one."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from services.agreements.commands import Command
from services.agreements.parties import decisions
from services.agreements.parties.model import PARTY, Party
from shared.events.registry import Event
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import Change, Decided, Reader
from shared.log.store import EventStore

C = TypeVar("C")
_SCAN = 500


async def register(reader: Reader, command: decisions.RegisterParty, today: date) -> Decided:
    # Looked for at every attempt: of two that differ in case and are registered at once, the index of the log's first
    # events of parties lets one in, and the other is told of it when it is decided on again.
    namesake = await namesake_of(reader.handler.store, command.party)
    events = decisions.register_party(await reader.new(PARTY, command.party), command, namesake=namesake)
    return Decided(NO_AGREEMENT, (Change(PARTY, command.party, events, today),))


async def namesake_of(store: EventStore, party: str) -> str | None:
    """Return the id of a party that differs from this one in nothing but capital letters, if there is one.

    All are looked through: organisations are registered seldom, by operators.
    """
    after = 0
    while entries := await store.read_created(PARTY.name, agreements=None, after=after, limit=_SCAN):
        for entry in entries:
            registered = str(entry.originator_id).partition(":")[2]
            if registered != party and registered.lower() == party.lower():
                return registered
        after = entries[-1].id
    return None


async def change(
    reader: Reader, party: str, command: C, today: date, decide: Callable[[Party, C], tuple[Event, ...]]
) -> Decided:
    """Decide a command on a party, which needs to know nothing else."""
    events = decide(await reader(PARTY, party), command)
    return Decided(NO_AGREEMENT, (Change(PARTY, party, events, today),))


async def check_active(reader: Reader, *parties: str) -> None:
    """Raise PartyIsInactive for a party to which something would pass.

    The party read guards the append: of what passes and the end of whoever gets it, one comes first.
    """
    for party in parties:
        decisions.check_not_inactive(await reader(PARTY, party))


async def empowered(reader: Reader, command: Command) -> None:
    """Raise PowerMissing, or PartyIsInactive for what is new, unless whoever commands may do this for their party.

    The party read guards the append: of an act and the revocation of its power at the same moment, one comes first.
    """
    if command.gate.power is None:
        return
    party = await reader(PARTY, command.by.party)
    if refusal := decisions.power_refused(party, command.gate, command.asking()):
        raise refusal
