"""A database that answers and refuses everything, with a state of the test's choice, as real ones do on a bad day."""

import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import httpx

from shared.errors import Unavailable
from shared.testing import MigratedDatabase

CLOSED: Final = "closed"
GONE: Final = "gone"
# What is over when it is asked again later, by the states that a server says it with; last what ends connections.
PASSING: Final = {
    "08006": "the connection failed",
    "25006": "read-only: a standby, where the primary was",
    "25P03": "idle in a transaction for too long",
    "25P04": "a transaction that took too long",
    "28000": "a role that is being changed",
    "28P01": "a password that is being exchanged",
    "3D000": "a database that is being restored",
    "40001": "could not serialise",
    "40003": "whether it was recorded is unknown",
    "40P01": "a deadlock",
    "53000": "insufficient resources",
    "53100": "the disk is full",
    "53200": "out of memory",
    "53300": "too many connections",
    "53400": "a limit of the configuration",
    "55006": "in use",
    "55P03": "a lock that is not to be had",
    "57014": "cancelled",
    "57P01": "shut down by an administrator",
    "57P02": "shut down by a crash",
    "57P03": "starting up",
    "57P04": "a database that was dropped, to be restored",
    "57P05": "idle for too long",
    "58000": "an error of the system",
    "58030": "an error of the disk",
    CLOSED: "the database lets nobody in while it is restored (55000), and every connection was lost",
    GONE: "every connection was lost, and no other is to be had",
}

_TABLES: Final = """
    SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename !~ 'yoyo' ORDER BY 1
"""
_HANG_UP: Final = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1"
_LET_IN: Final = "UPDATE pg_database SET datallowconn = $1 WHERE datname = current_database()"

Refuse = Callable[[str], Awaitable[None]]
Door = Callable[[], Awaitable[object]]
Question = Callable[[], Awaitable[httpx.Response]]


@contextlib.asynccontextmanager
async def refusing(database: MigratedDatabase) -> AsyncIterator[Refuse]:
    """Yield what lets all that is asked of a database's tables be refused from then on with a state."""
    admin = await asyncpg.connect(database.admin_dsn, password=database.admin_password)
    role = urlsplit(database.dsn).username

    async def refuse(state: str) -> None:
        await admin.execute(_LET_IN, state != CLOSED)
        if state == CLOSED:
            await admin.execute(_HANG_UP, role)
            return
        if state == GONE:
            await admin.execute(f"ALTER ROLE {role} CONNECTION LIMIT 0")
            await admin.execute(_HANG_UP, role)
            return
        # Said to depend on nothing, it is called before a statement is carried out, of an empty table as well.
        await admin.execute(
            "CREATE OR REPLACE FUNCTION refuse() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '{state}'; END $$"
        )

    try:
        await refuse("57014")
        # Which rows somebody may see is asked before anything else, of owners too; here, asking fails.
        for table in await admin.fetch(_TABLES):
            name = table["name"]
            await admin.execute(
                f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
                f" CREATE POLICY refusing ON {name} USING (refuse()) WITH CHECK (refuse())"
            )
        yield refuse
    finally:
        await admin.execute(_LET_IN, True)  # noqa: FBT003  # a parameter of the query
        await admin.execute(f"ALTER ROLE {role} CONNECTION LIMIT -1")
        admin.terminate()


async def told_otherwise(refuse: Refuse, doors: Mapping[str, Door], unavailable: type[Unavailable]) -> list[str]:
    """Return which doors tell of which states anything but that the service is unavailable."""
    otherwise: list[str] = []
    for state in PASSING:
        await refuse(state)
        for name, asked in doors.items():
            told = await _told_by(asked)
            if type(told) is not unavailable:
                otherwise.append(f"{name} at {state} ({PASSING[state]}): {told!r}")
    return otherwise


async def not_told_to_come_again(refuse: Refuse, questions: Mapping[str, Question]) -> list[str]:
    """Return which questions over HTTP, at which states, are answered with anything but 503 and `Retry-After`."""
    otherwise: list[str] = []
    for state in PASSING:
        await refuse(state)
        for name, ask in questions.items():
            answer = await ask()
            if (answer.status_code, "Retry-After" in answer.headers) != (503, True):
                otherwise.append(f"{name} at {state} ({PASSING[state]}): {answer.status_code} {answer.text}")
    return otherwise


async def _told_by(asked: Door) -> object:
    try:
        return await asked()
    except Exception as error:  # noqa: BLE001  # whatever it is, is what the door tells
        return error


def public_coroutines(store: type) -> set[str]:
    """Return the names of what may be asked of a store, so that a table of it can be seen to be complete."""
    return {name for name, method in inspect.getmembers(store, inspect.iscoroutinefunction) if not name.startswith("_")}
