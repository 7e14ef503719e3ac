"""Asking who may see to a party's people, before anything of them is read; and whom of them one may write to."""

import contextlib
from collections.abc import Iterable
from datetime import date

from services.agreements.commands import Command, Representative
from services.agreements.gates import Gate, Standing
from services.agreements.parties.handling import empowered
from services.agreements.parties.model import PARTY
from services.agreements.people.errors import PersonNotFound
from services.agreements.people.register import People
from services.agreements.people.views import Address, address_of
from shared.log.handle import Handler, Reader


class SeeToPeople(Command, frozen=True, kw_only=True):
    """Whatever is done with what a party knows of its people; reading it, too."""

    gate = Gate(power="PERSONNEL", new=True, standing=Standing.ANY)


async def party_of(handler: Handler, by: Representative, today: date) -> str:
    """Return whose people are asked about; raises PowerMissing unless whoever asks may see to them."""
    await empowered(Reader(handler, trusting=False), SeeToPeople(by=by, today=today))
    return by.party


async def addresses_of(
    reader: Reader, people: People, asked: Iterable[tuple[str, str]], today: date
) -> tuple[Address, ...]:
    """Return where those are written to who are representatives of their party today, each once."""
    found = []
    for party, person in dict.fromkeys(asked):
        state = await reader.find(PARTY, party)
        named = state.representatives.get(person) if state is not None else None
        if named is None or not named.period.covers(today):
            continue
        with contextlib.suppress(PersonNotFound):
            if (address := address_of(party, await people.show(party, person))) is not None:
                found.append(address)
    return tuple(found)
