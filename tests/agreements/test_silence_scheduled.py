"""What keeps the days follows notice as well: a thing is due by a proof that changed nothing about it."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.agreements.contracts.model import AGREEMENT
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.scheduler.registry import ADVANCING
from shared.events.terms import AttestationTerms
from shared.log.postgres import PostgresEventStore
from shared.testing import MigratedDatabase
from tests.agreements import controls as given
from tests.agreements import desk as at
from tests.agreements.controls import TODAY, terms
from tests.agreements.notice import delivered, of_last
from tests.agreements.test_scheduler import Office, log

__all__ = ["log"]  # what these tests begin with too

RECORD, DAYS = "contribution:C1", 30
AFTER = TODAY + timedelta(days=DAYS + 1)


@pytest.fixture
async def office(log: PostgresEventStore, log_database: MigratedDatabase) -> Office:
    """A process with a record of HUT's, about which ATRC's silence attests."""
    office = Office(log, log_database)
    office.today = TODAY
    for party in ("HUT", "ATRC", "EGU", "NLN"):
        await office.does(at.registered(party))
    await office.does(at.drafted(terms=terms(attestation=AttestationTerms(deemed_days=DAYS))))
    await office.does(at.proposed())
    terms_hash = (await office.handler.read(AGREEMENT, "MOU"))[0].standing.terms_hash
    for by in (given.HUT, given.ATRC):
        await office.does(at.signed(terms_hash, by=by))
    for work in (at.activated(), at.created(), at.approved(by=given.HUT), at.approved(by=given.ATRC), at.started()):
        await office.does(work)
    for work in (at.engaged(), at.instrument_recorded(), at.disclosed(), at.described(), at.recorded()):
        await office.does(work)
    return office


async def proven(office: Office, *, today: date = TODAY) -> None:
    desk: Any = SimpleNamespace(store=office.log)
    await office.does(await of_last(desk, RECORD, delivered(), today=today))


async def ticks_on(office: Office, day: date) -> str:
    """Do what a process does that starts on a day, and return how the record stands."""
    office.today = day
    await office.tick(ADVANCING)
    return str((await office.handler.read(CONTRIBUTION, "C1"))[0].status)


async def test_it_is_due_once_notice_of_it_is_proven(office: Office):
    """Looked at before and found due never, it is by a proof in a stream of its own; on the day after the last."""
    assert "RECORDED" == await ticks_on(office, TODAY)
    await proven(office)

    assert ["RECORDED", "RECORDED", "CONFIRMED"] == [
        await ticks_on(office, day) for day in (TODAY, AFTER - timedelta(days=1), AFTER)
    ]


async def test_without_a_proof_it_never_is(office: Office):
    """However late it is."""
    assert "RECORDED" == await ticks_on(office, date(2099, 1, 1))


async def test_a_proof_that_comes_late_counts_from_then_on(office: Office):
    """Its days begin on that day, though the days of the terms were over long before."""
    late = TODAY + timedelta(days=300)
    assert "RECORDED" == await ticks_on(office, late)
    await proven(office, today=late)

    days = [late, late + timedelta(days=DAYS), late + timedelta(days=DAYS + 1)]
    assert ["RECORDED", "RECORDED", "CONFIRMED"] == [await ticks_on(office, day) for day in days]
