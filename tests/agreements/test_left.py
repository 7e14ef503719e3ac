"""What a party sees of an agreement that it has left: what it holds or takes part in, and what was by then."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from services.agreements.contracts.handling import seen_by
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contributions.handling import contribution_of
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes.handling import dispute_of
from services.agreements.errors import NotAProjectParty, PartyHasLeft
from services.agreements.inventions.errors import InventionNotFound
from services.agreements.inventions.handling import define_elements, invention_of
from services.agreements.inventions.model import INVENTION
from services.agreements.licences.errors import LicenceNotFound
from services.agreements.licences.handling import check, licence_of
from services.agreements.participants.handling import participant_of
from services.agreements.projects.handling import project_of
from services.agreements.transfers.handling import transfer_of
from shared.errors import NotFound
from shared.log.handle import Reader
from tests.agreements import desk as at
from tests.agreements import lives, owners
from tests.agreements.controls import ATRC, EGU, HUT, TODAY, defining
from tests.agreements.desk import Desk
from tests.agreements.lives import SOON, amendment_proposed, amendment_signed, open_hash
from tests.told import refuses

AFTER = SOON + timedelta(days=3)
LATE = datetime(AFTER.year, AFTER.month, AFTER.day, 4, tzinfo=UTC)
Of = Callable[[Reader, str, Any], Awaitable[Any]]
READS: dict[str, tuple[Of, str]] = {
    "agreement": (seen_by, "MOU"),
    "project": (project_of, "PRJ"),
    "participant": (lambda reader, name, by: participant_of(reader, "PRJ", name, by), "HUT-SE"),
    "invention": (invention_of, "INV"),
    "contribution": (contribution_of, "C1"),
    "transfer": (transfer_of, "XFR"),
    "licence": (licence_of, "LIC"),
    "dispute": (dispute_of, "DSP"),
}


async def later(desk: Desk, *works: Any) -> None:
    for work in works:
        desk.now = LATE
        await desk.does(work)


async def with_egu(*, in_project: bool = True) -> Desk:
    """Give a desk with an agreement of three, and a project of these or of HUT and ATRC, in which HUT has invented."""
    desk = await at.an_agreement()
    await desk.does(amendment_proposed(effective_on=TODAY, acceding=("EGU",)))
    terms_hash = await open_hash(desk)
    for by in (HUT, ATRC, EGU):
        await desk.does(amendment_signed(terms_hash, by=by))
    parties = ("HUT", "ATRC", "EGU") if in_project else ("HUT", "ATRC")
    await desk.does(at.created(parties=parties))
    for by in (HUT, ATRC, EGU)[: len(parties)]:
        await desk.does(at.approved(by=by))
    await desk.does(at.started())
    await desk.does(at.engaged())
    await desk.does(at.instrument_recorded("HUT-SE"))
    await desk.does(at.disclosed())
    await desk.does(at.described())
    await desk.does(at.recorded())
    return desk


async def determined(desk: Desk, *, by: tuple[Any, ...]) -> None:
    content_hash = (await desk.state(CONTRIBUTION, "C1")).content_hash
    for party in by:
        await desk.does(at.attested(content_hash, by=party))
    await desk.does(at.shares_proposed())
    det_hash = (await desk.state(INVENTION, "INV")).open.det_hash
    for party in by:
        await desk.does(at.shares_attested(det_hash, by=party))
    await desk.does(at.shares_adopted())


async def seen(desk: Desk, by: Any) -> dict[str, Any]:
    """Return what somebody sees, as it sees it."""
    found: dict[str, Any] = {}
    for name, (of, identifier) in READS.items():
        try:
            state = await of(Reader(desk.handler, trusting=False), identifier, by)
        except NotFound:
            continue
        found[name] = state[0] if isinstance(state, tuple) else state
    return found


async def test_before_its_day_a_party_that_leaves_sees_everything():
    """It is one of the parties until then."""
    desk = await with_egu()
    await determined(desk, by=(ATRC, EGU))
    await desk.does(lives.left(by=EGU))
    await desk.does(at.licence_drafted())

    assert await seen(desk, HUT) == await seen(desk, EGU)


async def test_afterwards_it_sees_what_was_by_then():
    """Each thing as it was; what came to be since does not exist for it."""
    desk = await with_egu()
    await determined(desk, by=(ATRC, EGU))
    await desk.does(lives.left(by=EGU))
    before = await seen(desk, EGU)
    disputed = owners.disputed(today=AFTER)
    await later(desk, at.licence_drafted(), owners.transfer_proposed(), disputed, lives.suspended())

    assert before == await seen(desk, EGU)
    assert {"transfer", "licence", "dispute"} == (await seen(desk, HUT)).keys() - before.keys()
    assert "ACTIVE" == before["agreement"].status != (await seen(desk, HUT))["agreement"].status


async def test_what_it_holds_it_goes_on_seeing():
    """With everything that becomes of it."""
    desk = await with_egu()
    await determined(desk, by=(ATRC, EGU))
    await desk.does(owners.transfer_proposed(transfer="SALE", to="EGU"))
    await desk.does(owners.transfer_executed("SALE"))
    await desk.does(lives.left(by=EGU))
    await later(desk, at.licence_drafted(), owners.transfer_proposed(), owners.disputed())

    everything, own = await seen(desk, HUT), await seen(desk, EGU)
    for name in ("invention", "transfer", "licence", "dispute"):
        assert everything[name] == own[name], name


async def test_what_was_conceived_before_it_left_may_still_be_its_own():
    """As long as nobody holds it: it is asked what it was asked before, and sees how that ends."""
    desk = await with_egu()
    await desk.does(lives.left(by=EGU))
    content_hash = (await desk.state(CONTRIBUTION, "C1")).content_hash
    await later(desk, at.attested(content_hash, by=ATRC), at.attested(content_hash, by=EGU), at.shares_proposed())

    everything, own = await seen(desk, HUT), await seen(desk, EGU)
    assert (everything["invention"], everything["contribution"]) == (own["invention"], own["contribution"])


async def test_what_is_conceived_after_it_left_is_not_its_business():
    """It is not among the parties of that, is not asked about it, and finds nothing."""
    desk = await with_egu()
    await desk.does(lives.left(by=EGU))
    new: dict[str, Any] = {"invention": "NEW", "conceived_on": SOON, "disclosed_on": AFTER, "today": AFTER}
    part: dict[str, Any] = {"contribution": "C9", "invention": "NEW", "conceived_on": SOON, "today": AFTER}
    with refuses(NotAProjectParty):
        await later(desk, at.disclosed(by=EGU, **new))
    elements = partial(define_elements, invention="NEW", command=defining(today=AFTER))
    await later(desk, at.disclosed(**new), elements, at.recorded(**part))

    assert ("HUT", "ATRC") == (await desk.state(INVENTION, "NEW")).parties
    assert ("ATRC",) == (await desk.state(CONTRIBUTION, "C9")).attesting_parties
    for of, name in ((invention_of, "NEW"), (contribution_of, "C9")):
        with refuses(NotFound):
            await of(Reader(desk.handler, trusting=False), name, EGU)


async def test_it_does_nothing_with_what_it_no_longer_sees():
    """It is told so, and nothing of what has become of it."""
    desk = await with_egu()
    await determined(desk, by=(ATRC, EGU))
    await desk.does(lives.left(by=EGU))
    await later(desk, at.licence_drafted(), owners.disputed(), lives.suspended())

    for work in (at.shares_proposed(by=EGU, determination="DET-2"), owners.disputed(by=EGU), lives.left(by=EGU)):
        with refuses(PartyHasLeft):
            await later(desk, work)
    with refuses(LicenceNotFound):
        await check(Reader(desk.handler, trusting=False), "LIC", EGU, AFTER)
    assert "EGU" in (await desk.state(AGREEMENT, "MOU")).left


async def test_who_joins_again_sees_everything_again():
    """As every party that joins does."""
    desk = await with_egu()
    await determined(desk, by=(ATRC, EGU))
    await desk.does(lives.left(by=EGU))
    await later(desk, at.licence_drafted())
    with refuses(NotFound):
        await licence_of(Reader(desk.handler, trusting=False), "LIC", EGU)
    await later(desk, amendment_proposed(effective_on=AFTER, acceding=("EGU",), today=AFTER))
    terms_hash = await open_hash(desk)
    for by in (HUT, ATRC, EGU):
        await later(desk, amendment_signed(terms_hash, by=by, no=2, today=AFTER))

    assert await seen(desk, HUT) == await seen(desk, EGU)


async def test_outside_the_project_it_saw_and_sees_no_more_than_by_then():
    """A party of the agreement reads what is not its project's, too, until it leaves."""
    desk = await with_egu(in_project=False)
    await determined(desk, by=(ATRC,))
    await desk.does(lives.left(by=EGU))
    await later(desk, at.licence_drafted())

    assert (await seen(desk, EGU)).keys() == (await seen(desk, HUT)).keys() - {"licence"}
    with refuses(InventionNotFound):
        await invention_of(Reader(desk.handler, trusting=False), "NEVER", EGU)
