"""Reading what commands on parties need."""

from datetime import date

from services.agreements.parties.decisions import RegisterParty, register_party
from services.agreements.parties.model import PARTY
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import Change, Decided, Reader


async def register(reader: Reader, command: RegisterParty, today: date) -> Decided:
    events = register_party(await reader.new(PARTY, command.party), command)
    return Decided(NO_AGREEMENT, (Change(PARTY, command.party, events, today),))
