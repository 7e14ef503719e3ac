"""What must be true of a stack whenever it has come to rest, whatever was done to it before."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final, LiteralString

import msgspec
import psycopg

from services.cli.standing import Reached, Standing
from shared.log.chain import START, chain_after, chain_text
from shared.testing import Stack
from tests.e2e.load import Load

SETTLE_SECONDS: Final = 60.0
# Where each service has come to, and in which history.
PROGRESS: Final[dict[str, LiteralString]] = {
    "agreements": "SELECT position, chain FROM log_head",
    "ledger": "SELECT position, chain FROM progress",
    "notifications": "SELECT remembered, chain FROM progress",
}
MOIETY: Final = Path(sys.executable).with_name("moiety")
# Whom the load's events concern: whoever recorded or attested knows that they did.
RECIPIENTS: Final = {
    "agreements.ContributionRecorded.v1": ("ATRC", "HUT"),
    "agreements.ContributionAttested.v1": ("HUT",),
    "agreements.ContributionConfirmed.v1": ("ATRC", "HUT"),
}


def settled(stack: Stack, load: Load | None = None) -> Reached:
    """Wait for rest and check everything; returns how far the stack has come."""
    with Standing(stack.home) as standing:
        reached = standing.await_settled(SETTLE_SECONDS)
        log = standing.log()
        check_mirrors(standing, log, reached)
        check_chain(standing, stack, log)
        events = [msgspec.json.decode(body) for body in log]
        if load is not None:
            check_acknowledged(events, load)
        check_alerts(standing, events)
    check_evidence(stack)
    return reached


def check_mirrors(standing: Standing, log: list[bytes], reached: Reached) -> None:
    """Log, stream and ledger hold the same bytes under the same numbers 1 to n."""
    assert reached.log_position == len(log)
    stream = standing.stream(reached.stream_sequence)
    assert list(range(1, len(log) + 1)) == [message.position for message in stream]
    assert log == [message.body for message in stream]
    assert log == [entry.body for entry in standing.entries()]


def check_chain(standing: Standing, stack: Stack, log: list[bytes]) -> None:
    """Everybody counts the same history: the chain over the bytes is the feed's, the stream's and each service's."""
    links = [START.chain]
    for body in log:
        links.append(chain_after(links[-1], body))
    stated = {message.position: message.chain for message in standing.stream(len(log)) if message.chain is not None}

    assert {position: chain_text(links[position]) for position in stated} == stated
    assert len(log) in stated
    assert chain_text(links[-1]) == standing.chain_at(len(log))
    for service, query in PROGRESS.items():
        dsn = stack.home.postgres.dsn(service)
        with psycopg.connect(dsn, password=stack.home.postgres.password) as connection:
            assert (len(log), links[-1]) == connection.execute(query).fetchone(), service


def check_acknowledged(events: list[dict[str, Any]], load: Load) -> None:
    """What was acknowledged is recorded, and nothing is recorded twice."""
    recorded = Counter(_contributions(events, "agreements.ContributionRecorded.v1"))
    attested = Counter(_contributions(events, "agreements.ContributionAttested.v1"))

    assert load.recorded <= recorded.keys()
    assert load.attested <= attested.keys()
    assert {1} == {*recorded.values(), *attested.values()}


def check_alerts(standing: Standing, events: list[dict[str, Any]]) -> None:
    """Whoever must know of an event has exactly one alert of it, and each inbox counts without a gap."""
    expected = Counter(
        (event["id"], recipient)
        for event in events
        for recipient in RECIPIENTS.get(event["type"], ())
        # The story's own contributions are recorded by either side; the load's by HUT alone.
        if event["data"]["contribution"].startswith("CTB-load")
    )
    wanted = {event_id for event_id, _ in expected}
    got: Counter[tuple[str, str]] = Counter()
    for party in ("HUT", "ATRC"):
        alerts = standing.alerts(party)
        assert list(range(len(alerts), 0, -1)) == [alert["sequence"] for alert in alerts]
        got.update((alert["event_id"], party) for alert in alerts if alert["event_id"] in wanted)

    assert expected == got


def check_evidence(stack: Stack) -> None:
    """The ledger derives everything it has stored again and finds it so; the log is what was recorded and published."""
    for command in (("ledger", "fsck"), ("log", "check")):
        ran = run(stack, *command)
        assert 0 == ran.returncode, ran.stdout + ran.stderr


def run(stack: Stack, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the program on a stack."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MOIETY_")},
        "MOIETY_HOME": str(stack.home.directory),
    }
    return subprocess.run([MOIETY, *command], env=environment, capture_output=True, text=True, check=False, timeout=60)


def _contributions(events: list[dict[str, Any]], kind: str) -> list[str]:
    return [event["data"]["contribution"] for event in events if event["type"] == kind]
