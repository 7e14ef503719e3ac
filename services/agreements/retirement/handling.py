"""Reading what commands on giving up an invention need."""

from services.agreements.affiliations.handling import check_speaks_for
from services.agreements.commands import HoldersCommand
from services.agreements.contracts.handling import check_took_effect
from services.agreements.contracts.model import Agreement
from services.agreements.inventions.handling import invention_of
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.parties.handling import empowered
from services.agreements.retirement import decisions
from shared.events.party import Power
from shared.events.registry import Event
from shared.log.handle import Change, Decided, Reader


async def propose(reader: Reader, invention: str, command: decisions.ProposeRetirement) -> Decided:
    state, agreement = await _read(reader, invention, command, "TRANSFER")
    return _decided(state, decisions.propose_retirement(state, agreement.standing.terms, command), command)


async def consent(reader: Reader, invention: str, command: decisions.ConsentToRetirement) -> Decided:
    state, _ = await _read(reader, invention, command, "CONSENT")
    return _decided(state, decisions.consent_to_retirement(state, command), command)


async def oppose(reader: Reader, invention: str, command: decisions.OpposeRetirement) -> Decided:
    state, _ = await _read(reader, invention, command, "CONSENT")
    return _decided(state, decisions.oppose_retirement(state, command), command)


async def _read(reader: Reader, invention: str, command: HoldersCommand, power: Power) -> tuple[Invention, Agreement]:
    state, _, agreement = await invention_of(reader, invention, command.by)
    check_took_effect(agreement)
    await check_speaks_for(reader, command, command.holder, command.today)
    await empowered(reader, command, power, new=False)
    return state, agreement


def _decided(state: Invention, events: tuple[Event, ...], command: HoldersCommand) -> Decided:
    return Decided(state.agreement, (Change(INVENTION, state.invention, events, command.today),))
