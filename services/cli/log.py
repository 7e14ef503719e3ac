"""`moiety log`: whether the log is the history that was published, and what its owner does where it is not."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
import rich_click as click

from services.agreements.fields import Paragraph
from services.cli.holders import LedgerHolder, StreamHolder
from shared.bus.connection import connect
from shared.bus.follow import between_services
from shared.database import Database
from shared.embedded.home import Home
from shared.errors import MoietyError
from shared.log.chain import Head, HistoryDiverged
from shared.log.compared import Holder, compare, recount
from shared.log.hold import Hold
from shared.log.recovery import KeptLog
from shared.log.store import LogUnavailable
from shared.migrate import await_migrated, folder_of
from shared.settings import Settings, load
from shared.typed import POSITION

_PATIENCE_SECONDS: Final = 2.0


class HistoriesDiffer(MoietyError):
    """The log is not the history that others hold, or not what was recorded."""


class OnHold(MoietyError):
    """The log is on hold: nothing is recorded, and every command is answered with 503."""


class NobodyToTakeBackFrom(MoietyError):
    """It was not said where the stream or the ledger is."""


@click.group()
def log() -> None:
    """Compare the log with the stream and the ledger, and let it go on, as its database's owner.

    The log is that of MOIETY_DATABASE_URL; the stream that of MOIETY_NATS_URL, read as the user `ledger`; the ledger
    that of MOIETY_LEDGER_URL, with an auditor's MOIETY_SERVICE_TOKEN. Or all are those of the stack in MOIETY_HOME.
    """


@log.command()
def check() -> None:
    """Work out the chain of everything recorded, compare stream and ledger with it, and name the first difference.

    A log that is on hold is named as well, with how it is released.
    """
    differing, hold = asyncio.run(_check(_settings()))
    if hold is not None:
        click.echo(f"log: on hold since {hold.held_at}, {hold}")
    if differing:
        first = min(differing, key=lambda each: each.position)
        message = f"the first difference is {first}"
        raise HistoriesDiffer(message)
    if hold is not None:
        message = "the log is on hold, though nothing differs any more: moiety log take-back lets it go on"
        raise OnHold(message)


@log.command()
@click.option("--from", "source", type=click.Choice(["stream", "ledger"]), help="Whose copy; the longer if left out.")
def take_back(source: str | None) -> None:
    """Put back, byte for byte, what the log lost or what was changed in it, and let it go on.

    Refused where the log has recorded something else than was published.
    """
    asyncio.run(_take_back(_settings(), source))


@log.command()
@click.argument("last", type=POSITION, metavar="N")
@click.option(
    "--because",
    required=True,
    callback=lambda _context, _parameter, text: _reason(text),
    help="What happened; it is recorded and published.",
)
def continue_after(last: int, because: str) -> None:
    """Record that the log goes on without what was published after N, and let it go on.

    N is the last position up to which all agree, as `moiety log check` says. What was lost stays lost; then follow
    docs/operations.md, "Two histories".
    """
    asyncio.run(_continue_after(_settings(), last, because))


def _reason(text: str) -> str:
    """Return a reason as the API takes them: text that can be seen."""
    try:
        return msgspec.convert(text, Paragraph)
    except msgspec.ValidationError as error:
        message = "a reason is 1 to 2,000 characters, of which one can be seen and none turns or hides the others"
        raise click.BadParameter(message) from error


async def _check(settings: Settings) -> tuple[list[HistoryDiverged], Hold | None]:
    async with _kept(settings) as kept, _holders(settings) as holders:
        head, differing = await kept.head(), list[HistoryDiverged]()
        try:
            counted = await recount(kept)
        except HistoryDiverged as altered:
            differing.append(altered)
            click.echo(f"log: not as recorded, {altered}")
        else:
            click.echo(f"log: as recorded up to {counted}")
        for holder in holders:
            try:
                click.echo(f"{holder.name}: {await _compared(kept, head, holder)}")
            except HistoryDiverged as diverged:
                differing.append(diverged)
                click.echo(f"{holder.name}: another history, {diverged}")
        return differing, await kept.held()


async def _compared(kept: KeptLog, head: Head, holder: Holder) -> str:
    """Say how far a holder has the log's history; raises HistoryDiverged."""
    end = await holder.end()
    await compare(kept, holder, end)
    to_come = head.position - end
    return f"the same history up to {end}" + (f", {to_come} to come" if to_come else "")


async def _take_back(settings: Settings, source: str | None) -> None:
    async with _kept(settings) as kept, _holders(settings, source) as holders:
        if not holders:
            message = "set MOIETY_NATS_URL, or MOIETY_LEDGER_URL with a token, to say who holds it"
            raise NobodyToTakeBackFrom(message)
        ends = [(await holder.end(), holder) for holder in holders]
        _, longest = max(ends, key=lambda each: each[0])
        taken = await kept.take_back(longest)
    if taken.mended:
        click.echo(f"mended {len(taken.mended)} events, the first at position {taken.mended[0]}")
    click.echo(f"took back {taken.events} events from the {longest.name}; the log goes on after {taken.head}")


async def _continue_after(settings: Settings, last: int, because: str) -> None:
    async with _kept(settings) as kept, _holders(settings) as holders:
        continued = await kept.continue_after(last, because, holders, now=datetime.now(UTC))
    click.echo(f"the log goes on without what was published after {last}: epoch {continued.epoch}")


@contextlib.asynccontextmanager
async def _kept(settings: Settings) -> AsyncIterator[KeptLog]:
    database = Database(settings.database_url, settings.database_password, LogUnavailable)
    await await_migrated(database, folder_of("agreements"), timeout_seconds=_PATIENCE_SECONDS)
    async with database.connected(statement_seconds=None) as connection:
        yield KeptLog(connection)


@contextlib.asynccontextmanager
async def _holders(settings: Settings, only: str | None = None) -> AsyncIterator[Sequence[Holder]]:
    """Reach whoever else holds the history, as far as it is said where."""
    holders: list[Holder] = []
    async with contextlib.AsyncExitStack() as stack:
        if settings.nats_url and only in {None, "stream"}:
            user, password = settings.nats_user, settings.nats_password
            reaching = connect(settings.nats_url, user=user, password=password, timeout_seconds=_PATIENCE_SECONDS)
            # Under the name that whoever reads beside the ledger has: a rebuild would be in the way, and so would we.
            holders.append(StreamHolder(await stack.enter_async_context(reaching), f"{user}-rebuild"))
        if settings.ledger_url and settings.service_token and only in {None, "ledger"}:
            http = await stack.enter_async_context(between_services())
            holders.append(LedgerHolder(http, settings.ledger_url, settings.service_token))
        yield holders


def _settings() -> Settings:
    return load("log", _environment())


def _environment() -> Mapping[str, str]:
    """Return the environment, or else what is known of the stack on this machine, but as the owner and an auditor."""
    if os.environ.get("MOIETY_DATABASE_URL"):
        return os.environ
    home = Home.existing()
    return {
        **home.as_owner("agreements"),
        "MOIETY_NATS_URL": home.nats.url,
        "MOIETY_NATS_USER": "ledger",
        "MOIETY_NATS_PASSWORD": home.secret("nats-ledger"),
        "MOIETY_LEDGER_URL": home.url("ledger"),
        "MOIETY_SERVICE_TOKEN": home.issuer.mint("log-keeper", roles=["auditor"]),
    }
