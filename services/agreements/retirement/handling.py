"""Reading what commands on giving up an invention need."""

from services.agreements.affiliations.handling import check_speaks_for, speaking_for
from services.agreements.commands import HoldersCommand
from services.agreements.contracts.handling import admit
from services.agreements.contracts.model import Agreement
from services.agreements.inventions.handling import invention_of, on_notice
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.inventions.naming import naming_what_is_read
from services.agreements.retirement import decisions
from shared.events.registry import Event
from shared.log.handle import Change, Decided, Reader


async def propose(reader: Reader, invention: str, command: decisions.ProposeRetirement) -> Decided:
    state, agreement = await _read(reader, invention, command)
    with naming_what_is_read([state], agreement, command.by.party, own={invention, command.holder}):
        events = decisions.propose_retirement(state, agreement.standing.terms, command)
    return _decided(state, events, command)


async def consent(reader: Reader, invention: str, command: decisions.ConsentToRetirement) -> Decided:
    state, _ = await _read(reader, invention, command)
    return _decided(state, decisions.consent_to_retirement(state, command), command)


async def oppose(reader: Reader, invention: str, command: decisions.OpposeRetirement) -> Decided:
    state, _ = await _read(reader, invention, command)
    return _decided(state, decisions.oppose_retirement(state, command), command)


async def _read(reader: Reader, invention: str, command: HoldersCommand) -> tuple[Invention, Agreement]:
    holder = await speaking_for(reader, command, command.holder)
    state, _, agreement = await invention_of(reader, invention, command.by, holder=holder)
    await check_speaks_for(reader, command, command.holder, command.today)
    await admit(reader, agreement, command)
    return await on_notice(reader, state), agreement


def _decided(state: Invention, events: tuple[Event, ...], command: HoldersCommand) -> Decided:
    return Decided(state.agreement, (Change(INVENTION, state.invention, events, command.today),))
