"""What `moiety run` shows once everything serves, within 80 by 24: where it is, who owns what, and who you can be."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

import httpx
import msgspec
from rich.console import Console

from services.cli.loaded import is_new, keep_loaded
from shared.embedded.child import LAUNCHER, follow_launcher
from shared.embedded.home import Home
from shared.errors import MoietyError, StartupError

if TYPE_CHECKING:
    from services.cli.scenario import Person, Scenario

SERVING: Final = ("agreements", "ledger", "notifications")
_READY_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05
_TOKEN_SECONDS: Final = 24 * 3600
# What the documents' page offers is never over before it is made anew.
_RENEWAL_SECONDS: Final = _TOKEN_SECONDS / 2
_OWNER_ONLY: Final = 0o600
AUDITOR: Final = "local-auditor"


class Offered(NamedTuple):
    """Somebody whom the documents' page offers to be."""

    who: str
    token: str


def main() -> None:
    """Wait, load the sample scenario on the first start, show, and stay: a process that ends ends the stack."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    follow_launcher()
    home = Home.load()
    console = Console(highlight=False, soft_wrap=True)
    try:
        _await_ready(home)
        _load_scenario(home, console)
        offer_tokens(home)
        show(home, console)
    except (MoietyError, httpx.HTTPError) as error:
        sys.stderr.write(f"moiety: {error}\n")
        sys.exit(1)
    _stay(home)


def _stay(home: Home) -> NoReturn:
    forever = threading.Event()
    while True:
        forever.wait(_RENEWAL_SECONDS)
        offer_tokens(home)


def offer_tokens(home: Home) -> None:
    """Make the tokens that the documents' page offers, for everybody of the sample scenario and an auditor."""
    from services.cli import scenario

    story = scenario.read()
    tokens = scenario.tokens(home, story, lifetime_seconds=_TOKEN_SECONDS)
    tokens[AUDITOR] = _auditor(home)
    # A party first: most of what there is to try, an operator or an auditor may not.
    offered = [Offered(who, tokens[who]) for who in sorted(tokens, key=lambda each: _acts_for(story, each))]
    beside = home.docs_tokens_file.with_name(f".{home.docs_tokens_file.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    # Unreadable for others before it holds secrets, not after.
    beside.touch(mode=_OWNER_ONLY)
    beside.write_bytes(msgspec.json.encode([each._asdict() for each in offered]))
    beside.replace(home.docs_tokens_file)


def show(home: Home, console: Console) -> None:
    """Print addresses, owners and how to be somebody, what is needed first last: it is what stays in sight."""
    from services.cli import scenario

    story = scenario.read()
    for line in welcome(home, story, ownership(home, _auditor(home), story.ownership)):
        console.print(line)


def welcome(home: Home, story: "Scenario", owned: Mapping[str, str]) -> Iterable[str]:
    """Yield the lines of what is shown."""
    yield "\n[bold]Moiety serves[/]; on the pages of its API you can be anybody of the sample story"
    for name in SERVING:
        yield f"  {name:<14}{home.url(name)}/docs"
    yield "[bold]Who owns what[/]"
    for asset, holders in owned.items():
        yield f"  {asset:<14}{holders}"
    program, prefix = _program()
    yield f"[bold]Who you can be[/], by a token for 24 hours, and each party's feed{prefix and f'; first {prefix}'}"
    for who in sorted([*story.people, AUDITOR], key=lambda each: _acts_for(story, each)):
        person = story.people.get(who)
        for_whom = f"--party {person.party}" if person and person.party else f"--role {_role(person)}"
        yield f"  {(person and person.party) or _role(person):<14}{program} token {for_whom} --person {who}"
    for party in sorted({person.party for person in story.people.values() if person.party}):
        yield f"  {party + chr(39) + 's feed':<14}{program} partner follow --party {party}"
    yield f"[bold]What time it is[/], and how to let it pass: {program} clock --help"
    yield f"NATS: nats://127.0.0.1:{home.ports.nats}, stream MOIETY. Data and logs: {_near(home.directory)}"
    launcher = os.environ.get(LAUNCHER)
    yield "Ctrl-C stops everything" + (f", so does kill {launcher}" if launcher else "") + "; the data stays."


def ownership(home: Home, auditor_token: str, assets: Iterable[str]) -> dict[str, str]:
    """Return who owns which share of the assets, as the ledger answers now."""
    owned = {}
    with httpx.Client(base_url=home.url("ledger"), trust_env=False) as client:
        for asset in assets:
            answer = client.get(
                f"/v1/assets/{asset}/ownership", headers={"Authorization": f"Bearer {auditor_token}"}
            ).raise_for_status()
            owned[asset] = ", ".join(f"{holder} {share}" for holder, share in answer.json()["holders"].items())
    return owned


def _auditor(home: Home) -> str:
    return home.issuer.mint(AUDITOR, roles=["auditor"], lifetime_seconds=_TOKEN_SECONDS)


def _acts_for(story: "Scenario", who: str) -> tuple[bool, str]:
    person = story.people.get(who)
    return (person is None or person.party is None, who)


def _role(person: "Person | None") -> str:
    return person.role if person else "auditor"


def _program() -> tuple[str, str]:
    """Return what to type here to be understood by this stack, and what to type once before, if anything."""
    program = _near(Path(sys.executable).with_name("moiety"))
    home = Path(os.environ.get("MOIETY_HOME") or ".moiety")
    return program, "" if home.absolute() == Path(".moiety").absolute() else f"export MOIETY_HOME={home}"


def _near(path: Path) -> str:
    """Return a path from here, or from the root where that is shorter."""
    return min(os.path.relpath(path), str(path), key=len)


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


def _load_scenario(home: Home, console: Console) -> None:
    """Load the sample scenario unless that was done; half of it loaded is completed, since every command has a key."""
    if not is_new(home):
        return
    from services.cli import scenario

    console.print("Everything serves; the sample story is being played now.")
    scenario.load(home)
    keep_loaded(home)


if __name__ == "__main__":
    main()
