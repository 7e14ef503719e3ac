"""Every command is admitted by its gate: where it leads somewhere, each thing that a gate asks for is taken away."""

import copy
from functools import partial
from typing import Any, NamedTuple, get_args

import msgspec
import pytest

from services.agreements.acknowledgements.decisions import Acknowledge
from services.agreements.affiliations.declarations import MakeDeclaration
from services.agreements.background.access import GrantAccess, RequestAccess
from services.agreements.background.model import BACKGROUND
from services.agreements.commands import Command, HoldersCommand, Representative
from services.agreements.contracts.decisions import DraftAgreement
from services.agreements.contracts.model import AGREEMENT, IN_EFFECT
from services.agreements.errors import (
    AgreementNotActive,
    AgreementNotInEffect,
    PartyHasLeft,
    PartyIsInactive,
    PowerMissing,
)
from services.agreements.gates import Gate, Standing
from services.agreements.parties import decisions as parties
from services.agreements.people.handling import SeeToPeople
from services.agreements.transfers.decisions import ProposeTransfer
from shared.errors import DomainError, NotFound
from shared.events.agreement import AgreementSuspended, AgreementTerminated, PartyWithdrew, TerminationNoticeGiven
from shared.events.party import Power
from shared.events.registry import Event
from shared.log.handle import Change, Decided, Reader, Work
from tests.agreements.controls import TODAY
from tests.agreements.desk import Desk, registered
from tests.agreements.machine.table import as_act
from tests.agreements.machine.tables import TABLES
from tests.agreements.party_controls import appointing, deactivating, of_party
from tests.agreements.prospects import ITEM
from tests.docs.drawings import commands
from tests.docs.made import made
from tests.told import refuses, tells

Refusal = type[DomainError] | None
_GATES = (AgreementNotActive, AgreementNotInEffect, PartyHasLeft, PartyIsInactive, PowerMissing)
_ACTIVE = {Standing.ACTIVE, Standing.ACTIVE_TODAY, Standing.LICENSING}


class Possible(NamedTuple):
    """A command where it leads somewhere: by this work at this desk, under an agreement that has to stand like this."""

    command: Command
    desk: Desk
    work: Work
    standing: Standing

    @property
    def gate(self) -> Gate:
        return self.command.gate

    async def told(self, *before: Work) -> Refusal:
        """Return by which of the gates' names it is refused after something else has happened."""
        desk = copy.deepcopy(self.desk)
        for work in before:
            await desk.does(work)
        try:
            await desk.does(self.work)
        except DomainError as refusal:
            if not isinstance(refusal, _GATES):
                return None
            tells(refusal, to=type(self.command).__name__)
            return type(refusal)
        return None


@pytest.fixture(scope="module")
async def possible() -> list[Possible]:
    """Every command of a representative, in the first situation of its tables from which it leads somewhere."""
    found: dict[type[Command], Possible] = {}
    for table in TABLES:
        desks = {name: await begin() for name, begin in table.situations.items()}
        for (row, situation), cell in table.says.items():
            desk = desks[situation]
            work = await as_act(table.rows[row][0])(desk)
            command = work.keywords.get("command") if isinstance(work, partial) else None
            if isinstance(cell, str) and isinstance(command, Command) and type(command) not in found:
                found[type(command)] = Possible(command, desk, work, await _standing(desk, command))
    return list(found.values())


def test_none_is_left_out(possible: list[Possible]) -> None:
    """But for what is drawn nowhere: a party's people, kept beside the log, and answers of systems, without a power."""
    of_representatives = {each for each in commands() if issubclass(each, Command)}

    assert {SeeToPeople, Acknowledge} == of_representatives - {type(each.command) for each in possible}


async def test_each_takes_its_power_and_no_other(possible: list[Possible]) -> None:
    """Once the party has named anybody, it is for those it has named, with the power that the gate says."""
    for each in possible:
        needed = PowerMissing if each.gate.power else None
        head = _named(each, "HEAD", ("APPOINT",))
        others: tuple[Power, ...] = tuple(power for power in get_args(Power) if power != each.gate.power)
        own: tuple[Power, ...] = (each.gate.power or "APPOINT",)

        assert needed == await each.told(head, _named(each, "SOMEBODY-ELSE", own)), each.command
        assert needed == await each.told(head, _named(each, each.command.by.person, others)), each.command
        assert await each.told(head, _named(each, each.command.by.person, own)) is None, each.command


async def test_an_inactive_party_does_nothing_new(possible: list[Possible]) -> None:
    """It is told so where the gate calls it new, and goes on with everything else."""
    for each in possible:
        gone = of_party(parties.deactivate_party, deactivating(), each.command.by.party)

        assert (PartyIsInactive if each.gate.new else None) == await each.told(gone), each.command


async def test_the_agreement_stands_as_it_has_to(possible: list[Possible]) -> None:
    """While it is suspended, once it has ended, and on the day of its end before anybody has recorded that."""
    suspended, ended = made(AgreementSuspended, agreement="MOU"), made(AgreementTerminated, effective_on=TODAY)
    notice = made(TerminationNoticeGiven, agreement="MOU", effective_on=TODAY)
    for each in await _under_an_agreement(possible):
        inactive = AgreementNotActive if each.standing in _ACTIVE else None
        over = AgreementNotInEffect if each.standing is Standing.IN_EFFECT else inactive
        # It is the day that is wrong, and not yet the status.
        ending = AgreementNotInEffect if each.standing in {Standing.IN_EFFECT, Standing.ACTIVE_TODAY} else None

        assert inactive == await each.told(_happened(suspended)), each.command
        assert over == await each.told(_happened(ended)), each.command
        assert ending == await each.told(_happened(notice)), each.command


async def test_who_has_left_is_told_so(possible: list[Possible]) -> None:
    """Where the gate asks for those that have not; what a party holds is its own all the same."""
    for each in await _under_an_agreement(possible):
        left = made(PartyWithdrew, party=each.command.by.party, effective_on=TODAY)

        assert (PartyHasLeft if each.gate.member else None) == await each.told(_happened(left)), each.command


async def test_to_a_stranger_nothing_exists(possible: list[Possible]) -> None:
    """Whatever it tries, it is told that there is none: no command says more to who is in no part of it."""
    stranger = Representative("KPD-REP", "KPD")
    for each in possible:
        if isinstance(each.command, DraftAgreement | MakeDeclaration):  # begins one of its own
            continue
        changed: dict[str, object] = {"by": stranger}
        if isinstance(each.command, HoldersCommand):
            changed["holder"] = "KPD"
        if isinstance(each.command, ProposeTransfer):
            changed["source"] = "KPD"
        desk = copy.deepcopy(each.desk)
        await desk.does(registered("KPD"))
        assert isinstance(each.work, partial)
        command = msgspec.structs.replace(each.command, **changed)
        with refuses(NotFound):
            await desk.does(partial(each.work, command=command))


def _named(each: Possible, person: str, powers: tuple[Power, ...]) -> Work:
    party = each.command.by.party
    return of_party(parties.appoint_representative, appointing(person=person, powers=powers), party)


def _happened(event: Event) -> Work:
    """Give the recording of what happened to the agreement, by whatever command."""

    async def work(reader: Reader) -> Decided:
        await reader(AGREEMENT, "MOU")
        return Decided("MOU", (Change(AGREEMENT, "MOU", (event,), TODAY),))

    return work


async def _under_an_agreement(possible: list[Possible]) -> list[Possible]:
    """Return those that are tried under an agreement that has taken effect: without one there is nothing to end."""
    states = [(await _agreement(each.desk), each) for each in possible]
    return [each for state, each in states if state is not None and state.status in IN_EFFECT]


async def _agreement(desk: Desk) -> Any:
    return (await desk.handler.load(AGREEMENT, AGREEMENT.stream("MOU"))).state


async def _standing(desk: Desk, command: Command) -> Standing:
    """Return how the agreement has to stand; for what access is asked stands in the command or in the request."""
    match command:
        case RequestAccess(purpose=purpose):
            return command.gate.standing_for(purpose)
        case GrantAccess(request=request):
            return command.gate.standing_for((await desk.state(BACKGROUND, ITEM)).access[request].purpose)
    return command.gate.standing_for(None)
