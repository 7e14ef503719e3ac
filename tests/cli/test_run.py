"""`moiety run` as a person uses it: started, stopped, started again, crashed."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from services.cli.scenario import read
from shared.embedded.home import Home
from shared.testing import PROCESSES, block_until, temporary_home

pytestmark = pytest.mark.stack

SERVES = "Ctrl-C stops everything"
# With the prompt below it.
LINES, COLUMNS = 23, 80


@pytest.fixture
def home() -> Iterator[Home]:
    """A directory and free ports for a stack."""
    with temporary_home() as made:
        yield made


class Run:
    """A `moiety run` in the background."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._output = home.directory.parent / "output"
        environment = {
            **os.environ,
            **home.ports.variables(),
            "MOIETY_HOME": str(home.directory),
        }
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.cli.main", "run"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._output.read_text(errors="replace")

    def until_it_serves(self) -> "Run":
        block_until(lambda: SERVES in self.said or self.process.poll() is not None, 60, lambda: self.said[-2000:])
        assert self.process.poll() is None, self.said[-2000:]
        return self

    def ends_with(self, code: int) -> None:
        assert code == self.process.wait(20), self.said[-2000:]

    def leaves_nothing(self) -> None:
        block_until(lambda: not processes_of(self.home), 20, lambda: f"still there: {processes_of(self.home)}")


@pytest.fixture
def run(home: Home) -> Iterator[Callable[[], Run]]:
    """Start stacks, none of which outlives the test."""
    started: list[Run] = []

    def start() -> Run:
        started.append(Run(home))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()
    for each in started:
        each.leaves_nothing()


def processes_of(home: Home) -> dict[int, str]:
    """Return every process of this machine that works for the stack: by its arguments, environment or directory."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                works_in = str((entry / "cwd").readlink())
            except OSError:
                continue  # it ended meanwhile
            if os.fsencode(home.directory) in told or works_in.startswith(str(home.directory)):
                found[int(entry.name)] = told.split(b"\0environ")[0][:80].decode(errors="replace")
    return found


def pid_of(run: Run, name: str) -> int:
    started = re.search(rf"{name} started \(pid=(\d+)\)", run.said)
    assert started is not None
    return int(started[1])


def last_position(home: Home) -> int:
    token = home.issuer.mint("tester", roles=["auditor"])
    answer = httpx.get(
        f"{home.url('agreements')}/v1/events?after=0&limit=1",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    return int(answer.raise_for_status().json()["last_position"])


def test_ctrl_c_stops_everything_and_the_next_run_has_the_data(home: Home, run: Callable[[], Run]) -> None:
    """It ends with 0, the servers last, leaves no process, and loads the sample scenario once."""
    first = run().until_it_serves()
    loaded = last_position(home)
    os.killpg(first.process.pid, signal.SIGINT)  # as a terminal does
    first.ends_with(0)
    first.leaves_nothing()
    said = first.said
    stopped = re.findall(r"(\w+) stopped \(rc=0\)", said)
    second = run().until_it_serves()

    assert 0 < loaded == last_position(home)
    assert "Traceback" not in said
    assert all(
        stopped.index(service) < stopped.index(server) for service in PROCESSES for server in ("postgres", "nats")
    )
    second.process.send_signal(signal.SIGTERM)
    second.ends_with(0)


def test_the_welcome_is_what_stays_in_sight(home: Home, run: Callable[[], Run]) -> None:
    """It comes last and fits a terminal of 80 by 24, and the services' hundreds of log lines are in their files."""
    said = run().until_it_serves().said
    story = read()
    logged = (home.directory / "log" / "agreements.log").read_text(encoding="utf-8").splitlines()
    welcome = said[said.index("Moiety serves") :].splitlines()

    assert welcome[-1].startswith(SERVES)
    assert LINES >= len(welcome)
    # Where they are longer, it is by the name of the directory, which is a person's own choice.
    directory = f"{home.directory.parent.name}/{home.directory.name}"
    assert [] == [line for line in welcome if len(line) > COLUMNS and directory not in line]
    assert "request-answered" not in said
    assert len(story.steps) < len([line for line in logged if '"request-answered"' in line])
    for who in story.people:
        assert re.search(rf"^  \S+ +\S*moiety token --(party|role) \S+ --person {who}$", said, re.MULTILINE)


def test_the_first_start_says_what_it_does_and_how_long_it_takes(run: Callable[[], Run]) -> None:
    """Before anything else, and never again."""
    first = run().until_it_serves()
    said = first.said  # the next run writes to the same file
    first.process.send_signal(signal.SIGTERM)
    first.ends_with(0)
    second = run().until_it_serves()

    assert said.startswith("The first start sets up PostgreSQL and NATS and plays the sample story")
    assert "first start" not in second.said


def test_the_documents_offer_tokens_that_no_log_has(home: Home, run: Callable[[], Run]) -> None:
    """Whoever opens the page of a service is somebody at once; nothing that the processes wrote could make them so."""
    said = run().until_it_serves().said
    offered = httpx.get(f"{home.url('notifications')}/docs/tokens", trust_env=False).json()
    first = {"Authorization": f"Bearer {offered[0]['token']}"}
    seen = httpx.get(f"{home.url('agreements')}/v1/me", headers=first, trust_env=False).json()
    written = [said, *(each.read_text(errors="replace") for each in (home.directory / "log").iterdir())]

    assert [*sorted(who for who in read().people if who != "OPERATOR"), "OPERATOR", "local-auditor"] == [
        each["who"] for each in offered
    ]
    assert ("ATRC", True) == (seen["party"], bool(seen["powers"]))
    assert 0o600 == home.docs_tokens_file.stat().st_mode & 0o777
    assert [] == [text[text.index("eyJ") :][:80] for text in written if "eyJ" in text]


@pytest.mark.parametrize("name", ["relay", "postgres"])
def test_a_crashed_process_brings_the_rest_down(run: Callable[[], Run], name: str) -> None:
    """It is named, nothing is left, and the exit code says that something is wrong."""
    crashing = run().until_it_serves()
    os.kill(pid_of(crashing, name), signal.SIGKILL)
    crashing.ends_with(1)
    crashing.leaves_nothing()

    assert f"{name} ended by itself with code -9" in crashing.said


def test_a_killed_launcher_leaves_nothing(run: Callable[[], Run]) -> None:
    """Kill -9 is no way to get a stack without an owner."""
    killed = run().until_it_serves()
    killed.process.kill()
    killed.ends_with(-signal.SIGKILL)

    killed.leaves_nothing()


def test_a_directory_serves_one_stack(run: Callable[[], Run]) -> None:
    """A second run says so in one line, and the first goes on."""
    first = run().until_it_serves()
    second = run()
    second.ends_with(1)

    assert "is in use by another moiety run" in second.said
    assert first.process.poll() is None


def test_a_taken_port_is_named(home: Home, run: Callable[[], Run]) -> None:
    """The line says which variable moves it."""
    home.nats.start()
    refused = run()
    refused.ends_with(1)
    home.nats.stop()

    assert "set MOIETY_NATS_PORT to another" in refused.said
