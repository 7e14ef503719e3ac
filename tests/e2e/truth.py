"""What must be true of a stack whenever it has come to rest, whatever was done to it before."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

import msgspec

from services.cli.standing import Reached, Standing
from shared.testing import Stack
from tests.e2e.load import Load

SETTLE_SECONDS: Final = 60.0
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
    """The ledger re-derives everything it has stored and finds it so."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MOIETY_")},
        "MOIETY_HOME": str(stack.home.directory),
    }
    fsck = subprocess.run(
        [MOIETY, "ledger", "fsck"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )

    assert 0 == fsck.returncode, fsck.stderr


def _contributions(events: list[dict[str, Any]], kind: str) -> list[str]:
    return [event["data"]["contribution"] for event in events if event["type"] == kind]
