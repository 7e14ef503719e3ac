"""Whoever claims more is asked before one side's word ends its dispute, and by that what it freezes; for a time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.agreements.inventions.model import INVENTION
from services.agreements.ownership.errors import AssetIsFrozen
from services.ledger.check.replay import Replay
from shared.events.terms import DisputeTerms, Rung
from shared.events.transfer import Amount
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import ATRC, EGU, HUT, NLN, OTHER_DIGEST, TODAY, terms
from tests.agreements.owners import OUTCOME, hash_of, pending, shares, the, waiting
from tests.told import refuses

ALL_HUTS = {"HUT": "1/1"}
MINE = {"ATRC": "1/1"}
_STEP: dict[str, Any] = {"EXPERT": "EXPERT", "ARBITRATION": "ARBITRATE"}


@pytest.mark.parametrize("basis", ["COURT", "EXPERT", "ARBITRATION"])
async def test_who_claims_more_is_asked_before_its_dispute_and_the_freeze_end(basis: Any):
    """Somebody wrote down as decided that all stays as it is, and sold on the same day what was disputed."""
    reached: Any = Rung(step="ARBITRATE" if basis == "COURT" else _STEP[basis])
    desk = await at.a_determination(terms=terms(dispute=DisputeTerms(ladder=(reached,), registrar="NLN")))
    await desk.does(owners.transfer_proposed(to="EGU", amount=Amount(of_holding="1/1"), effective_on=TODAY))
    await desk.does(owners.disputed())
    await desk.does(owners.resolution_proposed(basis=basis, outcome=ALL_HUTS))

    assert ("PENDING", ("ATRC",)) == ((await the(desk)).resolution.status, (await the(desk)).resolution.awaited)
    assert {"ATRC": ("confirm", "object"), "NLN": ("confirm", "decline")} == await waiting(desk)
    with refuses(AssetIsFrozen):
        await desk.does(owners.transfer_executed())


@pytest.mark.parametrize("by", [ATRC, NLN])
async def test_who_claims_more_or_the_registrar_confirms_that_the_claim_is_rejected(by: Any):
    """Then the dispute is over and the shares are what they were."""
    desk, resolution_hash = await rejected()
    await desk.does(owners.resolution_confirmed(resolution_hash, by=by))

    assert ("RESOLVED", ALL_HUTS) == ((await the(desk)).status, await shares(desk))
    assert not (await desk.state(INVENTION, "INV")).frozen
    await borne_out(desk)


async def test_who_claims_more_may_object_that_its_claim_was_rejected():
    """The dispute goes on at the next step."""
    desk, resolution_hash = await rejected()
    await desk.does(owners.resolution_objected(resolution_hash, by=ATRC))

    state = await the(desk)
    assert ("ESCALATED", "STEERING", "ATRC") == (state.status, state.step, state.set_aside.party)
    assert (await desk.state(INVENTION, "INV")).frozen


async def test_at_the_last_step_nobody_ends_it_over_the_claimants_own_outcome():
    """What HUT lays down takes the place of what it objected to, and waits as that did."""
    desk, resolution_hash = await pending(terms=terms(dispute=DisputeTerms(ladder=(Rung(step="ARBITRATE"),))))
    await desk.does(owners.resolution_objected(resolution_hash))
    await desk.does(owners.resolution_proposed(basis="COURT", outcome=ALL_HUTS))

    assert {"ATRC": ("confirm", "object")} == await waiting(desk)
    assert (await desk.state(INVENTION, "INV")).frozen


@pytest.mark.parametrize(
    ("claimed", "outcome", "awaited"),
    [
        ({"ATRC": "1/3", "HUT": "2/3"}, OUTCOME, ()),
        ({"ATRC": "1/2", "HUT": "1/2"}, OUTCOME, ("ATRC",)),
        # Whoever speaks for another's share has its word, or its dispute is ended.
        ({"EGU": "1/3", "HUT": "2/3"}, {"EGU": "1/3", "HUT": "2/3"}, ()),
        ({"EGU": "1/3", "HUT": "2/3"}, OUTCOME, ("ATRC",)),
        (ALL_HUTS, ALL_HUTS, ()),
    ],
)
async def test_whose_dispute_it_is_gets_what_it_said_or_is_asked(
    claimed: dict[str, str], outcome: dict[str, str], awaited: tuple[str, ...]
):
    """Of its own share no less than that; of others' just that."""
    desk = await at.a_determination(**owners.REGISTRAR)
    await desk.does(owners.affiliated("HUT", "EGU"))
    await desk.does(owners.disputed(position=claimed))
    await desk.does(owners.resolution_proposed(basis="COURT", outcome=outcome))

    assert awaited == (await the(desk)).resolution.awaited


async def test_who_has_filed_a_position_is_asked_until_it_takes_another():
    """Whoever opened the dispute: to give up one's own claim ends no other's."""
    desk = await owners.an_executed_transfer(to="EGU", amount=Amount(of_holding="1/2"), effective_on=TODAY)
    await desk.does(owners.disputed(position={"EGU": "1/2", "HUT": "1/2"}))
    await desk.does(owners.position_filed({"EGU": "3/4", "HUT": "1/4"}, by=EGU))
    await desk.does(owners.decided(outcome=ALL_HUTS))
    assert ("EGU",) == (await the(desk)).resolution.awaited

    await desk.does(owners.position_filed(ALL_HUTS, by=EGU))
    await desk.does(owners.resolution_withdrawn(await hash_of(desk)))
    await desk.does(owners.decided(outcome=ALL_HUTS))
    assert "RESOLVED" == (await the(desk)).status


@pytest.mark.parametrize(("parent", "child"), [("ATRC", "HUT"), ("HUT", "ATRC")])
async def test_who_is_in_one_hand_with_the_claimant_ends_its_dispute(parent: str, child: str):
    """As where it would hold less."""
    desk = await at.a_determination()
    await desk.does(owners.affiliated(parent, child))
    await desk.does(owners.disputed())
    await desk.does(owners.resolution_proposed(basis="COURT", outcome=ALL_HUTS))

    assert "RESOLVED" == (await the(desk)).status


@pytest.mark.parametrize(
    ("ladder", "days"),
    [
        (DisputeTerms().ladder, 30 + 30 + 60 + 60 + 30),
        ((Rung(step="NEGOTIATE", days=10), Rung(step="STEERING", days=20)), 30),
        ((Rung(step="ARBITRATE"),), 30),
    ],
)
async def test_a_claimant_that_confirms_nothing_is_outwaited_without_a_registrar(ladder: Any, days: int):
    """It holds nobody longer than the ladder's days since the opening, whatever it lays down to make its clock stop."""
    desk = await at.a_determination(terms=terms(dispute=DisputeTerms(ladder=ladder)))
    await desk.does(owners.disputed())
    for _ in ladder:
        await desk.does(owners.decided(outcome=MINE))
        await desk.does(owners.resolution_objected(await hash_of(desk)))

    last = TODAY + timedelta(days=days - 1)
    rejecting = {"basis": "COURT", "outcome": ALL_HUTS, "document_hash": OTHER_DIGEST}
    await on(desk, last, owners.resolution_proposed(today=last, **rejecting))
    assert {"ATRC": ("confirm", "object")} == await waiting(desk)

    over = TODAY + timedelta(days=days)
    await on(desk, over, owners.resolution_withdrawn(await hash_of(desk), by=HUT, today=over))
    await on(desk, over, owners.resolution_proposed(today=over, **rejecting))
    assert ("RESOLVED", ALL_HUTS) == ((await the(desk)).status, await shares(desk))
    assert not (await desk.state(INVENTION, "INV")).frozen
    await borne_out(desk)


async def test_time_takes_nothing_from_who_holds_it():
    """However long the dispute has lasted: who would hold less is asked for ever."""
    desk = await owners.a_dispute()
    later = TODAY + timedelta(days=4_000)
    await on(desk, later, owners.decided(today=later, outcome=MINE))

    assert ("HUT",) == (await the(desk)).resolution.awaited


async def rejected() -> tuple[at.Desk, str]:
    """Give a desk at which HUT has laid down a judgment that rejects ATRC's claim, and its hash."""
    desk = await at.a_determination(**owners.REGISTRAR)
    await desk.does(owners.disputed())
    await desk.does(owners.resolution_proposed(basis="COURT", outcome=ALL_HUTS))
    return desk, await hash_of(desk)


async def on(desk: at.Desk, day: date, work: Any) -> None:
    desk.now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    await desk.does(work)


async def borne_out(desk: at.Desk) -> None:
    """Have the ledger read it all by itself."""
    ledger = Replay()
    for entry in await desk.store.read_log(after=0, limit=10_000):
        ledger.enter(entry.state)
