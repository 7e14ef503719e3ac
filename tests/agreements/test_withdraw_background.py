"""Restricting and withdrawing background: from now on, never for the past."""

from datetime import date, timedelta

from services.agreements.background.access import advance
from services.agreements.background.decisions import (
    agree_to_background,
    declare_background,
    restrict_background,
    withdraw_background,
)
from services.agreements.background.errors import (
    BackgroundIsWithdrawn,
    BackgroundWithdrawalBackdated,
    NotTheOwner,
    PurposeExcluded,
)
from services.agreements.background.model import BACKGROUND, AccessStatus, BackgroundStatus, next_due
from shared.events.background import AccessEnded, BackgroundRestricted
from tests.agreements import desk as at
from tests.agreements import prospects as given
from tests.agreements.controls import ATRC, TODAY, active, period
from tests.agreements.prospects import (
    ITEM,
    SOON,
    access_requested,
    agreeing,
    declared,
    declaring,
    granted,
    item,
    of_item,
    restricting,
    withdrawing,
)
from tests.told import refuses


def test_the_owner_restricts_what_may_be_asked_for():
    """From then on, by text for people and by purpose for programs."""
    (event,) = restrict_background(item(declared()), active(), restricting())

    assert isinstance(event, BackgroundRestricted)
    after = item((*declared(), event))
    assert (BackgroundStatus.RESTRICTED, ("EXPLOIT",)) == (after.status, after.excluded_purposes)
    assert () == restrict_background(after, active(), restricting())


def test_only_the_owner_restricts_and_withdraws():
    """Others may contest, no more."""
    with refuses(NotTheOwner):
        restrict_background(item(declared()), active(), restricting(by=ATRC))
    with refuses(NotTheOwner):
        withdraw_background(item(declared()), active(), withdrawing(by=ATRC))


def test_nothing_is_withdrawn_for_the_past():
    """What was used until today was used with right."""
    with refuses(BackgroundWithdrawalBackdated):
        withdraw_background(item(declared()), active(), withdrawing(effective_on=TODAY - timedelta(days=1)))


def test_a_withdrawal_stands():
    """Saying it again changes nothing, another day is refused, and so is whatever builds on the item."""
    events = declared()
    events += withdraw_background(item(events), active(), withdrawing(effective_on=TODAY))
    after = item(events)

    assert BackgroundStatus.WITHDRAWN is after.status
    assert () == withdraw_background(after, active(), withdrawing(effective_on=TODAY))
    with refuses(BackgroundIsWithdrawn):
        withdraw_background(after, active(), withdrawing())
    with refuses(BackgroundIsWithdrawn):
        agree_to_background(after, active(), agreeing())
    with refuses(BackgroundIsWithdrawn):
        declare_background(after, active(), declaring(by=ATRC))


def test_access_to_implement_survives_a_withdrawal():
    """What a project was started with stays with it until the end of its period."""
    events = granted()
    events += withdraw_background(item(events), active(), withdrawing())
    after = item(events)

    assert () == advance(after, SOON)
    assert date(2025, 9, 1) == next_due(after)


def test_access_to_exploit_ends_with_a_withdrawal():
    """On the day, by itself, and for that reason."""
    events = granted("EXPLOIT", period=period(TODAY))
    events += withdraw_background(item(events), active(), withdrawing())
    assert SOON == next_due(item(events))
    assert () == advance(item(events), SOON - timedelta(days=1))

    (ended,) = advance(item(events), SOON)

    assert isinstance(ended, AccessEnded)
    assert (SOON, "WITHDRAWN", "ATRC") == (ended.on, ended.cause, ended.to_party)
    after = item((*events, ended))
    assert AccessStatus.ENDED is after.access["REQ"].status
    assert ((), None) == (advance(after, date.max), next_due(after))


def test_access_ends_with_its_period():
    """Nobody has to say so."""
    (ended,) = advance(item(granted()), date(2025, 9, 5))

    assert isinstance(ended, AccessEnded)
    assert (date(2025, 9, 1), "PERIOD_OVER") == (ended.on, ended.cause)


async def test_restricted_while_somebody_asks_it_is_not_asked_for():
    """The request is decided on what the owner had said by then."""
    desk = await given.with_background()
    await desk.does(at.disclosed())

    with refuses(PurposeExcluded):
        await desk.interrupted(
            access_requested(purpose="EXPLOIT", needed_for="INV"),
            meanwhile=of_item(restrict_background, restricting()),
        )
    assert {} == (await desk.state(BACKGROUND, ITEM)).access
