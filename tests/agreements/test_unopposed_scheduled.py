"""The scheduler follows notice of an outcome: by a proof it is due, by an objection it is due no more."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.agreements.contracts.model import AGREEMENT
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes.model import DISPUTE
from services.agreements.inventions.model import INVENTION
from services.agreements.scheduler.registry import ADVANCING
from shared.events.dispute import DisputeResolutionUnopposed, DisputeResolved
from shared.log.postgres import PostgresEventStore
from shared.testing import MigratedDatabase
from tests.agreements import controls as given
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import TODAY
from tests.agreements.notice import acknowledged, delivered, of_last
from tests.agreements.test_scheduler import Office, log

__all__ = ["log"]  # what these tests begin with too

DAYS = 30
AFTER = TODAY + timedelta(days=DAYS + 1)
BY_LETTER = delivered("HUT", channel="EMAIL")


@pytest.fixture
async def office(log: PostgresEventStore, log_database: MigratedDatabase) -> Office:
    """A process with a judgment of ATRC's, by which HUT would lose a third of what is its own."""
    office = Office(log, log_database)
    office.today = TODAY
    for party in ("HUT", "ATRC", "EGU", "NLN"):
        await office.does(at.registered(party))
    await office.does(at.drafted())
    await office.does(at.proposed())
    terms_hash = (await office.handler.read(AGREEMENT, "MOU"))[0].standing.terms_hash
    for by in (given.HUT, given.ATRC):
        await office.does(at.signed(terms_hash, by=by))
    for work in (at.activated(), at.created(), at.approved(by=given.HUT), at.approved(by=given.ATRC), at.started()):
        await office.does(work)
    for work in (at.engaged(), at.instrument_recorded(), at.disclosed(), at.described(), at.recorded()):
        await office.does(work)
    await office.does(at.attested((await office.handler.read(CONTRIBUTION, "C1"))[0].content_hash))
    await office.does(at.shares_proposed())
    asset: Any = (await office.handler.read(INVENTION, "INV"))[0]
    await office.does(at.shares_attested(asset.open.det_hash))
    await office.does(at.shares_adopted())
    await office.does(owners.disputed())
    await office.does(owners.decided())
    return office


async def proven(office: Office, said: Any = BY_LETTER, *, today: date = TODAY) -> None:
    desk: Any = SimpleNamespace(store=office.log)
    await office.does(await of_last(desk, "dispute:DSP", said, today=today))


async def dispute(office: Office) -> Any:
    return (await office.handler.read(DISPUTE, "DSP"))[0]


async def ticks_on(office: Office, day: date) -> str:
    """Do what a process does that starts on a day, and return how the dispute stands."""
    office.today = day
    await office.tick(ADVANCING)
    return str((await dispute(office)).status)


@pytest.mark.parametrize("said", [BY_LETTER, acknowledged("HUT")], ids=["a letter", "taking note"])
async def test_it_is_due_once_notice_of_it_is_proven(office: Office, said: Any):
    """Looked at before and found due never, it is by a proof in a stream of its own; on the day after the last."""
    assert "OPENED" == await ticks_on(office, TODAY)
    await proven(office, said)

    assert ["OPENED", "OPENED", "RESOLVED"] == [
        await ticks_on(office, day) for day in (TODAY, AFTER - timedelta(days=1), AFTER)
    ]
    asset: Any = (await office.handler.read(INVENTION, "INV"))[0]
    assert (owners.OUTCOME, frozenset()) == (asset.adopted.shares, asset.frozen)


async def test_it_is_recorded_once_as_of_the_day_that_was_due(office: Office):
    """Whenever somebody was there to record it."""
    await proven(office)
    for _ in range(2):
        await ticks_on(office, AFTER + timedelta(days=100))

    happened = [each for each in await office.events("dispute:DSP") if each.actor == "system"]
    assert [(DisputeResolutionUnopposed, AFTER), (DisputeResolved, AFTER)] == [
        (type(each.data), each.effective_on) for each in happened
    ]


async def test_without_a_proof_it_never_is(office: Office):
    """However late it is; nor by what lies in an inbox."""
    await proven(office, delivered("HUT"))

    assert "OPENED" == await ticks_on(office, date(2099, 1, 1))


async def test_a_proof_that_comes_late_counts_from_then_on(office: Office):
    """Its days begin on that day, though the days of the terms were over long before."""
    late = TODAY + timedelta(days=300)
    assert "OPENED" == await ticks_on(office, late)
    await proven(office, today=late)

    days = [late, late + timedelta(days=DAYS), late + timedelta(days=DAYS + 1)]
    assert ["OPENED", "OPENED", "RESOLVED"] == [await ticks_on(office, day) for day in days]


async def test_an_objection_on_the_last_day_ends_it(office: Office):
    """What was due is due no more: the dispute goes on, and its next step runs from there."""
    await proven(office)
    last = AFTER - timedelta(days=1)
    assert "OPENED" == await ticks_on(office, last)
    pending = (await dispute(office)).resolution
    await office.does(owners.resolution_objected(pending.resolution_hash, today=last))

    assert "ESCALATED" == await ticks_on(office, AFTER)
    assert (await dispute(office)).resolution is None
