"""The lists made from the log: one that fails stops no other, and whatever somebody does to them is put right."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, LiteralString

import psycopg
import pytest
from structlog.testing import capture_logs

from services.agreements.following import REST_TICKS
from services.agreements.headings import ListsBehind
from services.agreements.indexing.keeping import IndexKeeper
from services.agreements.indexing.store import ListIndex
from services.agreements.scheduler.schedule import Scheduler
from services.agreements.scheduler.store import DueStore
from services.agreements.tasks.api import _FIRST as FIRST
from services.agreements.tasks.awaited import WAITING_FOR
from services.agreements.tasks.keeping import TaskKeeper, asked_besides
from services.agreements.tasks.store import MOST_BEHIND, Listed, TaskList
from shared.clock import machine_clock
from shared.log.handle import Handler
from shared.log.postgres import PostgresEventStore
from shared.log.store import LogUnavailable
from shared.testing import MigratedDatabase, wait_until
from shared.web.health import ReadyBut
from tests.agreements import desk as at
from tests.agreements.bodies import licence_body, project_body
from tests.agreements.portals import Portal
from tests.agreements.test_lists import rows
from tests.agreements.test_scheduler import Kept, Office, log, office
from tests.log.controls import an_append

__all__ = ["log", "office"]
SECONDS: Final = 20
TABLES: Final = ("due", "task", "task_about", "heading")
PROGRESS: Final = ("due_progress", "task_progress", "heading_progress")


def by_hand(database: MigratedDatabase, statement: str) -> None:
    """Do what nobody but the database's owner can."""
    with psycopg.connect(database.owner_dsn, password=database.owner_password) as owner:
        owner.execute(statement.encode())


def listed(database: MigratedDatabase) -> dict[str, list[Any]]:
    """Return all that is listed."""
    queries: dict[str, LiteralString] = {
        "due": "SELECT * FROM due ORDER BY due",
        "task": "SELECT * FROM task ORDER BY task",
        "task_about": "SELECT * FROM task_about ORDER BY task_about",
        "heading": "SELECT * FROM heading ORDER BY heading",
    }
    return {table: rows(database, query) for table, query in queries.items()}


def progress(database: MigratedDatabase) -> list[Any]:
    """Return how far the log was followed for each list, and how far it goes."""
    return rows(
        database,
        "SELECT (SELECT position FROM log_head), (SELECT position FROM due_progress),"
        " (SELECT position FROM task_progress), (SELECT position FROM heading_progress)",
    )


@pytest.fixture
async def lists_of_everything(
    determined_invention: str, hut: Portal, atrc: Portal, log_database: MigratedDatabase
) -> None:
    """Something is due, is asked of a party and of holders, and is listed."""
    await hut.create("/v1/projects", project_body(project="PRJ-2"))
    licence = await hut.create("/v1/licences", licence_body())
    assert licence
    await wait_until(lambda: 1 == len({*progress(log_database)[0]}), SECONDS, "all is listed")
    assert [] == [table for table, found in listed(log_database).items() if not found]


@pytest.mark.parametrize("table", PROGRESS)
@pytest.mark.parametrize(
    "what",
    [
        pytest.param("DELETE FROM {}", id="deleted"),
        pytest.param("UPDATE {} SET position = 1000000", id="ahead"),
        pytest.param("UPDATE {} SET position = -1", id="below"),
        pytest.param(r"UPDATE {} SET chain = '\x00'", id="of another log"),
    ],
)
async def test_a_place_that_is_none_is_found_anew(office: Office, what: str, table: str) -> None:
    """How far the log was followed was deleted, or is of another one: the list is made anew, and time goes on."""
    await office.does(at.registered("HUT"))
    keeping = Kept(office)
    try:
        await wait_until(lambda: 1 == len({*progress(office.database)[0]}), SECONDS, "all is listed")
        by_hand(office.database, what.format(table))
        await wait_until(lambda: 1 == len({*progress(office.database)[0]}), SECONDS, "it is made anew")
        office.today += timedelta(days=1)

        await wait_until(lambda: keeping.day == office.today, SECONDS, "the next day comes")
        await office.does(at.registered("ATRC"))
        await wait_until(lambda: 1 == len({*progress(office.database)[0]}), SECONDS, "what happens is followed")
    finally:
        keeping.task.cancel()
        await asyncio.wait({keeping.task})


@pytest.mark.parametrize("what", ["DELETE FROM heading_progress", "UPDATE heading_progress SET position = 7"])
async def test_lists_that_do_not_know_how_far_they_are_are_refused(log_database: MigratedDatabase, what: str) -> None:
    """What is left out of them could be anything."""
    async with (
        PostgresEventStore.open(log_database.dsn, password=log_database.password) as opened,
        log_database.reached(LogUnavailable).pool(most=1) as pool,
    ):
        await opened.append(an_append("jar:A", 1))
        by_hand(log_database, what)

        with pytest.raises(ListsBehind):
            await ListIndex(pool).touched("jar", agreements=None)


@pytest.mark.parametrize(
    ("table", "failing"), [("due_progress", "due"), ("task_progress", "tasks"), ("heading_progress", "lists")]
)
async def test_a_list_that_cannot_be_kept_stops_no_other(office: Office, table: str, failing: str) -> None:
    """What is due happens whatever becomes of the others; a metric and readiness say what fails, until it does not."""
    by_hand(office.database, f"REVOKE SELECT ON {table} FROM agreements")
    keeping = Kept(office)
    try:
        await wait_until(lambda: keeping.failing == {failing}, SECONDS, "it is told")
        reason = keeping.metrics.failing
        assert reason is not None
        assert failing in reason
        # Without what is due it is not ready; without the others it is, and what is due has happened.
        assert (failing != "due") == isinstance(reason, ReadyBut)
        assert (failing != "due") == (keeping.day == office.today)

        by_hand(office.database, f"GRANT SELECT ON {table} TO agreements")
        await wait_until(lambda: keeping.failing == set(), SECONDS, "it is kept again")
        await wait_until(lambda: keeping.day == office.today, SECONDS, "what is due happens")
        assert keeping.metrics.failing is None
    finally:
        keeping.task.cancel()
        await asyncio.wait({keeping.task})


@pytest.fixture
async def compared(log_database: MigratedDatabase) -> "Callable[[], Awaitable[list[tuple[str, str]]]]":
    """Compare all lists once from end to end, as the process does that keeps them; returns what was put right."""

    async def compare() -> list[tuple[str, str]]:
        async with (
            PostgresEventStore.open(log_database.dsn, password=log_database.password) as opened,
            log_database.reached(LogUnavailable).connected() as connection,
        ):
            handler, store = Handler(opened), DueStore(connection)
            tasks, index = TaskKeeper(handler, store.tasks, store), IndexKeeper(handler, store.index, store)
            scheduler = Scheduler(handler, store, machine_clock)
            with capture_logs() as logs:
                for _ in range(REST_TICKS):
                    await scheduler.tick()
                    for keeper in (tasks, index):
                        await keeper.resume()
                        await keeper.follow(store.touched)
                        await keeper.compare()
        return [(line["action"], line["stream"]) for line in logs if line["action"].endswith("put-right")]

    return compare


async def test_lists_that_nobody_touched_are_as_the_log_gives_them(
    lists_of_everything: None, compared: Callable[[], Awaitable[list[Any]]], log_database: MigratedDatabase
) -> None:
    """Nobody is suspected without a reason."""
    before = listed(log_database)

    assert [] == await compared()
    assert before == listed(log_database)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM due", "due"),
        ("UPDATE due SET due_on = '9999-12-31'", "due"),
        ("INSERT INTO due VALUES ('project:NONE', '2020-01-01')", "due"),
        ("INSERT INTO due VALUES ('spoon:NONE', '2020-01-01')", "due"),
        ("DELETE FROM task", "task"),
        ("UPDATE task SET party = party || 'X'", "task"),
        ("UPDATE task SET agreement = 'OTHER'", "task"),
        ("UPDATE task SET name = 'START_PROJECT'", "task"),
        ("UPDATE task SET since = '2001-01-01'", None),
        ("INSERT INTO task VALUES ('HUT', now(), 'project:NONE', 'APPROVE_PROJECT', '', 'MOU')", "task"),
        ("INSERT INTO task VALUES ('HUT', now(), 'spoon:NONE', 'APPROVE_PROJECT', '', 'MOU')", "task"),
        ("INSERT INTO task VALUES ('HUT', now(), 'project:PRJ-2', 'START_PROJECT', 'X', 'MOU')", "task"),
        # By terms and adoptions, which are not followed for it, it may be listed where it is none, and nobody did that.
        ("INSERT INTO task VALUES ('HUT', now(), 'contribution:C-HUT-SE', 'HEAR_CONTRIBUTOR', '', 'MOU')", None),
        ("DELETE FROM task_about", "task"),
        ("UPDATE task_about SET asset = 'OTHER'", "task"),
        ("INSERT INTO task_about VALUES ('INV', 'licence:NONE')", "task"),
        ("DELETE FROM heading WHERE name = ''", "heading"),
        ("UPDATE heading SET position = position + 1000", "heading"),
        ("UPDATE heading SET scope = scope || 'X' WHERE entity = 'agreement'", "heading"),
        ("INSERT INTO heading VALUES ('project', 'party:NLN', '', '', 5, 'project:NONE')", "heading"),
        ("INSERT INTO heading VALUES ('project', 'agreement:MOU', 'status', 'LOST', 1, 'project:PRJ-2')", "heading"),
    ],
)
async def test_what_somebody_changed_is_put_right(
    lists_of_everything: None,
    compared: Callable[[], Awaitable[list[tuple[str, str]]]],
    log_database: MigratedDatabase,
    hut: Portal,
    statement: str,
    told: str | None,
) -> None:
    """Deleted, changed or planted: the list says again what the log gives, and the log line whose row it was."""
    before = listed(log_database)
    by_hand(log_database, statement)
    assert before != listed(log_database)
    # Whatever stands there meanwhile, whoever asks is answered.
    assert 200 == (await hut.get("/v1/tasks")).status_code
    assert 200 == (await hut.get("/v1/projects")).status_code

    put_right = await compared()

    assert before == listed(log_database)
    assert {f"{told}-put-right"} - {"None-put-right"} == {action for action, _ in put_right}


async def test_what_nobody_has_listed_yet_is_asked_all_the_same(office: Office) -> None:
    """During an upgrade an older process may keep the lists that knows of no tasks: that nothing waits is no answer."""
    for party in ("HUT", "ATRC"):
        await office.does(at.registered(party))
    await office.does(at.drafted())
    await office.does(at.proposed())
    async with office.database.reached(LogUnavailable).pool(most=1) as pool:
        tasks = TaskList(pool)

        async def asked(after: Listed = FIRST, **filters: str | None) -> list[Listed]:
            asked_for: dict[str, Any] = {"agreement": None, "name": None} | filters
            besides = await asked_besides(office.handler, tasks)
            return await tasks.of(["ATRC"], after, limit=10, besides=besides, **asked_for)

        [task] = await asked()
        assert ("ATRC", "SIGN_AGREEMENT", "agreement:MOU") == (task.party, task.name, task.stream)
        assert [task] == await asked(agreement="MOU") == await asked(name="SIGN_AGREEMENT")
        assert [] == await asked(agreement="OTHER") == await asked(name="APPROVE_PROJECT") == await asked(after=task)

        async with DueStore.sole_keeper(office.database.reached(LogUnavailable)) as store:
            keeper = TaskKeeper(office.handler, store.tasks, store)
            await keeper.resume()
            await keeper.follow(store.touched)
        assert {} == await tasks.touched(WAITING_FOR)
        assert [task] == await asked()


@pytest.mark.parametrize(
    "what",
    [
        "DELETE FROM task_progress",
        "UPDATE task_progress SET position = 7000",
        f"UPDATE log_head SET position = {MOST_BEHIND + 1}",
    ],
)
async def test_tasks_that_are_far_behind_are_refused(log_database: MigratedDatabase, what: str) -> None:
    """What would leave out what was asked long ago is no answer."""
    async with log_database.reached(LogUnavailable).pool(most=1) as pool:
        by_hand(log_database, what)

        with pytest.raises(ListsBehind):
            await TaskList(pool).touched(WAITING_FOR)
