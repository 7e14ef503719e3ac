"""Reading what commands on giving up an invention need."""

from services.agreements.contracts.handling import check_took_effect
from services.agreements.contracts.model import Agreement
from services.agreements.inventions import retirement
from services.agreements.inventions.handling import invention_of
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.parties.handling import empowered
from services.agreements.transfers.handling import check_speaks_for
from shared.contracts.party import Power
from shared.log.events import Event
from shared.log.handle import Change, Decided, Reader


async def propose(reader: Reader, invention: str, command: retirement.ProposeRetirement) -> Decided:
    state, agreement = await _read(reader, invention, command, "TRANSFER")
    return _decided(state, retirement.propose_retirement(state, agreement.standing.terms, command), command)


async def consent(reader: Reader, invention: str, command: retirement.ConsentToRetirement) -> Decided:
    state, _ = await _read(reader, invention, command, "CONSENT")
    return _decided(state, retirement.consent_to_retirement(state, command), command)


async def oppose(reader: Reader, invention: str, command: retirement.OpposeRetirement) -> Decided:
    state, _ = await _read(reader, invention, command, "CONSENT")
    return _decided(state, retirement.oppose_retirement(state, command), command)


async def _read(
    reader: Reader, invention: str, command: retirement.HoldersCommand, power: Power
) -> tuple[Invention, Agreement]:
    state, _, agreement = await invention_of(reader, invention, command.by)
    check_took_effect(agreement)
    await check_speaks_for(reader, command, command.holder, command.today)
    await empowered(reader, command, power, new=False)
    return state, agreement


def _decided(state: Invention, events: tuple[Event, ...], command: retirement.HoldersCommand) -> Decided:
    return Decided(state.agreement, (Change(INVENTION, state.invention, events, command.today),))
