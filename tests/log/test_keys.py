"""Idempotency keys come to an end: each party may have so many stored, and each is forgotten when it is old."""

import asyncio
from functools import partial

import asyncpg
import pytest

from shared.log.keys import KEPT_DAYS, StoredKeys, TooManyKeys, callers_of, expire_forever
from shared.log.memory import MemoryEventStore
from shared.log.postgres import PostgresEventStore
from shared.testing import MigratedDatabase, wait_until
from tests.log.controls import an_append, keyed
from tests.told import refuses
from tests.web.published import Clock

HUT, HUT_TOO, ATRC = "HUT/representative/psn-1", "HUT/auditor,representative/psn-2", "ATRC/representative/psn-1"
OPERATOR = "/operator/psn-1"


async def stored(store: MemoryEventStore | PostgresEventStore, caller: str, count: int) -> None:
    for number in range(count):
        name = f"{caller}-{number}"
        await store.append(an_append(f"jar:{name}", key=keyed(name, caller=caller)))


async def test_a_party_has_a_limit_whoever_speaks_for_it() -> None:
    """Its people share it; another party and whoever speaks for none have their own."""
    store = MemoryEventStore()
    keys = StoredKeys(store, most=3)
    await stored(store, HUT, 2)
    await keys.admit(HUT_TOO)
    for caller in (HUT, HUT_TOO):
        with refuses(TooManyKeys):
            await keys.admit(caller)

    for caller in (ATRC, OPERATOR, "/operator/psn-2"):
        await keys.admit(caller)


async def test_what_was_forgotten_makes_room_within_a_minute() -> None:
    """And what another process stored is noticed as soon: keys are counted anew."""
    clock, store = Clock(0.0), MemoryEventStore()
    keys = StoredKeys(store, most=3, clock=clock)
    for _ in range(3):
        await keys.admit(HUT)
    with refuses(TooManyKeys):
        await keys.admit(HUT)
    clock.now = 61
    await keys.admit(HUT)
    await stored(store, HUT_TOO, 3)
    clock.now = 122
    with refuses(TooManyKeys):
        await keys.admit(HUT)


async def test_commands_that_come_together_are_counted_once() -> None:
    """And as many are let in as there is room for."""
    store = MemoryEventStore()
    keys = StoredKeys(store, most=10)
    outcomes = await asyncio.gather(*(keys.admit(HUT) for _ in range(15)), return_exceptions=True)

    assert 5 == sum(isinstance(outcome, TooManyKeys) for outcome in outcomes)


@pytest.mark.parametrize("caller", [HUT, ATRC, OPERATOR, "psn-1", "H/representative/x", "HUT.2/representative/x"])
def test_who_shares_a_limit_is_the_party_and_nobody_else(caller: str) -> None:
    """No party's name is the beginning of another's here."""
    first, below = callers_of(caller)
    others = {HUT, HUT_TOO, ATRC, OPERATOR, "/operator/psn-11", "psn-1", "psn-2", "H/representative/x", "HU/a/b"}
    party = caller.partition("/")[0] if "/" in caller else None

    assert first <= caller < below
    assert {other for other in others - {caller} if first <= other < below} == {
        other for other in others - {caller} if party and other.startswith(f"{party}/")
    }


# -- the database -----------------------------------------------------------------------------------------------------


async def aged(database: MigratedDatabase, count: int, *, days: float) -> None:
    """Have keys been stored some days ago, as only the administrator can."""
    administrator = await asyncpg.connect(database.admin_dsn, password=database.admin_password)
    await administrator.execute(
        "INSERT INTO idempotency SELECT 'HUT/a/b', $2 || '-' || number, '', '', 1, now() - make_interval(secs => $3)"
        " FROM generate_series(1, $1) AS number",
        count,
        str(days),
        days * 86_400,
    )
    await administrator.close()


async def test_keys_of_more_than_thirty_days_are_forgotten_and_no_others(log_database: MigratedDatabase) -> None:
    """A thousand at a time, until none is left that is as old."""
    await aged(log_database, 1_500, days=KEPT_DAYS + 0.01)
    await aged(log_database, 10, days=KEPT_DAYS - 0.01)
    async with PostgresEventStore.open(log_database.dsn, password=log_database.password) as log:
        assert [1_000, 500, 0] == [await log.expire_keys() for _ in range(3)]
        assert 10 == await log.count_keys(*callers_of("HUT/a/b"), most=2_000)


async def test_they_are_forgotten_by_themselves(log_database: MigratedDatabase) -> None:
    """Whoever serves sees to it, and several do not get into each other's way."""
    await aged(log_database, 3_000, days=KEPT_DAYS + 1)
    async with PostgresEventStore.open(log_database.dsn, password=log_database.password) as log:
        count = partial(log.count_keys, *callers_of("HUT/a/b"), most=5_000)

        async def none_is_left() -> bool:
            return await count() == 0

        expiring = [asyncio.create_task(expire_forever(log)) for _ in range(2)]
        await wait_until(none_is_left, 30, "all are forgotten")
        assert not any(task.done() for task in expiring)
        for task in expiring:
            task.cancel()
        await asyncio.wait(expiring)


async def test_the_service_itself_may_forget_nothing(log_database: MigratedDatabase) -> None:
    """Only what is old enough, by the function that says so; the relay not even that."""
    service = await asyncpg.connect(log_database.dsn, password=log_database.password)
    for statement in ("DELETE FROM idempotency", "UPDATE idempotency SET recorded_at = 'epoch'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)
    allowed = await service.fetch(
        "SELECT role, has_function_privilege(role, 'idempotency_expire()', 'EXECUTE') AS may"
        " FROM unnest(ARRAY['agreements', 'relay', 'ledger', 'notifications']) AS role"
    )
    await service.close()

    assert {"agreements"} == {row["role"] for row in allowed if row["may"]}


async def test_looking_for_old_keys_reads_no_others(log_database: MigratedDatabase) -> None:
    """By the index on their age, and counting a party's by the one on its name: both stay quick as the table grows."""
    await aged(log_database, 5_000, days=1)
    administrator = await asyncpg.connect(log_database.admin_dsn, password=log_database.admin_password)
    await administrator.execute("ANALYZE idempotency")
    old = "SELECT FROM idempotency WHERE recorded_at < now() - interval '30 days' ORDER BY recorded_at LIMIT 1000"
    own = "SELECT FROM idempotency WHERE caller >= 'ATRC/' AND caller < 'ATRC0' LIMIT 100"
    plans = ["\n".join(row[0] for row in await administrator.fetch(f"EXPLAIN {query}")) for query in (old, own)]
    await administrator.close()

    assert "idempotency_recorded" in plans[0]
    assert "idempotency_pkey" in plans[1]
