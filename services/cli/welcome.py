"""What `moiety run` shows once everything serves: where it is, who you can be, and who owns what."""

import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.table import Table

from shared.embedded.child import LAUNCHER, follow_launcher
from shared.embedded.home import Home
from shared.errors import MoietyError, StartupError

SERVING: Final = ("agreements", "ledger", "notifications")
_READY_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05
_TOKEN_SECONDS: Final = 24 * 3600
AUDITOR: Final = "local-auditor"
_LOADED: Final = "scenario-loaded"
_WIDTH: Final = 120


def main() -> None:
    """Wait, load the sample scenario on the first start, show, and stay: a process that ends ends the stack."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    follow_launcher()
    home = Home.load()
    console = Console(width=_WIDTH if not sys.stdout.isatty() else None, highlight=False, soft_wrap=True)
    try:
        _await_ready(home)
        _load_scenario(home)
        show(home, console)
    except (MoietyError, httpx.HTTPError) as error:
        sys.stderr.write(f"moiety: {error}\n")
        sys.exit(1)
    while True:
        signal.pause()


def show(home: Home, console: Console) -> None:
    """Print tokens, the ownership table and addresses, what is needed first last: it is what stays in sight."""
    from services.cli import scenario

    story = scenario.read()
    tokens = scenario.tokens(home, story, lifetime_seconds=_TOKEN_SECONDS)
    tokens[AUDITOR] = home.issuer.mint(AUDITOR, roles=["auditor"], lifetime_seconds=_TOKEN_SECONDS)
    console.print("\n[bold]Who you can be[/], with a token for 24 hours, and how to get another")
    for who, token in tokens.items():
        person = story.people.get(who)
        options = (
            f"--party {person.party}" if person and person.party else f"--role {person.role if person else 'auditor'}"
        )
        console.print(f"\n[bold]{who}[/]: {_program()} token {options} --person {who}", token, sep="\n")
    console.print()
    console.print(ownership(home, tokens[AUDITOR], story.ownership))
    addresses = Table("service", "API documentation", title="Moiety serves", title_justify="left")
    for name in SERVING:
        addresses.add_row(name, f"{home.url(name)}/docs")
    console.print(addresses)
    console.print(f"NATS: nats://127.0.0.1:{home.ports.nats}, stream MOIETY. Data and logs: {home.directory}")
    launcher = os.environ.get(LAUNCHER)
    console.print("Ctrl-C stops everything" + (f", so does kill {launcher}" if launcher else "") + "; the data stays.")


def _program() -> str:
    """Return what to type here to be understood by this stack."""
    program = os.path.relpath(Path(sys.executable).with_name("moiety"))
    home = Path(os.environ.get("MOIETY_HOME") or ".moiety")
    return program if home.absolute() == Path(".moiety").absolute() else f"MOIETY_HOME={home} {program}"


def ownership(home: Home, auditor_token: str, assets: Iterable[str]) -> Table:
    """Return who owns which share of the assets, as the ledger answers now."""
    table = Table("asset", "holder", "share", title="Who owns what", title_justify="left")
    with httpx.Client(base_url=home.url("ledger"), trust_env=False) as client:
        for asset in assets:
            answer = client.get(
                f"/v1/assets/{asset}/ownership", headers={"Authorization": f"Bearer {auditor_token}"}
            ).raise_for_status()
            for holder, share in answer.json()["holders"].items():
                table.add_row(asset, holder, share)
    return table


def _await_ready(home: Home) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    with httpx.Client(timeout=2, trust_env=False) as client:
        waiting = [home.url(name) for name in SERVING]
        while waiting:
            waiting = [url for url in waiting if not _ready(client, url)]
            if time.monotonic() > deadline:
                message = f"not ready within {_READY_SECONDS:.0f} s: {', '.join(waiting)}"
                raise StartupError(message)
            time.sleep(_POLL_SECONDS)


def _ready(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(f"{url}/health/ready").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _load_scenario(home: Home) -> None:
    """Load the sample scenario unless that was done; half of it loaded is completed, since every command has a key."""
    loaded = home.directory / _LOADED
    if loaded.exists():
        return
    from services.cli import scenario

    scenario.load(home)
    loaded.touch()


if __name__ == "__main__":
    main()
