"""`moiety notifications`: what the operator does for the inboxes."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import rich_click as click

from services.notifications.errors import InboxUnavailable, StillAlerting
from services.notifications.going_back import GoneBack
from services.notifications.going_back import feed_anew as empty_feeds
from services.notifications.going_back import go_back as go_back_to
from services.notifications.store import WRITER_LOCK
from shared.database import Connection, Database
from shared.embedded.home import Home
from shared.migrate import await_migrated, folder_of
from shared.settings import load_database
from shared.typed import POSITION

_PATIENCE_SECONDS: Final = 2.0


@click.group()
def notifications() -> None:
    """See to the inboxes of MOIETY_DATABASE_URL, or of the stack in MOIETY_HOME, as their database's owner."""


@notifications.command()
@click.argument("last", type=POSITION, metavar="N")
def go_back(last: int) -> None:
    """Take up again after N, where the log goes on without what was published after it.

    Whoever was alerted of an event that is no longer recorded is told so. With notifications stopped, after
    `moiety log continue-after N`.
    """
    gone = asyncio.run(_go_back(*load_database(environment()), last))
    click.echo(f"back from {gone.alerted} to {gone.last}; told {gone.told} times that an event is no longer recorded")


@notifications.command("feed-anew")
def feed_anew() -> None:
    """Empty the parties' feeds; they are written again from the log, with the same numbers.

    With notifications stopped; once it runs again, feeds grow from the beginning, and nobody is alerted twice.
    """
    fed = asyncio.run(_feed_anew(*load_database(environment())))
    click.echo(f"emptied the feeds, which had come to {fed}; start notifications, which fills them again")


async def _go_back(dsn: str, password: str | None, last: int) -> GoneBack:
    async with alone(dsn, password) as connection:
        return await go_back_to(connection, last)


async def _feed_anew(dsn: str, password: str | None) -> int:
    async with alone(dsn, password) as connection:
        return await empty_feeds(connection)


@asynccontextmanager
async def alone(dsn: str, password: str | None) -> AsyncIterator[Connection]:
    """Give a connection to inboxes on which no process is at work; raises StillAlerting."""
    database = Database(dsn, password, InboxUnavailable)
    await await_migrated(database, folder_of("notifications"), timeout_seconds=_PATIENCE_SECONDS)
    async with database.connected(statement_seconds=None) as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", WRITER_LOCK):
            message = "a process of notifications is at work on these inboxes: stop it first"
            raise StillAlerting(message)
        yield connection


def environment() -> Mapping[str, str]:
    """Return the environment, or else where the stack on this machine has its inboxes, as their owner."""
    return os.environ if os.environ.get("MOIETY_DATABASE_URL") else Home.existing().as_owner("notifications")
