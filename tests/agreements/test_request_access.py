"""Asking for access to background, granting it, refusing it, giving it up."""

from datetime import date, timedelta

import pytest

from services.agreements.background.access import (
    NeededFor,
    give_up_access,
    grant_access,
    refuse_access,
    request_access,
    requests_open_until,
)
from services.agreements.background.decisions import contest_background, withdraw_background
from services.agreements.background.errors import (
    AccessDecided,
    AccessEndBackdated,
    AccessNotGranted,
    AccessOutsideProject,
    AccessRequestUnknown,
    BackgroundIsContested,
    BackgroundIsWithdrawn,
    ExploitationRequestsOver,
    NeededForUnknown,
    NotTheirAccess,
    NotTheOwner,
    OwnBackground,
)
from services.agreements.background.model import BACKGROUND, AccessStatus
from services.agreements.errors import IdentifierTaken, NotAProjectParty, PeriodEmpty
from services.agreements.progress.errors import SharingRestricted
from shared.errors import DomainError
from shared.events.background import AccessEnded, AccessGranted, AccessRefused, AccessRequested
from tests.agreements import prospects as given
from tests.agreements.controls import ATRC, EGU, HUT, TODAY, active, period, started
from tests.agreements.prospects import (
    ITEM,
    SOON,
    access_granted,
    access_requested,
    contesting,
    declared,
    giving_up,
    granted,
    granting,
    item,
    refusing,
    requested,
    requesting,
    screened,
    withdrawing,
)
from tests.told import refuses

IMPLEMENT = NeededFor(started())
EXPLOIT = NeededFor(None)


def test_access_is_asked_for_by_purpose():
    """To implement a project, while the agreement lasts."""
    event = requested()[-1]

    assert isinstance(event, AccessRequested)
    assert ("ATRC", "IMPLEMENT", "PRJ", "HUT") == (event.by_party, event.purpose, event.needed_for, event.owner_party)
    assert date(2034, 2, 1) == event.open_until


def test_exploiting_is_asked_for_up_to_a_year_after_the_end():
    """The months that the terms give, counted from the end, to the day."""
    agreement = active()
    last = date(2035, 1, 31)

    assert date(2035, 2, 1) == requests_open_until(agreement, "EXPLOIT")
    assert request_access(item(declared()), agreement, EXPLOIT, requesting(purpose="EXPLOIT", today=last))
    with refuses(ExploitationRequestsOver):
        request_access(
            item(declared()), agreement, EXPLOIT, requesting(purpose="EXPLOIT", today=last + timedelta(days=1))
        )


@pytest.mark.parametrize(("by", "refusal"), [(HUT, OwnBackground), (EGU, NotAProjectParty)])
def test_who_needs_no_access_is_refused(by, refusal: type[DomainError]):
    """The owner has it, and who is not in the project has no use for it there."""
    with refuses(refusal):
        request_access(item(declared()), active(), IMPLEMENT, requesting(by=by))


def test_what_is_contested_or_withdrawn_is_given_to_nobody():
    """Who could give it is not known, or does not any more."""
    contested = (*requested(), *contest_background(item(requested()), active(), contesting()))
    withdrawn = (*requested(), *withdraw_background(item(requested()), active(), withdrawing(effective_on=TODAY)))

    for events, refusal in ((contested, BackgroundIsContested), (withdrawn, BackgroundIsWithdrawn)):
        with refuses(refusal):
            request_access(item(events), active(), IMPLEMENT, requesting(request="OTHER"))
        with refuses(refusal):
            grant_access(item(events), active(), IMPLEMENT, granting())


def test_the_owner_grants_for_a_period():
    """For what was asked, at a price."""
    event = granted()[-1]

    assert isinstance(event, AccessGranted)
    assert ("ATRC", "IMPLEMENT", "ROYALTY_FREE") == (event.to_party, event.purpose, event.price)
    assert AccessStatus.GRANTED is item(granted()).access["REQ"].status


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"by": ATRC}, NotTheOwner),
        ({"request": "NEVER"}, AccessRequestUnknown),
        ({"period": period(TODAY, TODAY)}, PeriodEmpty),
        ({"period": period(date(2024, 6, 1), TODAY)}, PeriodEmpty),
        ({"period": period(TODAY)}, AccessOutsideProject),
    ],
)
def test_a_grant_that_gives_nothing_or_too_much_is_refused(changed: dict[str, object], refusal: type[DomainError]):
    """Only the owner, only what was asked, only for days that are to come and the project has."""
    with refuses(refusal):
        grant_access(item(requested()), active(), IMPLEMENT, granting(**changed))


def test_the_owner_refuses_with_a_reason():
    """And what was decided is decided."""
    refused = (*requested(), *refuse_access(item(requested()), active(), refusing()))

    assert isinstance(refused[-1], AccessRefused)
    with refuses(AccessDecided):
        grant_access(item(refused), active(), IMPLEMENT, granting())
    with refuses(AccessDecided):
        refuse_access(item(granted()), active(), refusing())


def test_only_who_has_access_gives_it_up():
    """The owner cannot take it away."""
    (event,) = give_up_access(item(granted()), active(), giving_up())

    assert isinstance(event, AccessEnded)
    assert ("GIVEN_UP", SOON) == (event.cause, event.on)
    with refuses(NotTheirAccess):
        give_up_access(item(granted()), active(), giving_up(by=HUT))
    with refuses(AccessNotGranted):
        give_up_access(item(requested()), active(), giving_up())
    with refuses(AccessEndBackdated):
        give_up_access(item(granted()), active(), giving_up(on=TODAY - timedelta(days=1)))


def test_saying_it_again_changes_nothing():
    """Asked, granted, refused and given up once each."""
    refused = (*requested(), *refuse_access(item(requested()), active(), refusing()))
    ended = (*granted(), *give_up_access(item(granted()), active(), giving_up()))

    assert () == request_access(item(requested()), active(), IMPLEMENT, requesting())
    assert () == grant_access(item(granted()), active(), IMPLEMENT, granting())
    assert () == refuse_access(item(refused), active(), refusing())
    assert () == give_up_access(item(ended), active(), giving_up())
    with refuses(IdentifierTaken):
        request_access(item(requested()), active(), EXPLOIT, requesting(purpose="EXPLOIT"))


@pytest.mark.parametrize("changed", [{"needed_for": "NEVER"}, {"purpose": "EXPLOIT", "needed_for": "PRJ"}])
async def test_what_it_is_needed_for_is_in_the_agreement(changed: dict[str, str]):
    """A project to implement, an invention to exploit."""
    desk = await given.with_background()

    with refuses(NeededForUnknown):
        await desk.does(access_requested(**changed))


async def test_what_screening_restricts_is_not_shared():
    """Neither a project that was found to be restricted, nor one whose clearance has run out."""
    desk = await given.with_background()
    await desk.does(access_requested())
    await desk.does(screened(result="CLEAR", valid_to=SOON))

    with refuses(SharingRestricted):
        await desk.does(access_granted(today=SOON, period=period(SOON, date(2025, 9, 1))))
    with refuses(SharingRestricted):
        await desk.interrupted(access_granted(), meanwhile=screened(result="RESTRICTED"))
    assert AccessStatus.REQUESTED is (await desk.state(BACKGROUND, ITEM)).access["REQ"].status

    await desk.does(screened(result="CLEAR"))
    await desk.does(access_granted())
