"""Attesting a contribution."""

import msgspec

from services.agreements.commands import Representative
from services.agreements.contributions.decisions import attest_contribution
from services.agreements.contributions.errors import (
    ContentHashMismatch,
    ContributionIsWithdrawn,
    ContributionNotFound,
    ElementUnknown,
)
from services.agreements.contributions.model import CONTRIBUTION, ContributionStatus
from services.agreements.errors import AttestationNotAsked, FourEyesRequired
from services.agreements.inventions.counting import MAX_COUNTED, count_contribution
from services.agreements.inventions.errors import TooManyContributions
from services.agreements.inventions.model import INVENTION
from shared.events.contribution import ContributionAttested, ContributionConfirmed
from tests.agreements import desk as at
from tests.agreements.controls import (
    ATRC,
    DIGEST,
    EGU,
    HUT,
    OTHER_DIGEST,
    attesting,
    confirmed,
    contribution,
    described,
    element,
    invention,
    recorded,
)
from tests.told import refuses

RECORDED = contribution(recorded())


def test_the_last_attestation_confirms():
    """With two parties the other's attestation is the last."""
    events = attest_contribution(RECORDED, four_eyes=True, command=attesting(RECORDED.content_hash))

    assert [ContributionAttested, ContributionConfirmed] == [type(event) for event in events]


def test_with_three_parties_one_attestation_is_not_enough():
    """Every other party of the project has to attest."""
    state = msgspec.structs.replace(RECORDED, attesting_parties=("ATRC", "EGU"))
    (attested,) = attest_contribution(state, four_eyes=True, command=attesting(state.content_hash))

    assert isinstance(attested, ContributionAttested)
    assert ("HUT", "ATRC", "EGU") == attested.parties


def test_another_content_is_not_attested():
    """An attestation binds the exact content that was read."""
    with refuses(ContentHashMismatch):
        attest_contribution(RECORDED, four_eyes=True, command=attesting(OTHER_DIGEST))


def test_whoever_recorded_it_does_not_attest_it_for_another_party():
    """Four eyes are two people, even where one speaks for two parties."""
    command = attesting(RECORDED.content_hash, by=Representative(HUT.person, "ATRC"))

    with refuses(FourEyesRequired):
        attest_contribution(RECORDED, four_eyes=True, command=command)
    assert attest_contribution(RECORDED, four_eyes=False, command=command)


def test_only_those_who_are_asked_attest():
    """Another party of the agreement is not asked."""
    with refuses(AttestationNotAsked):
        attest_contribution(RECORDED, four_eyes=True, command=attesting(RECORDED.content_hash, by=EGU))


async def test_an_outsider_finds_no_contribution():
    """To a party outside the agreement, the contribution does not exist."""
    desk, content_hash = await at.a_record()

    with refuses(ContributionNotFound):
        await desk.does(at.attested(content_hash, by=EGU))


async def test_what_is_withdrawn_is_not_attested():
    """A contribution that was taken back counts for nothing."""
    desk, content_hash = await at.a_record()
    await desk.does(at.withdrawn())

    with refuses(ContributionIsWithdrawn):
        await desk.does(at.attested(content_hash))


async def test_an_element_that_is_gone_is_refused():
    """Elements may be laid down anew between recording and attesting."""
    desk, content_hash = await at.a_record()
    await desk.does(at.described(element(id="E2")))

    with refuses(ElementUnknown):
        await desk.does(at.attested(content_hash))


def test_an_invention_counts_a_bounded_number():
    """A determination with all its inputs must fit in one event."""
    full = {f"C{number}": "E1" for number in range(MAX_COUNTED)}
    state = msgspec.structs.replace(invention(described()), counted=full)

    with refuses(TooManyContributions):
        count_contribution(state, contribution(confirmed()))


def test_attesting_it_again_changes_nothing():
    """A party attests a content once; recording it was the recorder's."""
    state = contribution(confirmed())

    for by in (HUT, ATRC):
        assert () == attest_contribution(state, four_eyes=True, command=attesting(state.content_hash, by=by))


async def test_what_is_confirmed_counts_for_its_invention_at_once():
    """Confirming and counting are one append."""
    desk = await at.a_confirmation()

    assert ContributionStatus.CONFIRMED is (await desk.state(CONTRIBUTION, "C1")).status
    assert {"C1": "E1"} == (await desk.state(INVENTION, "INV")).counted


async def test_what_is_not_inventive_does_not_count():
    """It is confirmed like any other, and the invention hears nothing of it."""
    desk = await at.an_invention()
    await desk.does(at.recorded(kind="NON_INVENTIVE", points=None))
    content_hash = (await desk.state(CONTRIBUTION, "C1")).content_hash
    await desk.does(at.attested(content_hash))

    assert ContributionStatus.CONFIRMED is (await desk.state(CONTRIBUTION, "C1")).status
    assert {} == (await desk.state(INVENTION, "INV")).counted


async def test_a_correction_in_between_voids_the_attestation():
    """Nobody attests what has just been changed under their eyes."""
    desk, content_hash = await at.a_record()
    correction = at.corrected(description_hash=OTHER_DIGEST)

    with refuses(ContentHashMismatch):
        await desk.interrupted(at.attested(content_hash), meanwhile=correction)
    assert ["ContributionRecorded", "ContributionCorrected"] == await desk.names("contribution:C1")


async def test_two_confirmations_for_one_invention_both_count():
    """Neither is lost to the other."""
    desk, first = await at.a_record()
    await desk.does(at.recorded(contribution="C2", description_hash=DIGEST))
    second = (await desk.state(CONTRIBUTION, "C2")).content_hash

    await desk.interrupted(at.attested(first), meanwhile=at.attested(second, contribution="C2"))

    assert {"C1": "E1", "C2": "E1"} == (await desk.state(INVENTION, "INV")).counted
