"""Withdrawing a contribution."""

from services.agreements.contributions.decisions import withdraw_contribution
from services.agreements.contributions.errors import (
    ContributionIsWithdrawn,
    ContributionNotFound,
    NotTheRecordingParty,
)
from services.agreements.errors import RecordedOtherwise
from services.agreements.inventions.model import INVENTION
from shared.events.contribution import ContributionWithdrawn
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, EGU, contribution, recorded, withdrawing
from tests.told import refuses


def test_a_contribution_is_taken_back():
    """It stays in the log, with the reason."""
    (event,) = withdraw_contribution(contribution(recorded()), withdrawing())

    assert isinstance(event, ContributionWithdrawn)
    assert "recorded twice" == event.reason


def test_only_the_recording_party_withdraws():
    """Nobody takes back what another recorded."""
    with refuses(NotTheRecordingParty):
        withdraw_contribution(contribution(recorded()), withdrawing(by=ATRC))


async def test_an_outsider_finds_no_contribution():
    """To a party outside the agreement, the contribution does not exist."""
    desk, _ = await at.a_record()

    with refuses(ContributionNotFound):
        await desk.does(at.withdrawn(by=EGU))


def test_withdrawing_it_again_changes_nothing():
    """It is taken back once."""
    events = recorded()
    events += withdraw_contribution(contribution(events), withdrawing())

    assert () == withdraw_contribution(contribution(events), withdrawing())
    with refuses(RecordedOtherwise) as refused:
        withdraw_contribution(contribution(events), withdrawing(reason="again"))
    assert ({"reason": "recorded twice"}, {"reason": "again"}) == (refused.value.expected, refused.value.got)


async def test_what_counted_counts_no_more():
    """Withdrawing and dropping are one append."""
    desk = await at.a_confirmation()

    await desk.does(at.withdrawn())

    assert {} == (await desk.state(INVENTION, "INV")).counted


async def test_an_attestation_beside_a_withdrawal_confirms_nothing():
    """Of the two at once, the withdrawal stands."""
    desk, content_hash = await at.a_record()

    with refuses(ContributionIsWithdrawn):
        await desk.interrupted(at.attested(content_hash), meanwhile=at.withdrawn())
    assert {} == (await desk.state(INVENTION, "INV")).counted
