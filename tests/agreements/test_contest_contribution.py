"""Contesting a contribution, and recording one late."""

from datetime import date

import pytest

from services.agreements.contributions.decisions import (
    ContestContribution,
    attest_contribution,
    contest_contribution,
    withdraw_contribution,
)
from services.agreements.contributions.errors import (
    ContentHashMismatch,
    ContributionIsConfirmed,
    ContributionIsWithdrawn,
    PointsMissing,
    RecorderCorrects,
)
from services.agreements.contributions.handling import contest
from services.agreements.contributions.model import CONTRIBUTION, Contribution
from services.agreements.errors import AgreementNotInEffect, NotAProjectParty
from services.agreements.inventions.model import INVENTION
from shared.errors import DomainError
from shared.events.contribution import ContributionConfirmed, ContributionContested
from shared.log.handle import Decided, Reader
from tests.agreements import desk as at
from tests.agreements.controls import (
    ATRC,
    EGU,
    HUT,
    OTHER_DIGEST,
    attesting,
    confirmed,
    contribution,
    period,
    recorded,
    said,
    started,
    withdrawing,
)
from tests.told import refuses

RECORDED = contribution(recorded())
PROJECT = started()


def contesting(state: Contribution = RECORDED, **changed: object) -> ContestContribution:
    fields = {"by": ATRC, "content_hash": state.content_hash, "reason": "ours as well", **changed}
    return ContestContribution(**said(fields))


def contested() -> Contribution:
    return contribution((*recorded(), *contest_contribution(RECORDED, PROJECT, contesting(proposed_points="5/1"))))


def test_a_party_says_what_is_wrong():
    """And which points it would attest."""
    (event,) = contest_contribution(RECORDED, PROJECT, contesting(proposed_points="5/1"))

    assert isinstance(event, ContributionContested)
    assert ("ATRC", "5/1", "CONTESTED") == (event.party, event.proposed_points, contested().status)


def test_contesting_it_again_changes_nothing():
    """The same reason and the same points are one contest; other points are another."""
    assert () == contest_contribution(contested(), PROJECT, contesting(proposed_points="5/1"))
    for points in ("4/1", None):
        (event,) = contest_contribution(contested(), PROJECT, contesting(proposed_points=points))
        assert isinstance(event, ContributionContested)
        assert points == event.proposed_points


def test_who_contested_may_attest_after_all():
    """When everybody has, it is resolved, and counts like a confirmed one."""
    state = contested()
    events = attest_contribution(state, four_eyes=True, command=attesting(state.content_hash))

    assert isinstance(events[-1], ContributionConfirmed)
    resolved = CONTRIBUTION.fold(state, events)
    assert resolved is not None
    assert ("RESOLVED", True, {}) == (resolved.status, resolved.counts, resolved.contested_by)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (contesting(by=EGU), NotAProjectParty),
        (contesting(by=HUT), RecorderCorrects),
        (contesting(content_hash=OTHER_DIGEST), ContentHashMismatch),
        (contesting(proposed_points="0/1"), PointsMissing),
    ],
)
def test_a_contest_that_cannot_be_is_refused(command: ContestContribution, refusal: type[DomainError]):
    """By its rule's name."""
    with refuses(refusal):
        contest_contribution(RECORDED, PROJECT, command)


def test_what_is_confirmed_is_disputed_not_contested():
    """Its invention counts it by now."""
    with refuses(ContributionIsConfirmed):
        contest_contribution(contribution(confirmed()), PROJECT, contesting())


def test_what_is_withdrawn_needs_no_contest():
    """It counts for nothing."""
    events = (*recorded(), *withdraw_contribution(RECORDED, withdrawing()))

    with refuses(ContributionIsWithdrawn):
        contest_contribution(contribution(events), PROJECT, contesting())


async def test_a_contest_in_between_takes_an_attestation_back():
    """Confirming and contesting come at once: the second one is refused by name."""
    desk, content_hash = await at.a_record()
    state = await desk.state(CONTRIBUTION, "C1")
    meanwhile = at.attested(content_hash)

    async def contests(reader: Reader) -> Decided:
        return await contest(reader, "C1", contesting(state))

    with refuses(ContributionIsConfirmed):
        await desk.interrupted(contests, meanwhile=meanwhile)
    assert {"C1": "E1"} == (await desk.state(INVENTION, "INV")).counted


async def test_what_was_conceived_before_the_end_is_recorded_after_it():
    """What is dated after it is not."""
    whole = period(date(2024, 2, 1), date(2025, 9, 1))
    desk = await at.an_invention(period=whole)
    late = date(2025, 10, 1)

    await desk.does(at.recorded(today=late))
    with refuses(AgreementNotInEffect):
        await desk.does(at.recorded(contribution="C2", conceived_on=date(2025, 9, 1), today=late))
