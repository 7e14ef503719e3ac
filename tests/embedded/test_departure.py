"""The servers of a stack stop after those who use them, and do not wait for ever."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.embedded.departure import await_unused

USING = """
import sys
from pathlib import Path
from shared.embedded.departure import use_servers

use_servers(Path(sys.argv[1]))
print("using them", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def user(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that uses the servers of a stack in `tmp_path`."""
    with subprocess.Popen(
        [sys.executable, "-c", USING, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_servers_that_nobody_uses_may_stop_at_once(tmp_path: Path) -> None:
    """As when a stack is stopped before its services have started."""
    assert await_unused(tmp_path, 0)


def test_servers_wait_while_somebody_uses_them(user: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """But no longer than is bearable."""
    began = time.monotonic()

    assert not await_unused(tmp_path, 0.2)
    assert 0.2 <= time.monotonic() - began < 5


def test_a_killed_user_holds_nothing(user: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """However a process ends, it no longer uses the servers."""
    user.kill()

    assert await_unused(tmp_path, 5)
