"""Asking who may see to a party's people, before anything of them is read."""

from datetime import date

from services.agreements.commands import Command, Representative
from services.agreements.gates import Gate, Standing
from services.agreements.parties.handling import empowered
from shared.log.handle import Handler, Reader


class SeeToPeople(Command, frozen=True, kw_only=True):
    """Whatever is done with what a party knows of its people; reading it, too."""

    gate = Gate(power="PERSONNEL", new=True, standing=Standing.ANY)


async def party_of(handler: Handler, by: Representative, today: date) -> str:
    """Return whose people are asked about; raises PowerMissing unless whoever asks may see to them."""
    await empowered(Reader(handler, trusting=False), SeeToPeople(by=by, today=today))
    return by.party
