"""Correcting a contribution."""

from services.agreements.contributions.decisions import correct_contribution
from services.agreements.contributions.errors import (
    ContributionIsWithdrawn,
    ContributionNotFound,
    NotTheRecordingParty,
    PointsMissing,
)
from services.agreements.contributions.model import ContributionStatus
from services.agreements.inventions.model import INVENTION
from shared.events.contribution import ContributionCorrected
from tests.agreements import desk as at
from tests.agreements.controls import (
    ATRC,
    EGU,
    OTHER_DIGEST,
    circumstances,
    confirmed,
    contribution,
    correcting,
    recorded,
)
from tests.told import refuses


def test_a_correction_replaces_the_content_and_names_the_old():
    """What stood before stays readable in the log."""
    state = contribution(recorded())
    (event,) = correct_contribution(state, circumstances(), correcting(points="5/1"))

    assert isinstance(event, ContributionCorrected)
    assert ("5/1", state.content_hash) == (event.points, event.supersedes)
    assert event.content_hash != state.content_hash


def test_a_correction_voids_every_attestation():
    """Whoever attested the old content has attested nothing of the new."""
    events = confirmed()
    events += correct_contribution(contribution(events), circumstances(), correcting(points="5/1"))
    state = contribution(events)

    assert (ContributionStatus.RECORDED, {}) == (state.status, state.attested_by)


def test_only_the_recording_party_corrects():
    """The other party contests; it does not rewrite."""
    with refuses(NotTheRecordingParty):
        correct_contribution(contribution(recorded()), circumstances(), correcting(by=ATRC, points="5/1"))


def test_the_corrected_content_keeps_the_rules():
    """A correction is checked like a recording."""
    with refuses(PointsMissing):
        correct_contribution(contribution(recorded()), circumstances(), correcting(points=None))


async def test_an_outsider_finds_no_contribution():
    """To a party outside the agreement, the contribution does not exist."""
    desk, _ = await at.a_record()

    with refuses(ContributionNotFound):
        await desk.does(at.corrected(by=EGU, points="5/1"))


async def test_what_is_withdrawn_is_not_corrected():
    """What was taken back does not come back changed."""
    desk, _ = await at.a_record()
    await desk.does(at.withdrawn())

    with refuses(ContributionIsWithdrawn):
        await desk.does(at.corrected(points="5/1"))


def test_correcting_it_to_the_same_changes_nothing():
    """The content that stands, sent again, keeps its attestations."""
    assert () == correct_contribution(contribution(confirmed()), circumstances(), correcting())


async def test_what_counted_counts_no_more():
    """Correcting and dropping are one append, and an open determination is void."""
    desk, _ = await at.an_open_determination()

    await desk.does(at.corrected(points="5/1"))

    state = await desk.state(INVENTION, "INV")
    assert ({}, None) == (state.counted, state.open)


async def test_a_confirmation_in_between_is_dropped_again():
    """A correction that was decided before the attestation takes back what that one counted."""
    desk, content_hash = await at.a_record()

    await desk.interrupted(at.corrected(description_hash=OTHER_DIGEST), meanwhile=at.attested(content_hash))

    assert {} == (await desk.state(INVENTION, "INV")).counted
    assert "InventionContributionDropped" == (await desk.names("invention:INV"))[-1]
