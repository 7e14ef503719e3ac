"""What time alone does is recorded on its day, once, whoever was there to see it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from services.agreements.contracts.model import AGREEMENT
from services.agreements.following import REST_TICKS
from services.agreements.scheduler.registry import ADVANCING, Advancing
from services.agreements.scheduler.schedule import Scheduler, SchedulerMetrics, keep_schedule
from services.agreements.scheduler.store import DueStore
from shared.log.aggregate import Aggregate
from shared.log.context import CommandContext
from shared.log.envelope import Envelope, decode
from shared.log.handle import Handler, Work
from shared.log.postgres import PostgresEventStore
from shared.log.store import LogUnavailable
from shared.testing import MigratedDatabase, wait_until
from tests.agreements import controls as given
from tests.agreements import desk as at
from tests.agreements import reminders
from tests.agreements.reminders import DAY, setting

SECONDS = 20


class Office:
    """One process of the service, on a calendar that the test turns."""

    def __init__(self, log: PostgresEventStore, database: MigratedDatabase) -> None:
        self.log = log
        self.database = database
        self.handler = Handler(log)
        self.today = DAY

    def now(self) -> datetime:
        return datetime(self.today.year, self.today.month, self.today.day, 4, tzinfo=UTC)

    async def does(self, work: Work) -> None:
        context = CommandContext(actor="HUT-REP", actor_party="HUT", now=self.now(), correlation_id="test")
        await self.handler.handle(work, context, represent=lambda *_: b"")

    @contextlib.asynccontextmanager
    async def scheduler(
        self, advancing: tuple[Advancing, ...] = reminders.ADVANCING, *, alone: bool = True
    ) -> AsyncIterator[Scheduler]:
        """Give a scheduler that has resumed; `alone` as the service runs it, otherwise beside others."""
        async with contextlib.AsyncExitStack() as stack:
            if alone:
                store = await stack.enter_async_context(DueStore.sole_keeper(self.database.reached(LogUnavailable)))
            else:
                connection = await asyncpg.connect(self.database.dsn, password=self.database.password)
                stack.callback(connection.terminate)
                store = DueStore(connection)
            scheduler = Scheduler(self.handler, store, self.now, advancing)
            await scheduler.resume()
            yield scheduler

    async def tick(self, advancing: tuple[Advancing, ...] = reminders.ADVANCING) -> None:
        """Do what a process does that starts, ticks once and ends."""
        async with self.scheduler(advancing) as scheduler:
            await scheduler.tick()

    async def events(self, stream: str) -> list[Envelope]:
        return [decode(event.state) for event in await self.log.read_stream(stream)]

    async def rung(self, reminder: str) -> list[date]:
        """Return the days of which it was recorded that the reminder rang."""
        happened = [envelope.data for envelope in await self.events(f"reminder:{reminder}")]
        return [data.on for data in happened if isinstance(data, reminders.ReminderRang)]


@pytest.fixture
async def log(log_database: MigratedDatabase) -> AsyncIterator[PostgresEventStore]:
    """A log on a real database."""
    async with PostgresEventStore.open(log_database.dsn, password=log_database.password) as opened:
        yield opened


@pytest.fixture
def office(log: PostgresEventStore, log_database: MigratedDatabase) -> Office:
    """One process."""
    return Office(log, log_database)


@pytest.fixture
def other_office(log: PostgresEventStore, log_database: MigratedDatabase) -> Office:
    """Another process, which remembers nothing of what the first has seen."""
    return Office(log, log_database)


# -- happens ----------------------------------------------------------------------------------------------------


async def test_a_signed_agreement_takes_effect_on_its_first_day(office: Office):
    """Nobody has to think of it; it is a fact of that day, and nobody's act."""
    first_day = DAY + timedelta(days=30)
    for party in ("HUT", "ATRC"):
        await office.does(at.registered(party))
    await office.does(at.drafted(period=given.period(first_day)))
    await office.does(at.proposed())
    terms_hash = (await office.handler.read(AGREEMENT, "MOU"))[0].standing.terms_hash
    for by in (given.HUT, given.ATRC):
        await office.does(at.signed(terms_hash, by=by))

    office.today = first_day - timedelta(days=1)
    await office.tick(ADVANCING)
    signed = await office.events("agreement:MOU")
    office.today = first_day
    await office.tick(ADVANCING)

    *before, activated = await office.events("agreement:MOU")
    assert signed == before
    assert "AgreementActivated" == type(activated.data).__name__
    assert ("system", None, first_day) == (activated.actor, activated.actor_party, activated.effective_on)


def test_every_registered_aggregate_is_followed_by_a_name_of_its_own():
    """A stream's name says which rules it goes by."""
    names = [advancing.aggregate.name for advancing in ADVANCING]

    assert sorted(set(names)) == sorted(names)
    assert all(isinstance(advancing.aggregate, Aggregate) for advancing in ADVANCING)


async def test_days_that_passed_unseen_are_recorded_each_on_its_own(office: Office):
    """What is recorded does not depend on when somebody was there to record it."""
    days = [DAY + timedelta(days=each) for each in (1, 30, 400)]
    await office.does(setting("R", *days))
    await office.tick()
    office.today = days[1]
    await office.tick()

    assert days[:2] == await office.rung("R")
    assert days[:2] == [envelope.effective_on for envelope in (await office.events("reminder:R"))[1:]]


async def test_a_day_that_was_moved_counts_where_it_was_moved_to(office: Office):
    """The list follows the log: what was due once is not, when something has happened since."""
    first, later = DAY + timedelta(days=1), DAY + timedelta(days=9)
    await office.does(setting("R", first))
    await office.tick()
    await office.does(setting("R", later))
    office.today = first
    await office.tick()
    assert [] == await office.rung("R")

    office.today = later
    await office.tick()
    assert [later] == await office.rung("R")


# -- repeated ---------------------------------------------------------------------------------------------------


async def test_a_day_happens_once_however_often_it_is_looked_at(office: Office, other_office: Office):
    """A tick that finds everything recorded records nothing, here and elsewhere."""
    await office.does(setting("R", DAY))
    for each in (office, office, other_office):
        await each.tick()

    assert [DAY] == await office.rung("R")


async def test_a_restart_loses_none(office: Office, other_office: Office):
    """What one process has noted, another records, though it has seen nothing of it."""
    await office.does(setting("R", DAY + timedelta(days=1)))
    await office.tick()
    other_office.today = DAY + timedelta(days=1)
    await other_office.tick()

    assert [DAY + timedelta(days=1)] == await office.rung("R")


async def test_what_was_recorded_and_not_struck_off_is_not_recorded_again(office: Office, other_office: Office):
    """A process may end between the two; the next one finds it done."""
    await office.does(setting("R", DAY))
    async with office.scheduler() as scheduler:
        await scheduler._follow()
        await scheduler._advance("reminder:R", DAY)
    await other_office.tick()

    assert [DAY] == await office.rung("R")


async def test_other_rules_follow_the_log_from_its_start(office: Office):
    """A release that knows more of what time does learns it of what was recorded before."""
    await office.does(setting("R", DAY))
    await office.tick(())
    assert [] == await office.rung("R")

    await office.tick()
    assert [DAY] == await office.rung("R")


# -- refused ----------------------------------------------------------------------------------------------------


async def test_what_cannot_happen_keeps_nothing_else_from_happening(office: Office):
    """A rule with a mistake in it is reported and tried again; all others go on."""
    await office.does(setting("broken", DAY))
    await office.does(setting("deaf", DAY))
    await office.does(setting("R", DAY))
    async with office.scheduler() as scheduler:
        await scheduler.tick()
        await scheduler.tick()

        assert {"reminder:broken"} == scheduler.stuck
    assert [DAY] == await office.rung("R")
    assert [] == await office.rung("deaf")


# -- raced ------------------------------------------------------------------------------------------------------


async def test_two_processes_at_once_record_each_once(office: Office, other_office: Office):
    """Even if both believed to be the only one, the log would take each fact from one of them."""
    days = [DAY, DAY + timedelta(days=1)]
    for number in range(20):
        await office.does(setting(f"R{number}", *days))
    office.today = other_office.today = days[-1]
    async with (
        office.scheduler(alone=False) as one,
        other_office.scheduler(alone=False) as other,
        office.scheduler(alone=False) as third,
    ):
        await asyncio.gather(one.tick(), other.tick())
        await third.tick()

    assert [days] * 20 == [await office.rung(f"R{number}") for number in range(20)]


async def test_one_process_keeps_the_schedule_and_another_takes_over(office: Office, other_office: Office):
    """One is active by its lock; when it ends the next one goes on where it was."""
    first, second = Kept(office), Kept(other_office)
    try:
        await wait_until(lambda: 1 == first.active + second.active, SECONDS, "one to be active")
        leader, follower = (first, second) if first.active else (second, first)
        leader.task.cancel()
        await asyncio.wait({leader.task})
        await wait_until(lambda: 1 == follower.active, SECONDS, "the other to take over")
    finally:
        first.task.cancel()
        second.task.cancel()
        await asyncio.wait({first.task, second.task})


async def test_a_lost_connection_is_made_anew(office: Office):
    """A database that restarts ends the connection and its lock; the schedule goes on when it is back."""
    keeping = Kept(office)
    try:
        await wait_until(lambda: 1 == keeping.active, SECONDS, "the schedule to be kept")
        connection = await asyncpg.connect(office.database.admin_dsn, password=office.database.admin_password)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
        connection.terminate()
        await wait_until(lambda: 0 == keeping.active, SECONDS, "the connection to be missed")
        await wait_until(lambda: 1 == keeping.active, SECONDS, "it to be made anew")
    finally:
        keeping.task.cancel()
        await asyncio.wait({keeping.task})


class Kept:
    """A schedule being kept, and what its metrics say."""

    def __init__(self, office: Office) -> None:
        self._registry = CollectorRegistry()
        self.metrics = SchedulerMetrics(self._registry)
        keeping = keep_schedule(
            office.handler,
            office.database.reached(LogUnavailable),
            clock=office.now,
            metrics=self.metrics,
            tick_seconds=0.02,
        )
        self.task = asyncio.create_task(keeping)

    @property
    def active(self) -> int:
        return int(self._registry.get_sample_value("moiety_schedule_active") or 0)

    @property
    def day(self) -> date | None:
        """The day by which all that was due is recorded."""
        shown = int(self._registry.get_sample_value("moiety_schedule_day") or 0)
        return datetime.strptime(str(shown), "%Y%m%d").replace(tzinfo=UTC).date() if shown else None

    @property
    def failing(self) -> set[str]:
        """The lists that cannot be kept."""
        return {
            kept
            for kept in ("due", "tasks", "lists")
            if self._registry.get_sample_value("moiety_schedule_failing", {"list": kept})
        }


@pytest.mark.parametrize(
    "by_hand",
    [
        pytest.param("DELETE FROM due", id="deleted"),
        pytest.param("UPDATE due SET due_on = '9999-12-31'", id="changed"),
    ],
)
async def test_a_deadline_that_was_taken_off_the_list_happens_all_the_same(office: Office, by_hand: str):
    """The list is compared with the log again and again: whoever may change it cancels nothing."""
    day = DAY + timedelta(days=30)
    await office.does(setting("R", day))
    async with office.scheduler() as scheduler:
        await scheduler.tick()
        connection = await asyncpg.connect(office.database.dsn, password=office.database.password)
        await connection.execute(by_hand)
        await connection.close()
        office.today = day
        for _ in range(REST_TICKS + 1):
            await scheduler.tick()

    assert [day] == await office.rung("R")
