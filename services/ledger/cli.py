"""`moiety ledger` and `moiety verify`: check, rebuild and export the ledger, and verify it anywhere."""

import asyncio
import os
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, TypedDict, Unpack

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.ledger.check.evidence import Evidence
from services.ledger.check.extends import check_extends, seen_before
from services.ledger.check.fsck import fsck as check_ledger
from services.ledger.check.offline import ownership_in_words
from services.ledger.check.replay import Replay
from services.ledger.check.verify import Watch
from services.ledger.check.verify import verify as verify_bundle
from services.ledger.errors import AssetNotFound, LedgerUnavailable
from services.ledger.rules.history import percent
from services.ledger.tree.bundle import read_note
from services.ledger.tree.note import Checkpoint, Verifier, open_checkpoint
from services.ledger.write.rebuild import rebuild as rebuild_ledger
from services.ledger.write.signed import SignedFile
from services.ledger.write.signing import signer_of
from shared.bus.follow import between_services, published
from shared.calendar import legal_day
from shared.database import Database
from shared.embedded.home import Home
from shared.known import AsKnown, KnownTimeNotOver
from shared.migrate import await_migrated, folder_of
from shared.ratio import format_ratio
from shared.settings import Settings, load
from shared.typed import DAY, KNOWN, Read

# Progress is for people; what a program may want to read goes to stdout alone.
UNANSWERED: Final = 3
_PATIENCE_SECONDS: Final = 2.0
_PEOPLE: Final = Console(stderr=True)


VKEY: Final = Read("vkey", Verifier.parse)


@click.group()
def ledger() -> None:
    """Check, rebuild and export the ledger of MOIETY_DATABASE_URL, or of the stack in MOIETY_HOME."""


@ledger.command()
@click.option("--vkey", type=VKEY, help="The key that checkpoints must be signed by; the ledger's own if left out.")
def fsck(vkey: Verifier | None) -> None:
    """Derive everything stored from the entries' bytes, and compare."""
    settings = _settings()
    verifier = vkey or signer_of(settings).verifier

    async def run() -> Checkpoint:
        async with (await _reached(settings)).connected(statement_seconds=None) as connection:
            with _progress("Checking") as watch:
                return await check_ledger(Evidence(connection), verifier, watch=watch)

    tree = asyncio.run(run())
    click.echo(f"everything stored is what the entries give: {_signed(tree)}")
    click.echo(f"signed by {verifier}")


@ledger.command()
def rebuild() -> None:
    """Make the ledger anew from what is published, beside the live one, and switch over; needs the owner's role."""
    settings = _settings(owner=True)
    size = asyncio.run(_rebuild(settings))
    click.echo(f"rebuilt {size} entries; the tree is the one that was signed")


@ledger.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
def bundle(out: Path) -> None:
    """Write the whole ledger to one file that is not there yet, which `moiety verify` checks anywhere."""
    if out.exists():
        # What was exported before is what a later one is compared with.
        message = f"{out} is there already, and an earlier bundle is evidence; name another file"
        raise click.BadParameter(message, param_hint="--out")
    settings = _settings()
    if not out.parent.is_dir():
        message = f"there is no directory {out.parent}"
        raise click.BadParameter(message, param_hint="--out")
    size = asyncio.run(_bundle(settings, out))
    click.echo(f"{out}: {size} entries")


@ledger.command()
def vkey() -> None:
    """Print the key that the ledger's checkpoints are verified with; hand it on by another way than the evidence."""
    click.echo(str(signer_of(_settings()).verifier))


class _Clocks(TypedDict):
    """Of which legal day a question is, and as known when."""

    effective: date | None
    known: AsKnown | None


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--vkey", type=VKEY, required=True, help="The ledger's key, known to you beforehand.")
@click.option("--asset", help="Answer who held this asset, and why.")
@click.option("--effective", type=DAY, help="The legal day asked about; today in Hong Kong if left out.")
@click.option("--known", type=KNOWN, help="As known at the end of a day in Hong Kong, at an instant or at a position.")
@click.option(
    "--extends",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An earlier bundle, or a checkpoint: this one must begin with all that it committed to.",
)
def verify(bundle: Path, vkey: Verifier, extends: Path | None, asset: str | None, **clocks: Unpack[_Clocks]) -> None:
    """Verify an audit bundle offline: signature, tree, every entry, and who owns what.

    It ends with 0 if all is as it should be, 1 for a finding, 2 for a mistyped command, and 3 where the bundle was
    verified and cannot answer the question: there is no such asset in it, or nothing yet at that time or position.
    """
    if asset is None and any(clocks.values()):
        message = "--effective and --known are about an --asset"
        raise click.UsageError(message)
    replay = Replay()
    with bundle.open("rb") as opened, _progress("Verifying") as watch:
        verify_bundle(opened, vkey, replay=replay, watch=watch)
        opened.seek(0)
        checkpoint = open_checkpoint(read_note(opened), vkey)
        seen = _seen(extends, vkey)
        if seen is not None:
            opened.seek(0)
            check_extends(opened, checkpoint.size, seen)
    click.echo(f"verified: {_signed(checkpoint)}")
    if seen is not None:
        click.echo(f"extends: {_signed(seen)}")
    click.echo(f"signed by {vkey}")
    for position, remark in replay.remarks:
        click.echo(f"not checked at position {position}: {remark}")
    if asset is not None:
        _answer(replay, asset, **clocks)
        return
    for name in sorted(replay.assets):
        period = replay.holdings.timeline(name)[-1]
        shown = percent(period.shares)
        holders = ", ".join(f"{who} {format_ratio(share)} ({shown[who]} %)" for who, share in period.shares.items())
        click.echo(f"{name} since {period.start}: {holders}")


def _seen(extends: Path | None, vkey: Verifier) -> Checkpoint | None:
    """Return what an earlier bundle or checkpoint commits to, if one is given; raises TamperDetected."""
    if extends is None:
        return None
    with extends.open("rb") as earlier:
        return seen_before(earlier, vkey)


def _answer(replay: Replay, asset: str, effective: date | None, known: AsKnown | None) -> None:
    """Tell who held an asset; a question that cannot be answered is no finding, and ends with a code of its own."""
    now, known = datetime.now(UTC), known or AsKnown()
    try:
        known.check_over(now)
        click.echo("\n".join(ownership_in_words(replay, asset, effective or legal_day(now), known)))
    except (AssetNotFound, KnownTimeNotOver) as refused:
        click.echo(f"no answer: {refused}", err=True)
        sys.exit(UNANSWERED)


async def _rebuild(settings: Settings) -> int:
    address = await _reached(settings)
    async with between_services() as http, published(settings, http, beside="rebuild") as source:
        verifier = signer_of(settings).verifier
        kept = SignedFile(settings.ledger_signed_file, verifier)
        with _progress("Rebuilding") as watch:
            return await rebuild_ledger(address, source, verifier, kept=kept, watch=watch)


async def _bundle(settings: Settings, out: Path) -> int:
    """Write beside the file first: whoever finds it finds all of it."""
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    async with (await _reached(settings)).connected(statement_seconds=None) as connection:
        try:
            with beside.open("wb") as opened:
                size = await Evidence(connection).export(opened)
            beside.replace(out)
        finally:
            beside.unlink(missing_ok=True)
    return size


@contextmanager
def _progress(what: str) -> Iterator[Watch]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_PEOPLE, transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _signed(tree: Checkpoint) -> str:
    return f"{tree.size} entries, root {b64encode(tree.root).decode()}"


def _settings(*, owner: bool = False) -> Settings:
    """Return the environment's settings, or else those of the stack on this machine."""
    if os.environ.get("MOIETY_DATABASE_URL"):
        return load("ledger")
    home = Home.existing()
    return load("ledger", {**home.environment("ledger"), **(home.as_owner("ledger") if owner else {})})


async def _reached(settings: Settings) -> Database:
    """Return the ledger's database; raises StartupError, saying what is missing."""
    database = Database(settings.database_url, settings.database_password, LedgerUnavailable)
    await await_migrated(database, folder_of("ledger"), timeout_seconds=_PATIENCE_SECONDS)
    return database
