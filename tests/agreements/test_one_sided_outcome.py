"""What one side lays down as decided elsewhere: pending, until those who would hold less by it or a neutral confirm."""

from datetime import date
from typing import Any

import pytest

from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes.decisions import advance
from services.agreements.disputes.errors import (
    DisputeIsOver,
    NotAffected,
    OutcomeIsConfirmed,
    OutcomeIsPending,
    RegistrarNotNeutral,
    ResolutionNotProposed,
)
from services.agreements.disputes.model import DISPUTE, next_due
from services.agreements.errors import RecordedOtherwise
from services.agreements.inventions.model import INVENTION
from services.agreements.scheduler.registry import ADVANCING
from shared.events.dispute import (
    DisputeOpened,
    DisputeResolutionConfirmed,
    DisputeResolutionProposed,
    DisputeResolved,
)
from shared.events.terms import DisputeTerms, LicenceTerms, OwnershipTerms, Rung
from shared.events.transfer import Amount
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import ATRC, CONCEIVED, DIGEST, EGU, HUT, NLN, OTHER_DIGEST, TODAY, terms
from tests.agreements.machine.acts import time_passes
from tests.agreements.owners import OUTCOME, hash_of, pending, shares, the, waiting
from tests.docs.made import made
from tests.told import refuses

[_BY_TIME] = [each for each in ADVANCING if each.aggregate is DISPUTE]
_LATER = time_passes(_BY_TIME, "DSP", date(2026, 1, 31))
MINE: dict[str, str] = {"ATRC": "1/1"}
ALL_HUTS = {"HUT": "1/1"}


# -- nobody takes alone -----------------------------------------------------------------------------------------------


async def test_a_judgment_by_one_sides_word_takes_nothing():
    """Who gains by it says that there is one; nothing changes, and everything stays frozen."""
    desk = await at.a_determination()
    await desk.does(owners.disputed())
    await desk.does(owners.decided(outcome=MINE))

    state = await the(desk)
    assert ("OPENED", "PENDING") == (state.status, state.resolution.status)
    assert ALL_HUTS == await shares(desk)
    assert (await desk.state(INVENTION, "INV")).frozen
    assert {"HUT": ("confirm", "object")} == await waiting(desk)


async def test_who_loses_by_it_confirms_it():
    """Then it binds from conception, and says by whose word."""
    desk, resolution_hash = await pending()
    await desk.does(owners.resolution_confirmed(resolution_hash, by=HUT))

    assert OUTCOME == await owners.holders(desk, CONCEIVED)
    assert ("RESOLVED", "BINDING") == ((await the(desk)).status, (await the(desk)).resolution.status)
    assert {} == await waiting(desk)
    assert not (await desk.state(INVENTION, "INV")).frozen


async def test_who_gives_away_asks_nobody():
    """Nobody else would hold less, so it binds at once."""
    desk = await owners.a_dispute()
    await desk.does(owners.resolution_proposed(basis="COURT"))

    assert OUTCOME == await shares(desk)


async def test_the_same_document_laid_down_by_the_other_side_is_a_confirmation():
    """Both say the same of the same paper."""
    desk, _ = await pending()
    await desk.does(owners.decided(by=HUT))

    assert OUTCOME == await shares(desk)


async def test_everybody_who_loses_confirms():
    """One who gains by it speaks for none of the others, whatever two of three say."""
    desk = await owners.an_executed_transfer(to="EGU", amount=Amount(of_holding="1/2"), effective_on=TODAY)
    await desk.does(owners.disputed(position={"ATRC": "1/2", "HUT": "1/2"}))
    await desk.does(owners.decided(outcome={"ATRC": "1/2", "HUT": "1/2"}))

    assert ("EGU", "HUT") == (await the(desk)).resolution.awaited
    await desk.does(owners.resolution_confirmed(await hash_of(desk), by=HUT))
    assert {"EGU": "1/2", "HUT": "1/2"} == await shares(desk)
    assert {"EGU": ("confirm", "object")} == await waiting(desk)
    # A holder from outside the agreement speaks for itself.
    await desk.does(owners.resolution_confirmed(await hash_of(desk), by=EGU))
    assert {"ATRC": "1/2", "EGU": "1/4", "HUT": "1/4"} == await shares(desk)


@pytest.mark.parametrize("says", [owners.resolution_confirmed, owners.resolution_objected])
async def test_who_controls_a_holder_speaks_for_it(says: Any):
    """As it does wherever a holder has a say."""
    desk = await owners.an_executed_transfer(to="EGU", amount=Amount(of_holding="1/1"), effective_on=TODAY)
    await desk.does(owners.disputed())
    await desk.does(owners.decided(outcome=MINE))
    await desk.does(owners.affiliated("HUT", "EGU"))
    await desk.does(says(await hash_of(desk), by=HUT, holder="EGU"))

    state = await the(desk)
    assert (state.resolution.confirmed_by if state.resolution else state.set_aside.party) in (
        {"ATRC": "ATRC-REP", "EGU": "HUT-REP"},
        "EGU",
    )


async def test_one_hand_does_not_ask_the_other():
    """What a parent lays down its affiliate need not confirm, nor the other way round, while that is so."""
    desk = await owners.an_executed_transfer(to="EGU", amount=Amount(of_holding="1/1"), effective_on=TODAY)
    await desk.does(owners.affiliated("ATRC", "EGU"))
    await desk.does(owners.disputed())
    await desk.does(owners.decided(outcome=ALL_HUTS))

    assert () == (await the(desk)).resolution.awaited
    assert "RESOLVED" == (await the(desk)).status


async def test_who_has_come_to_hold_meanwhile_is_asked_too():
    """It is worked out anew with every confirmation."""
    unfrozen = terms(licence=LicenceTerms(freeze_on_dispute=("EXCLUSIVE",)))
    desk, resolution_hash = await pending(terms=unfrozen)
    await desk.does(owners.transfer_proposed(to="EGU", amount=Amount(of_holding="1/2"), effective_on=TODAY))
    await desk.does(owners.transfer_executed())
    await desk.does(owners.resolution_confirmed(resolution_hash, by=HUT))

    assert "PENDING" == (await the(desk)).resolution.status
    assert {"EGU": ("confirm", "object")} == await waiting(desk)


@pytest.mark.parametrize(
    ("filed", "outcome", "awaited"),
    [
        (None, MINE, ("HUT",)),
        ({"HUT": "1/2", "ATRC": "1/2"}, OUTCOME, ()),
        ({"HUT": "3/4", "ATRC": "1/4"}, OUTCOME, ("HUT",)),
    ],
)
async def test_of_what_nobody_holds_yet_each_may_lose_what_it_claims(
    filed: dict[str, str] | None, outcome: dict[str, str], awaited: tuple[str, ...]
):
    """And who has claimed nothing may still claim it all."""
    desk = await at.a_confirmation()
    await desk.does(owners.disputed())
    if filed:
        await desk.does(owners.position_filed(filed))
    await desk.does(owners.decided(outcome=outcome))

    assert awaited == (await the(desk)).resolution.awaited


async def test_a_settlement_at_a_persons_cost_waits_until_the_registrar_has_seen_that_it_signed():
    """A person has no portal; the parties do not agree on what is somebody else's."""
    desk = await at.an_invention(**owners.REGISTRAR)
    await desk.does(at.engaged(person="VR", role="VISITOR"))
    await desk.does(at.recorded(contributor="VR"))
    await desk.does(at.attested((await desk.state(CONTRIBUTION, "C1")).content_hash))
    await desk.does(at.shares_proposed())
    await desk.does(at.shares_attested((await desk.state(INVENTION, "INV")).open.det_hash))
    await desk.does(at.shares_adopted())
    await desk.does(owners.disputed(position={"ATRC": "1/4", "person:VR": "3/4"}))
    await desk.does(owners.resolution_proposed(outcome=OUTCOME))
    await desk.does(owners.resolution_confirmed(await hash_of(desk)))

    assert {"person:VR": "1/1"} == await shares(desk)
    assert {"NLN": ("confirm",)} == await waiting(desk)
    await desk.does(owners.resolution_confirmed(await hash_of(desk), by=NLN))
    assert OUTCOME == await shares(desk)


# -- objections, and time ---------------------------------------------------------------------------------------------


async def test_an_objection_takes_the_dispute_to_the_next_step():
    """The outcome is none any more, and the next step's clock runs from that day."""
    desk, resolution_hash = await pending()
    await desk.does(owners.resolution_objected(resolution_hash))

    state = await the(desk)
    assert ("STEERING", date(2025, 7, 1), None) == (state.step, state.step_ends_on, state.resolution)
    assert ("OBJECTED", "HUT") == (state.set_aside.how, state.set_aside.party)
    assert ALL_HUTS == await shares(desk)
    with refuses(RecordedOtherwise):
        await desk.does(owners.resolution_objected(resolution_hash, reason="another"))


async def test_at_the_last_step_what_is_objected_to_waits_for_a_confirmation():
    """There is no next one: it binds by confirmation or the registrar, or another takes its place."""
    last = {"terms": terms(dispute=DisputeTerms(ladder=(Rung(step="ARBITRATE"),), registrar="NLN"))}
    desk, resolution_hash = await pending(**last)
    await desk.does(owners.resolution_objected(resolution_hash))

    assert {"HUT": ("confirm",), "NLN": ("confirm", "decline")} == await waiting(desk)
    assert (await desk.does(owners.resolution_objected(resolution_hash))).position is None
    await desk.does(owners.resolution_proposed(basis="ARBITRATION", outcome={"ATRC": "1/8", "HUT": "7/8"}))
    assert {"ATRC": ("confirm", "object"), "NLN": ("confirm", "decline")} == await waiting(desk)
    await desk.does(owners.resolution_confirmed(await hash_of(desk), by=ATRC))
    assert {"ATRC": "1/8", "HUT": "7/8"} == await shares(desk)


async def test_who_would_not_lose_does_not_object_and_who_confirmed_does_not_either():
    """What HUT has passed on falls with what HUT has: its buyer is asked, and whoever gains by it is not."""
    beside = await owners.an_executed_transfer(to="EGU", amount=Amount(of_holding="1/2"), effective_on=TODAY)
    await beside.does(owners.disputed(position={"ATRC": "1/2", "HUT": "1/2"}))
    await beside.does(owners.resolution_proposed(basis="COURT", outcome=MINE))
    with refuses(NotAffected) as refused:
        await beside.does(owners.resolution_objected(await hash_of(beside), by=ATRC))
    assert ["EGU"] == refused.value.expected

    of_three = await owners.an_executed_transfer(to="EGU", amount=Amount(of_holding="1/2"), effective_on=TODAY)
    await of_three.does(owners.disputed(position={"ATRC": "1/2", "HUT": "1/2"}))
    await of_three.does(owners.decided(outcome=MINE))
    await of_three.does(owners.resolution_confirmed(await hash_of(of_three), by=HUT))
    with refuses(OutcomeIsConfirmed):
        await of_three.does(owners.resolution_objected(await hash_of(of_three)))


async def test_while_it_is_pending_nothing_lapses():
    """On a ladder of one step the clock stands still, and goes on where it was when the outcome is taken back."""
    short = {"terms": terms(dispute=DisputeTerms(ladder=(Rung(step="NEGOTIATE", days=30),)))}
    desk, resolution_hash = await pending(**short)
    assert (None, ()) == (next_due(await the(desk)), advance(await the(desk), date(2035, 1, 1)))

    await desk.does(owners.resolution_withdrawn(resolution_hash, today=date(2026, 1, 1)))
    assert date(2026, 1, 31) == next_due(await the(desk))
    await desk.does(await _LATER(desk))
    assert "LAPSED" == (await the(desk)).status


async def test_another_outcome_waits_until_this_one_is_settled():
    """Else whoever is to confirm would never know what; whoever laid it down may lay down another."""
    desk, _ = await pending()
    for basis in ("COURT", "SETTLEMENT"):
        with refuses(OutcomeIsPending):
            await desk.does(owners.resolution_proposed(basis=basis, document_hash=OTHER_DIGEST))

    await desk.does(owners.decided(outcome=owners.CLAIM))
    assert (owners.CLAIM, 30) == ((await the(desk)).resolution.outcome, (await the(desk)).resolution.days_left)
    await desk.does(owners.decided(outcome=owners.CLAIM, basis="SETTLEMENT"))
    assert date(2025, 7, 1) == (await the(desk)).step_ends_on


# -- two at once ------------------------------------------------------------------------------------------------------


async def test_of_two_confirmations_at_once_both_count_once():
    """One makes it bind; the other finds it over."""
    desk, resolution_hash = await pending()

    with refuses(DisputeIsOver):
        await desk.interrupted(
            owners.resolution_confirmed(resolution_hash, by=HUT),
            meanwhile=owners.resolution_confirmed(resolution_hash, by=NLN),
        )
    assert ["DisputeResolutionConfirmed", "DisputeResolved"] == (await desk.names("dispute:DSP"))[-2:]


async def test_an_objection_is_not_slipped_past_by_the_registrar():
    """Whichever comes second is decided on what the first has left."""
    desk, resolution_hash = await pending()

    with refuses(ResolutionNotProposed):
        await desk.interrupted(
            owners.resolution_confirmed(resolution_hash, by=NLN),
            meanwhile=owners.resolution_objected(resolution_hash),
        )
    assert ALL_HUTS == await shares(desk)


@pytest.mark.parametrize("withdrawn", [owners.dispute_withdrawn(), None])
async def test_what_is_withdrawn_at_the_same_moment_does_not_bind(withdrawn: Any):
    """The outcome, or the dispute with it."""
    desk, resolution_hash = await pending()

    with refuses((DisputeIsOver, ResolutionNotProposed)):
        await desk.interrupted(
            owners.resolution_confirmed(resolution_hash, by=HUT),
            meanwhile=withdrawn or owners.resolution_withdrawn(resolution_hash),
        )
    assert ALL_HUTS == await shares(desk)


async def test_an_affiliation_that_begins_at_the_same_moment_is_seen():
    """The registrar that becomes somebody's affiliate just now is neutral no more."""
    desk, resolution_hash = await pending()

    with refuses(RegistrarNotNeutral):
        await desk.interrupted(
            owners.resolution_confirmed(resolution_hash, by=NLN), meanwhile=owners.affiliated("ATRC", "NLN")
        )


# -- what was there before --------------------------------------------------------------------------------------------


def _before(basis: str, *after: Any) -> Any:
    opened = made(DisputeOpened, dispute="DSP", parties=("HUT", "ATRC", "EGU"), ladder=DisputeTerms().ladder)
    proposed = made(DisputeResolutionProposed, party="HUT", basis=basis, resolution_hash=DIGEST)
    return DISPUTE.fold(None, [opened, proposed, *after])


def test_what_a_court_decided_before_stays_resolved():
    """One party's word was enough."""
    state = _before("COURT", made(DisputeResolved))

    assert ("RESOLVED", "BINDING", None) == (state.status, state.resolution.status, state.resolution.awaited)
    assert () == state.waiting_for


def test_what_was_proposed_before_waits_for_all_and_stops_no_clock():
    """As it did; with the next confirmation it is under the rules of now."""
    state = _before("EXPERT", made(DisputeResolutionConfirmed, party="EGU"))

    assert state.pending is None
    assert ["ATRC"] == [each.party for each in state.waiting_for]


async def test_prospective_shares_are_compared_from_their_day():
    """Whoever would hold less from today on is asked, whatever was before."""
    ownership = OwnershipTerms(affiliate_accrual="SEPARATE", title_gap="HOLD_IN_PERSON", redetermination="PROSPECTIVE")
    desk, resolution_hash = await pending(terms=terms(ownership=ownership))
    await desk.does(owners.resolution_confirmed(resolution_hash, by=HUT, today=date(2025, 6, 8)))

    assert [ALL_HUTS, OUTCOME] == [await owners.holders(desk, day) for day in (date(2025, 6, 7), date(2025, 6, 8))]
