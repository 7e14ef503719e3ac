"""Answers of parties' systems: whether what they worked out from an event about ownership is what stands."""

from datetime import date
from functools import partial
from typing import Any

import pytest

from services.agreements.acknowledgements import decisions, handling
from services.agreements.acknowledgements.errors import (
    HoldingsDiffer,
    NoSuchOwnershipEvent,
    NothingContested,
    NothingWorkedOut,
)
from services.agreements.acknowledgements.model import ACKNOWLEDGEMENT, Answers, ContestNotFound
from services.agreements.acknowledgements.views import ClaimView, contests_of
from services.agreements.disputes import handling as disputes_handling
from services.agreements.disputes.decisions import OpenDispute
from services.agreements.disputes.errors import PositionOrContest
from services.agreements.disputes.model import DISPUTE
from services.agreements.errors import RecordedOtherwise
from services.agreements.inventions.errors import InventionNotFound
from services.agreements.inventions.model import INVENTION
from shared.canonical import content_hash
from shared.errors import DomainError
from shared.events.acknowledgement import OwnershipAcknowledged
from shared.log.envelope import decode
from shared.log.handle import Work
from shared.ratio import NotARatio, SharesDoNotSumToOne
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import ATRC, DIGEST, EGU, HUT, NLN, OTHER_DIGEST, said
from tests.told import refuses

ALL_HUTS, HALF = {"HUT": "1/1"}, {"ATRC": "1/2", "HUT": "1/2"}
AFTER_TRANSFER = {"ATRC": "1/7", "HUT": "6/7"}


async def event_of(desk: at.Desk, name: str) -> dict[str, Any]:
    """What a party's system gets of the last event of a name about the asset: its id, and its position."""
    entries = await desk.store.read_entries(INVENTION.stream("INV"), after_version=0, limit=100)
    [*_, found] = [entry for entry in entries if type(decode(entry.state).data).__name__ == name]
    return {"event": decode(found.state).id, "position": found.id}


async def answered(desk: at.Desk, name: str = "DeterminationAdopted", **changed: Any) -> Work:
    """Give the work of ATRC's system that accepts that all is HUT's, as it was adopted."""
    fields: dict[str, Any] = {
        "by": ATRC,
        "asset": "INV",
        **await event_of(desk, name),
        "held_on": None,
        "holdings": ALL_HUTS,
        "verdict": "ACCEPT",
        "note_hash": None,
    }
    return partial(handling.acknowledge, command=decisions.Acknowledge(**said(changed, **fields)))


def disputed(contest: str | None, **changed: Any) -> Work:
    """Give the work that opens a dispute with what was answered to an event."""
    fields: dict[str, Any] = {"dispute": "DSP", "asset": "INV", "kind": "SHARE", "position": {}, "element": None}
    command = OpenDispute(**said(changed, **fields, summary_hash=DIGEST))
    return partial(disputes_handling.open_dispute, command=command, contest=contest)


async def answers(desk: at.Desk) -> Answers:
    found: Answers = await desk.state(ACKNOWLEDGEMENT, "INV")
    return found


async def test_what_stands_is_accepted():
    """The event says who accepted what of which event, and binds the holdings by their hash."""
    desk = await at.a_determination()
    answering = await event_of(desk, "DeterminationAdopted")

    await desk.does(await answered(desk, note_hash=DIGEST))

    [entry] = await desk.store.read_entries(ACKNOWLEDGEMENT.stream("INV"), after_version=0, limit=2)
    told = decode(entry.state)
    adopted = (await desk.handler.history(INVENTION.stream("INV")))[-1]
    assert told.data == OwnershipAcknowledged(
        agreement="MOU",
        project="PRJ",
        parties=("HUT", "ATRC"),
        invention="INV",
        party="ATRC",
        answers=answering["event"],
        position=answering["position"],
        held_on=adopted.effective_on,
        holdings=ALL_HUTS,
        holdings_hash=content_hash(ALL_HUTS),
        verdict="ACCEPT",
        note_hash=DIGEST,
    )
    assert "MOU" == told.agreement


async def test_an_answer_is_about_what_was_known_at_its_position():
    """What is recorded later changes nothing of it: each event is compared with what it left."""
    desk = await owners.an_executed_transfer()

    await desk.does(await answered(desk))
    await desk.does(await answered(desk, "OwnershipTransferred", holdings=AFTER_TRANSFER))
    with refuses(HoldingsDiffer):
        await desk.does(await answered(desk, by=HUT, held_on=owners.LATER, holdings=AFTER_TRANSFER))


async def test_an_answer_may_be_about_another_day():
    """Before the transfer takes effect all is still HUT's; by itself an answer is about the day of the event."""
    desk = await owners.an_executed_transfer()
    before = date(2025, 6, 30)

    await desk.does(await answered(desk, "OwnershipTransferred", held_on=before))
    with refuses(HoldingsDiffer) as refused:
        await desk.does(await answered(desk, "OwnershipTransferred", by=HUT))

    assert (AFTER_TRANSFER, ALL_HUTS) == (refused.value.expected, refused.value.got)


async def test_other_holdings_are_contested_and_never_accepted():
    """Whoever accepts is told both; whoever contests what stands is told that there is nothing to contest."""
    desk = await at.a_determination()

    with refuses(HoldingsDiffer) as refused:
        await desk.does(await answered(desk, holdings=HALF))
    assert (ALL_HUTS, HALF) == (refused.value.expected, refused.value.got)
    with refuses(NothingContested):
        await desk.does(await answered(desk, verdict="CONTEST"))
    await desk.does(await answered(desk, holdings=HALF, verdict="CONTEST"))


async def test_an_answer_given_again_is_recorded_once():
    """A system that repeats what it said, as often as it likes, gets the same answer."""
    desk = await at.a_determination()
    first = await desk.does(await answered(desk))

    again = await desk.does(await answered(desk))

    assert again.position is None
    assert first.answer == again.answer


@pytest.mark.parametrize(
    "other",
    [
        {"verdict": "CONTEST", "holdings": HALF},
        {"note_hash": OTHER_DIGEST},
        {"held_on": date(2026, 1, 1)},
    ],
)
async def test_what_was_accepted_stays_accepted(other: dict[str, Any]):
    """Another answer to the same event is refused; a later event can be contested."""
    desk = await at.a_determination()
    await desk.does(await answered(desk))

    with refuses(RecordedOtherwise):
        await desk.does(await answered(desk, **other))


async def test_who_contested_may_accept_and_contests_no_more():
    """A system that was mistaken says so; what it contested first cannot be said again after that."""
    desk = await at.a_determination()
    await desk.does(await answered(desk, holdings=HALF, verdict="CONTEST"))
    with refuses(RecordedOtherwise):
        await desk.does(await answered(desk, holdings={"ATRC": "1/1"}, verdict="CONTEST"))

    await desk.does(await answered(desk))

    assert () == contests_of(await answers(desk), 2).contests
    with refuses(RecordedOtherwise):
        await desk.does(await answered(desk, holdings=HALF, verdict="CONTEST"))


async def test_it_shows_what_conflicts_with_what():
    """Who holds to the same stands together, beside what stands and who has accepted that."""
    desk = await at.a_determination()
    await desk.does(await answered(desk, by=HUT))
    await desk.does(await answered(desk, holdings=HALF, verdict="CONTEST"))

    [contest] = contests_of(await answers(desk), 2).contests

    assert ClaimView(holdings=ALL_HUTS, parties=("HUT",)) == contest.stands
    assert (ClaimView(holdings=HALF, parties=("ATRC",)),) == contest.claims
    assert (await event_of(desk, "DeterminationAdopted")) == {"event": contest.event, "position": contest.position}


@pytest.mark.parametrize("by", [EGU, NLN])
async def test_an_outsider_finds_no_asset_to_answer_about(by: Any):
    """To whoever may not read it, it does not exist."""
    desk = await at.a_determination()

    with refuses(InventionNotFound):
        await desk.does(await answered(desk, by=by))


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"event": "0192f3a1-0000-7000-8000-000000000001"}, NoSuchOwnershipEvent),
        ({"position": 1}, NoSuchOwnershipEvent),
        ({"holdings": {}}, NothingWorkedOut),
        ({"holdings": {"HUT": "1/2"}}, SharesDoNotSumToOne),
        ({"holdings": {"HUT": "2/2"}}, NotARatio),
    ],
)
async def test_an_answer_names_its_event_and_whole_holdings(changed: dict[str, Any], refusal: type[DomainError]):
    """The id and the position must be those of one event, and holdings are a whole vector."""
    desk = await at.a_determination()

    with refuses(refusal):
        await desk.does(await answered(desk, **changed))


async def test_only_what_says_who_owns_is_answered():
    """That the asset was disclosed says nothing of holdings."""
    desk = await at.a_determination()

    with refuses(NoSuchOwnershipEvent):
        await desk.does(await answered(desk, "InventionDisclosed"))


async def test_where_nobody_held_anything_nothing_is_what_stands():
    """A day before conception has no holders, and whoever worked out none agrees."""
    desk = await at.a_determination()
    before = date(2000, 1, 1)

    await desk.does(await answered(desk, held_on=before, holdings={}))

    [of_event] = (await answers(desk)).given.values()
    assert {} == of_event["ATRC"].holdings


async def test_two_systems_that_answer_at_once_are_both_heard():
    """Neither keeps the other from it, and neither keeps anybody from deciding about the asset."""
    desk = await at.a_determination()

    await desk.interrupted(await answered(desk), meanwhile=await answered(desk, by=HUT))

    [of_event] = (await answers(desk)).given.values()
    assert {"ATRC", "HUT"} == of_event.keys()


async def test_what_happens_to_the_asset_meanwhile_takes_nothing_from_an_answer():
    """What stood at a position stands for ever: an answer conflicts with nothing."""
    desk = await at.a_determination()

    await desk.interrupted(await answered(desk), meanwhile=owners.disputed())

    names = [type(decode(entry.state).data).__name__ for entry in await desk.store.read_log(after=0, limit=100)]
    assert ["AssetFrozen", "OwnershipAcknowledged"] == names[-2:]


async def test_a_contest_becomes_a_dispute_in_one_command():
    """With the very holdings that the party answered with as its position."""
    desk = await at.a_determination()
    await desk.does(await answered(desk, holdings=HALF, verdict="CONTEST"))
    event = (await event_of(desk, "DeterminationAdopted"))["event"]

    await desk.does(disputed(event, by=ATRC))

    assert {"ATRC": HALF} == (await desk.state(DISPUTE, "DSP")).positions


async def test_only_ones_own_contest_is_carried_into_a_dispute():
    """What somebody else contests, or the party has accepted since, is no position of its own."""
    desk = await at.a_determination()
    event = (await event_of(desk, "DeterminationAdopted"))["event"]
    with refuses(ContestNotFound):
        await desk.does(disputed(event, by=HUT))
    await desk.does(await answered(desk, holdings=HALF, verdict="CONTEST"))
    await desk.does(await answered(desk, by=HUT))

    with refuses(ContestNotFound):
        await desk.does(disputed(event, by=HUT))


@pytest.mark.parametrize(("position", "contest"), [({}, None), (HALF, "EVT")])
async def test_a_dispute_is_opened_with_one_of_the_two(position: dict[str, str], contest: str | None):
    """A position, or an event that was contested: with both nobody knows which, with none there is nothing."""
    desk = await at.a_determination()

    with refuses(PositionOrContest):
        await desk.does(disputed(contest, by=ATRC, position=position))
