"""`moiety demo`: the sample scenario on a stack of its own, checked by an outsider, then a forgery that gets caught."""

import contextlib
import signal
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import rich_click as click

from services.cli.story import derivation, refusal, two_clocks
from shared.errors import MoietyError

if TYPE_CHECKING:
    from rich.console import Console

    from services.cli.scenario import Scenario
    from services.cli.standing import Reached, Standing
    from shared.embedded.home import Home

_SETTLE_SECONDS = 20.0
_LAST_LINES = 5
_ADOPTED = "agreements.DeterminationAdopted.v1"


class NotAsItMustBe(MoietyError):
    """Something about the demonstrated stack is not as it must be."""


class CheckpointFound(msgspec.Struct, frozen=True):
    """What the ledger committed to; the root is in base64, as in the checkpoint itself."""

    origin: str
    size: int
    root: str


class TamperFound(msgspec.Struct, frozen=True):
    """The position of the entry that was changed in a copy, and the one that the verifier named."""

    changed: int
    found: int


class Findings(msgspec.Struct, frozen=True):
    """What was measured; printed as the last line of stdout."""

    log_position: int
    stream_sequence: int
    ledger_size: int
    checkpoint: CheckpointFound
    ownership: dict[str, dict[str, str]]
    alerts: dict[str, int]
    verified: bool
    tamper: TamperFound


@click.command()
def demo() -> None:
    """Play the sample scenario on a temporary stack, check everything as an outsider would, tamper and get caught."""
    from rich.console import Console

    from shared.testing import temporary_home

    # So that being told to stop also stops the stack and removes its directory.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    people = Console(stderr=True, highlight=False, soft_wrap=True)
    with temporary_home() as home, _last_words(home, people):
        findings = _demonstrate(home, people)
    click.echo(msgspec.json.encode(findings))


@contextlib.contextmanager
def _last_words(home: "Home", people: "Console") -> Iterator[None]:
    """Show what the processes said last when something fails: their logs are about to be removed."""
    import httpx

    try:
        yield
    except (MoietyError, httpx.HTTPError) as error:
        for log in sorted((home.directory / "log").glob("*.log")):
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            people.print(f"--- {log.stem}", *lines[-_LAST_LINES:], sep="\n", markup=False)
        if isinstance(error, MoietyError):
            raise
        message = f"a service did not answer: {error}"
        raise NotAsItMustBe(message) from error


def _demonstrate(home: "Home", people: "Console") -> Findings:
    from services.cli import audit, scenario
    from services.cli.standing import Standing
    from shared.testing import Stack

    # Pinned before there is anything to verify: a key that came with the evidence would prove nothing.
    key = audit.pinned_key(home)
    story = scenario.read()
    with contextlib.ExitStack() as running:
        with _doing(people, "Start PostgreSQL, NATS, the relay and the three services"):
            running.enter_context(Stack(home, log_level="WARNING"))
        answers = _play(home, story, people)
        _tell(people, refusal(story, answers))
        standing = running.enter_context(Standing(home))
        with _doing(people, "Compare log, NATS stream and ledger, byte for byte"):
            reached = standing.await_settled(_SETTLE_SECONDS)
            entries = _compare(standing, reached)
        _tell(people, derivation(entries), *two_clocks(standing, entries))
        ownership = _ownership(standing, story, people)
        with _doing(people, f"Ask who owned what on {len(story.answers)} other days, as known then"):
            _history(standing, story)
        alerts = _alerts(standing, story, people)
        with _doing(people, "Download the audit bundle over HTTP"):
            bundle = audit.download(standing)
    # From here on nothing runs any more: the bundle and the key are all there is.
    with _doing(people, "Verify it offline with the pinned key: signature, tree, entries, ownership"):
        checkpoint = audit.verified(bundle, key)
        _must(checkpoint.size == reached.ledger_size, f"a bundle of {reached.ledger_size}, got {checkpoint.size}")
    with _doing(people, "Change one byte of one entry in a copy, and verify that"):
        forgery = audit.forge(bundle, key)
        tamper = TamperFound(forgery.changed, forgery.found)
    _tell(people, f"changed entry [bold]{tamper.changed}[/], the verifier says: [red]{forgery.said}[/]")
    _must(tamper.changed == tamper.found, f"position {tamper.changed} to be named, got {tamper.found}")
    return Findings(
        log_position=reached.log_position,
        stream_sequence=reached.stream_sequence,
        ledger_size=reached.ledger_size,
        checkpoint=CheckpointFound(checkpoint.origin, checkpoint.size, b64encode(checkpoint.root).decode()),
        ownership=ownership,
        alerts=alerts,
        verified=True,  # otherwise it would have raised
        tamper=tamper,
    )


def _play(home: "Home", story: "Scenario", people: "Console") -> dict[str, Any]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from services.cli import scenario
    from services.cli.calendar import Calendar

    answers: dict[str, Any] = {}
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        _doing(people, f"Play {len(story.steps)} steps over HTTP, each with its actor's own token", spin=False),
        Progress(*columns, console=people, transient=True) as progress,
    ):
        task = progress.add_task("", total=len(story.steps))
        for step in scenario.play(story, home, answers=answers):
            progress.update(task, advance=1, description=step.title)
        with Calendar(home) as calendar:
            calendar.stop()
    return answers


def _compare(standing: "Standing", reached: "Reached") -> list[bytes]:
    log, stream = standing.log(), standing.stream(reached.stream_sequence)
    _must(
        [message.position for message in stream] == list(range(1, reached.log_position + 1)),
        f"stream sequences 1 to {reached.log_position}",
    )
    entries = [entry.body for entry in standing.entries()]
    _must(entries == [message.body for message in stream] == log, "the same bytes in all three")
    return entries


def _ownership(standing: "Standing", story: "Scenario", people: "Console") -> dict[str, dict[str, str]]:
    from rich.table import Table

    ownership = {asset: standing.holders(asset) for asset in story.ownership}
    table = Table("asset", "holder", "share", title="Who owns what", title_justify="left")
    for asset, holders in ownership.items():
        for holder, share in holders.items():
            table.add_row(asset, holder, share)
    people.print(table)
    _must(ownership == story.ownership, f"{story.ownership}, got {ownership}")
    return ownership


def _history(standing: "Standing", story: "Scenario") -> None:
    for answer in story.answers:
        got = standing.ownership(answer.asset, effective=answer.effective, known=answer.known)
        expected = answer.holders, answer.disputed
        _must(
            expected == (got["holders"], bool(got["disputed_in"])),
            f"{expected} of {answer.asset} on {answer.effective} as known on {answer.known}, got {got}",
        )


def _alerts(standing: "Standing", story: "Scenario", people: "Console") -> dict[str, int]:
    owners = [owner for holders in story.ownership.values() for owner in holders]
    counts: dict[str, int] = {}
    for party in dict.fromkeys(owners):
        alerts = standing.alerts(party)
        counts[party] = len(alerts)
        _must(len({alert["event_id"] for alert in alerts}) == len(alerts), f"one alert per event for {party}")
        _must(_ADOPTED in {alert["type"] for alert in alerts}, f"{party} alerted of the adoption")
    _tell(people, "alerts: " + ", ".join(f"{party} [bold]{count}[/]" for party, count in counts.items()))
    return counts


@contextlib.contextmanager
def _doing(people: "Console", what: str, *, spin: bool = True) -> Iterator[None]:
    """Show that something is under way, and afterwards that it is done and how long it took."""
    started = time.monotonic()
    with people.status(f"{what} ...") if spin else contextlib.nullcontext():
        yield
    people.print(f"[green]✓[/] {what} [dim]({time.monotonic() - started:.1f} s)[/]")


def _tell(people: "Console", *lines: str) -> None:
    for line in lines:
        people.print(f"  {line}")


def _must(holds: bool, expected: str) -> None:  # noqa: FBT001  # reads as the assertion it is
    if not holds:
        raise NotAsItMustBe(f"expected {expected}")
