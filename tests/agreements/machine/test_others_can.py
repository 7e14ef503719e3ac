"""What can be done is told to whoever reads a thing as it really is: held against every command, given by others.

By whoever it names or concerns without being who usually gives it: the registrar of a dispute, the assignee of an
instrument, a licensee, a holder from outside the agreement and a party that has left it.
"""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Final, NamedTuple

import msgspec
import pytest

from services.agreements.commands import Command, HoldersCommand, Representative
from services.agreements.participants.decisions import RecordIpInstrument
from services.agreements.participants.model import participant_id
from services.agreements.responses import CommandResponses
from services.agreements.tasks.handling import possible
from services.agreements.tasks.places import PLACES, act_of
from services.agreements.tasks.ways import WAYS
from shared.errors import DomainError, Invalid
from shared.log.handle import Reader, Work
from shared.web.auth import Caller
from tests.agreements import desk as at
from tests.agreements import lives, owners
from tests.agreements.controls import ATRC, CONCEIVED, EGU, HUT, TODAY, terms
from tests.agreements.desk import Desk
from tests.agreements.lives import amendment_proposed, amendment_signed, open_hash
from tests.agreements.machine import disputes, inventions, licences, participants, transfers
from tests.agreements.machine.table import Situation, Table, as_act, since
from tests.agreements.machine.test_tasks import NOW
from tests.agreements.outside import KPD, a_holder_from_outside

NLN: Final = Representative("NLN-REP", "NLN")
EVERYBODY: Final = (HUT, ATRC, EGU, NLN, KPD)
_NAMED: Final = {"terms": terms(dispute=disputes.AGREED)}


async def _left() -> Desk:
    """Give a desk with an invention at which EGU was in the agreement, and in the project, and has left both."""
    desk = await at.an_agreement(**_NAMED)
    await desk.does(amendment_proposed(effective_on=TODAY, acceding=("EGU",), terms=_NAMED["terms"]))
    terms_hash = await open_hash(desk)
    for by in (HUT, ATRC, EGU):
        await desk.does(amendment_signed(terms_hash, by=by))
    await desk.does(at.created(parties=("HUT", "ATRC", "EGU")))
    for by in (HUT, ATRC, EGU):
        await desk.does(at.approved(by=by))
    for work in (
        at.started(),
        at.engaged(),
        at.engaged(person="P"),
        at.instrument_recorded("HUT-SE"),
        at.disclosed(),
        at.described(),
        at.recorded(),
        lives.left(by=EGU, effective_on=TODAY),
    ):
        await desk.does(work)
    return desk


_outside = partial(since, a_holder_from_outside, **_NAMED)
_OPENED = owners.disputed()
# More situations of each table: with a holder from outside, and with a party that has left.
MORE: Final[tuple[tuple[Table, dict[str, Situation]], ...]] = (
    (participants.PARTICIPANTS, {"a party has left": _left}),
    (inventions.INVENTIONS, {"held from outside": _outside(), "a party has left": _left}),
    (
        transfers.TRANSFERS,
        {
            "held from outside": _outside(owners.transfer_proposed(effective_on=CONCEIVED)),
            "sold from outside": _outside(owners.transfer_proposed(by=EGU, source="EGU", to="NLN")),
        },
    ),
    (
        disputes.DISPUTES,
        {
            "held from outside": _outside(_OPENED),
            "held from outside, settled": _outside(_OPENED, owners.resolution_proposed()),
            "held from outside, decided elsewhere": _outside(_OPENED, owners.decided()),
            "held from outside, given up": _outside(_OPENED, owners.dispute_withdrawn()),
            "a party has left": since(_left, _OPENED),
            "disputed by who came from outside": _outside(owners.disputed(by=EGU)),
        },
    ),
    (licences.LICENCES, {"held from outside": _outside(at.licence_drafted())}),
)


class Tried(NamedTuple):
    """What came of all forms of one act by one party, and whether that is said to be possible."""

    entity: str
    situation: str
    act: str
    party: str
    came: list[str]
    offered: bool


def variants(command: Command, by: Representative) -> Iterator[Command]:
    """Yield a command as another would give it: for itself, and about itself where it names a party."""
    given = msgspec.structs.replace(command, by=by)
    yield given
    if isinstance(command, HoldersCommand):
        yield msgspec.structs.replace(given, holder=by.party)
    if isinstance(command, RecordIpInstrument):
        yield msgspec.structs.replace(given, assignee_party=by.party, instrument="ANOTHER")


async def _outcome(desk: Desk, work: Work) -> str:
    """Return what would come of it: `recorded`, `nothing`, `invalid`, or by which name it is refused."""
    try:
        decided = await work(Reader(desk.handler, trusting=False))
    except Invalid:
        return "invalid"
    except DomainError as refusal:
        return type(refusal).__name__
    return "recorded" if any(change.events for change in decided.changes) else "nothing"


async def _tried(table: Table, situation: str, begin: Situation) -> AsyncIterator[Tried]:
    desk, entity = await begin(), table.drawing.aggregate.name
    thing = participant_id("PRJ", "P") if entity == "participant" else table.thing
    state = (await desk.handler.load(table.drawing.aggregate, table.drawing.aggregate.stream(thing))).state
    if state is None:
        return
    for by in EVERYBODY:
        caller = Caller(by.person, by.party, frozenset({"representative"}))
        reader = Reader(desk.handler, trusting=False)
        can = {_plain(act) for act in await possible(reader, caller, NOW, table.drawing.aggregate, thing, state)}
        came: dict[str, list[str]] = {}
        for act, _ in table.rows.values():
            work = await as_act(act)(desk)
            command = work.keywords.get("command") if isinstance(work, partial) else None
            if not isinstance(work, partial) or not isinstance(command, Command) or command.today != TODAY:
                continue
            for named in {_plain(each) for each in _acts(entity, command)}:
                for given in variants(command, by):
                    outcome = await _outcome(desk, partial(work, command=given))
                    came.setdefault(named, []).append(outcome)
        for named, outcomes in came.items():
            yield Tried(entity, situation, named, by.party, outcomes, named in can)


def _acts(entity: str, command: Command) -> set[str]:
    place = PLACES[entity]
    parts = {"no": "?", "access_id": "?", "determination": "?", "person": "?"}
    return {
        act_of(way.route, place, parts)
        for way in WAYS[entity]
        if isinstance(way.route.responses, CommandResponses) and way.route.responses.command is type(command)
    }


def _confirms(tried: Tried) -> bool:
    """Tell whether it lays down the outcome that is laid down: that is to confirm it, which is said by its name."""
    return tried.act == "resolution" and "OutcomeIsPending" in tried.came


def _plain(act: str) -> str:
    return "/".join(each for each in act.split("/") if each == each.lower() and each[0].isalpha())


@pytest.fixture(scope="module")
async def tried() -> list[Tried]:
    """Everything of these tables, by everybody."""
    return [
        each
        for table, more in MORE
        for name, begin in {**table.situations, **more}.items()
        async for each in _tried(table, name, begin)
    ]


async def test_what_leads_somewhere_is_said_to_whoever_it_is(tried: list[Tried]) -> None:
    """Nobody has to guess that it may do something, because it is not who usually does."""
    assert len(tried) > 1000
    assert [] == [each for each in tried if "recorded" in each.came and not each.offered and not _confirms(each)]


async def test_what_is_refused_to_somebody_is_not_said_to_be_possible(tried: list[Tried]) -> None:
    """Whoever may never do it, or not as things stand, is not led on."""
    refused = [each for each in tried if not {"recorded", "nothing", "invalid"} & {*each.came}]

    assert len(refused) > 500
    assert [] == [each for each in refused if each.offered]
