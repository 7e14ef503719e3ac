"""Attesting a determination."""

from services.agreements.commands import Representative
from services.agreements.errors import FourEyesRequired, NotAProjectParty
from services.agreements.inventions.determinations import attest_determination
from services.agreements.inventions.errors import (
    DeterminationHashMismatch,
    DeterminationNotFound,
    InventionNotFound,
)
from shared.events.invention import DeterminationAttested
from tests.agreements import desk as at
from tests.agreements.controls import (
    ATRC,
    EGU,
    HUT,
    OTHER_DIGEST,
    attesting_shares,
    invention,
    shares_attested,
    shares_proposed,
    started,
    with_counted,
)
from tests.told import refuses

PROPOSED = invention(shares_proposed())
DET_HASH = PROPOSED.open.det_hash if PROPOSED.open else ""


def test_a_party_attests_the_exact_shares():
    """An attestation says who confirmed what, for whom."""
    (event,) = attest_determination(PROPOSED, started(), four_eyes=True, command=attesting_shares(DET_HASH))

    assert isinstance(event, DeterminationAttested)
    assert ("ATRC", "ATRC-REP", DET_HASH) == (event.party, event.person, event.det_hash)


def test_other_shares_are_not_attested():
    """The hash binds the shares and everything they follow from."""
    with refuses(DeterminationHashMismatch):
        attest_determination(PROPOSED, started(), four_eyes=True, command=attesting_shares(OTHER_DIGEST))


def test_what_is_not_open_is_not_attested():
    """Without a proposal there is nothing to attest."""
    with refuses(DeterminationNotFound):
        attest_determination(invention(with_counted()), started(), four_eyes=True, command=attesting_shares(DET_HASH))


def test_whoever_proposed_does_not_attest_for_another_party():
    """Four eyes are two people, even where one speaks for two parties."""
    command = attesting_shares(DET_HASH, by=Representative(HUT.person, "ATRC"))

    with refuses(FourEyesRequired):
        attest_determination(PROPOSED, started(), four_eyes=True, command=command)


def test_only_parties_of_the_project_attest():
    """Another party of the agreement is not asked."""
    with refuses(NotAProjectParty):
        attest_determination(PROPOSED, started(), four_eyes=True, command=attesting_shares(DET_HASH, by=EGU))


async def test_an_outsider_finds_no_invention():
    """To a party outside the agreement, the invention does not exist."""
    desk, det_hash = await at.an_open_determination()

    with refuses(InventionNotFound):
        await desk.does(at.shares_attested(det_hash, by=EGU))


def test_attesting_it_again_changes_nothing():
    """A party attests once; proposing was the proposer's."""
    state = invention(shares_attested())

    for by in (HUT, ATRC):
        assert () == attest_determination(state, started(), four_eyes=True, command=attesting_shares(DET_HASH, by=by))


async def test_a_withdrawn_contribution_in_between_leaves_nothing_to_attest():
    """What shares were computed from is gone, and the proposal with it."""
    desk, det_hash = await at.an_open_determination()

    with refuses(DeterminationNotFound):
        await desk.interrupted(at.shares_attested(det_hash), meanwhile=at.withdrawn())
