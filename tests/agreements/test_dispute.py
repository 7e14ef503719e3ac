"""Disputes: opened, argued, climbing the ladder, and ended with or without an outcome."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from services.agreements.disputes.decisions import advance
from services.agreements.disputes.errors import (
    DisputeIsOpen,
    DisputeIsOver,
    DisputeNotFound,
    EvidenceTooLate,
    NotTheClaimant,
    ResolutionNotProposed,
    StepNotReached,
)
from services.agreements.disputes.handling import ended_elsewhere
from services.agreements.disputes.model import DISPUTE, Dispute, next_due
from services.agreements.inventions.errors import HolderUnknown
from services.agreements.inventions.model import INVENTION
from services.agreements.ownership.errors import AssetIsFrozen, OwnershipReplayConflict
from services.agreements.ownership.exposure import claims_of, floor_of, held_back, overclaim_of
from shared.errors import DomainError
from shared.events.terms import DisputeTerms, LicenceTerms, OwnershipTerms, Rung
from shared.events.transfer import Amount
from shared.log.handle import Change, Decided, Reader
from shared.ratio import SharesDoNotSumToOne, parse_shares
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import ATRC, CONCEIVED, EGU, HUT, OTHER_DIGEST, TODAY, terms
from tests.agreements.owners import CLAIM, OUTCOME
from tests.told import refuses

SHORT = DisputeTerms(ladder=(Rung(step="NEGOTIATE", days=30), Rung(step="EXPERT", days=60)))


async def the(desk: at.Desk) -> Dispute:
    state: Dispute = await desk.state(DISPUTE, "DSP")
    return state


async def disputed_under(**changed: Any) -> at.Desk:
    """Give a dispute under other terms than the usual ones."""
    desk = await a_desk_under(**changed)
    await desk.does(owners.disputed())
    return desk


async def a_desk_under(**changed: Any) -> at.Desk:
    return await at.a_determination(terms=terms(**changed))


async def time_passes(desk: at.Desk, day: date) -> None:
    """Record what a day brings, as the schedule does."""

    async def work(reader: Reader) -> Decided:
        state = await reader(DISPUTE, "DSP")
        events = advance(state, day)
        elsewhere = await ended_elsewhere(reader, state, events, day)
        return Decided("MOU", (Change(DISPUTE, "DSP", events, day), *(elsewhere or ())))

    await desk.does(work)


async def test_a_claim_freezes_what_the_terms_name():
    """The adopted shares stay; the acts wait."""
    desk = await owners.a_dispute()

    asset = await desk.state(INVENTION, "INV")
    assert {"EXCLUSIVE", "SOLE", "ASSIGN", "CHARGE"} == asset.frozen
    assert {"HUT": "1/1"} == (await the(desk)).adopted
    await desk.does(owners.transfer_proposed())
    with refuses(AssetIsFrozen) as refused:
        await desk.does(owners.transfer_executed())
    assert ["DSP"] == refused.value.ids["disputes"]


async def test_what_the_terms_do_not_freeze_goes_on():
    """A non-exclusive licence is granted all the same."""
    desk = await owners.a_dispute()
    await desk.does(at.licence_drafted())

    await desk.does(at.licence_granted())


async def test_opening_it_again_changes_nothing():
    """The same claim, sent twice, is one dispute."""
    desk = await owners.a_dispute()

    assert (await desk.does(owners.disputed())).position is None


async def test_one_open_dispute_of_a_kind():
    """A second claim is a position in the first; another kind is another dispute."""
    desk = await owners.a_dispute()

    with refuses(DisputeIsOpen) as refused:
        await desk.does(owners.disputed(dispute="DSP-2"))
    assert "DSP" == refused.value.ids["dispute"]
    await desk.does(owners.disputed(dispute="DSP-2", kind="AUTHORSHIP"))


@pytest.mark.parametrize(
    ("position", "refusal"),
    [({"HUT": "1/2"}, SharesDoNotSumToOne), ({"HUT": "1/2", "NOBODY": "1/2"}, HolderUnknown)],
)
async def test_a_position_is_a_whole_vector_of_known_holders(position: dict[str, str], refusal: type[DomainError]):
    """What is claimed for oneself is taken from somebody, and one says from whom."""
    desk = await at.a_determination()

    with refuses(refusal):
        await desk.does(owners.disputed(position=position))


async def test_an_outsider_finds_no_dispute():
    """To a party outside the agreement, it does not exist."""
    desk = await owners.a_dispute()

    with refuses(DisputeNotFound):
        await desk.does(owners.evidence_filed(by=EGU))


async def test_evidence_is_taken_until_the_step_is_over():
    """Its last day is the one before the next step begins."""
    desk = await owners.a_dispute()
    await desk.does(owners.evidence_filed(today=date(2025, 6, 30)))

    assert "EVIDENCE" == (await the(desk)).status
    with refuses(EvidenceTooLate):
        await desk.does(owners.evidence_filed(by=ATRC, today=date(2025, 7, 1)))


async def test_the_ladder_is_climbed_by_its_clocks():
    """Each step begins on the day on which the one before has run out."""
    desk = await owners.a_dispute()
    days = []
    while due := next_due(await the(desk)):
        await time_passes(desk, due)
        days.append(((await the(desk)).step, due))

    steps = [("STEERING", date(2025, 7, 1)), ("EXPERT", date(2025, 7, 31)), ("MEDIATE", date(2025, 9, 29))]
    assert [*steps, ("ARBITRATE", date(2025, 11, 28))] == days
    assert () == advance(await the(desk), date(2035, 1, 1))


async def test_a_ladder_that_ends_lets_the_dispute_lapse():
    """The shares stay what they were, and the acts are free again."""
    desk = await disputed_under(dispute=SHORT)
    await time_passes(desk, date(2025, 7, 1))
    await time_passes(desk, date(2025, 8, 30))

    assert ("LAPSED", None) == ((await the(desk)).status, next_due(await the(desk)))
    assert frozenset() == (await desk.state(INVENTION, "INV")).frozen
    with refuses(DisputeIsOver):
        await desk.does(owners.position_filed(CLAIM))


async def test_only_the_claimant_withdraws():
    """And everything is free again."""
    desk = await owners.a_dispute()
    with refuses(NotTheClaimant):
        await desk.does(owners.dispute_withdrawn(by=HUT))
    await desk.does(owners.dispute_withdrawn())

    assert {} == (await desk.state(INVENTION, "INV")).disputes
    assert (await desk.does(owners.dispute_withdrawn())).position is None


async def test_a_settlement_is_everybodys_word():
    """It becomes the shares, from conception, in the same moment as the last confirmation."""
    desk = await owners.a_dispute()
    await desk.does(owners.resolution_proposed())
    resolution = (await the(desk)).resolution
    assert resolution is not None
    with refuses(ResolutionNotProposed):
        await desk.does(owners.resolution_confirmed(OTHER_DIGEST))
    await desk.does(owners.resolution_confirmed(resolution.resolution_hash))

    asset = await desk.state(INVENTION, "INV")
    assert ("RESOLVED", "DET-2", 2) == ((await the(desk)).status, asset.adopted.determination, asset.adopted.version)
    assert OUTCOME == await owners.holders(desk, CONCEIVED)
    assert ["DeterminationAdopted", "DeterminationSuperseded", "AssetUnfrozen"] == (await desk.names("invention:INV"))[
        -3:
    ]


async def test_an_experts_outcome_waits_for_the_experts_step():
    """One party records it, and who would hold less by it confirms it."""
    desk = await owners.a_dispute()
    with refuses(StepNotReached):
        await desk.does(owners.resolution_proposed(basis="EXPERT"))
    for day in (date(2025, 7, 1), date(2025, 7, 31)):
        await time_passes(desk, day)
    await desk.does(owners.decided(basis="EXPERT"))
    resolution = (await the(desk)).resolution
    assert resolution is not None
    await desk.does(owners.resolution_confirmed(resolution.resolution_hash, by=HUT))

    assert OUTCOME == await owners.holders(desk, TODAY)


async def test_a_claim_that_is_rejected_leaves_the_determination():
    """Nothing is adopted where nothing changes."""
    desk = await owners.a_dispute()
    await desk.does(owners.resolution_proposed(basis="COURT", outcome={"HUT": "1/1"}))
    await desk.does(owners.resolution_confirmed(await owners.hash_of(desk)))

    assert "DET" == (await desk.state(INVENTION, "INV")).adopted.determination
    assert frozenset() == (await desk.state(INVENTION, "INV")).frozen


async def test_where_shares_change_prospectively_an_outcome_does_too():
    """The days before keep what they had."""
    desk = await disputed_under(
        ownership=OwnershipTerms(
            affiliate_accrual="SEPARATE", title_gap="HOLD_IN_PERSON", redetermination="PROSPECTIVE"
        )
    )
    await desk.does(owners.resolution_proposed(basis="COURT"))

    assert {"HUT": "1/1"} == await owners.holders(desk, date(2025, 5, 31))
    assert OUTCOME == await owners.holders(desk, TODAY)


async def test_an_outcome_that_a_transfer_contradicts_is_refused():
    """The dispute stays open until the parties have undone one or settled the other."""
    desk = await owners.an_executed_transfer(amount=Amount(of_whole="5/6"), effective_on=TODAY)
    await desk.does(owners.disputed())

    with refuses(OwnershipReplayConflict):
        await desk.does(owners.resolution_proposed(basis="COURT"))
    assert (await the(desk)).is_open


async def test_a_freeze_in_between_is_not_slipped_past():
    """A transfer and the claim that forbids it come at once: the transfer is refused."""
    desk = await at.a_determination()
    await desk.does(owners.transfer_proposed())

    with refuses(AssetIsFrozen):
        await desk.interrupted(owners.transfer_executed(), meanwhile=owners.disputed())
    assert {"HUT": "1/1"} == await owners.holders(desk, owners.LATER)


async def test_a_grant_does_not_slip_past_a_freeze():
    """Where the terms freeze even non-exclusive licences, the grant that comes at once is refused."""
    desk = await a_desk_under(licence=LicenceTerms(freeze_on_dispute=("NON_EXCLUSIVE",)))
    await desk.does(at.licence_drafted())

    with refuses(AssetIsFrozen):
        await desk.interrupted(at.licence_granted(), meanwhile=owners.disputed())


async def test_of_two_claims_at_once_one_opens_a_dispute():
    """The other is told of it."""
    desk = await at.a_determination()

    with refuses(DisputeIsOpen):
        await desk.interrupted(owners.disputed(dispute="DSP-2"), meanwhile=owners.disputed())


def test_the_floor_is_what_every_position_leaves():
    """The rest is held back, exactly."""
    adopted, claim = ({"HUT": "35/72", "ATRC": "37/72"}, {"HUT": "41/72", "ATRC": "31/72"})
    floor = floor_of([parse_shares(adopted), parse_shares(claim)])

    assert {"ATRC": Fraction(31, 72), "HUT": Fraction(35, 72)} == floor
    assert Fraction(1, 12) == held_back(floor)
    claims = claims_of({"HUT": parse_shares(claim)}, parse_shares(adopted))
    assert Fraction(1, 12) == overclaim_of(claims)
